"""Networks trained in memory: what they predict, how long they train, and on which rows."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from bridle.errors import UserError
from bridle.models import Recipe, TrainedNetwork, fit
from bridle.models.training import EPOCHS, STEPS, _epochs
from bridle.tasks import Classification, Regression

RNG = np.random.default_rng(2)
X = RNG.normal(3, 2, size=(90, 3)).astype(np.float32)
Y = (X[:, 0] > 3).astype(np.int32)
TWO = Classification.of(2)
SMALL = Recipe(widths=(6,), epochs=20, seed=1)


def by_hand(network: TrainedNetwork, inputs: np.ndarray) -> np.ndarray:
    """The forward pass of a member in NumPy: probabilities of two classes."""
    weights = network.members[0][1]
    seen = (inputs - network.shift) * network.scale
    hidden = np.maximum(seen @ weights["dense_0/kernel"] + weights["dense_0/bias"], 0)
    names = sorted(name for name in weights if name.endswith("kernel") and "dense_0" not in name)
    last = names[0].removesuffix("kernel")
    logit = (hidden @ weights[f"{last}kernel"] + weights[f"{last}bias"])[:, 0]
    right = 1 / (1 + np.exp(-logit.astype(np.float64)))
    return np.column_stack([1 - right, right])


def test_predictions_are_those_of_the_weights() -> None:
    found = fit(X, Y, TWO, SMALL).network
    np.testing.assert_allclose(found.predict(X), by_hand(found, X), atol=1e-6)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.predict(X[:7]), found.predict(X)[:7])


def test_all_rows_are_trained_on_unless_a_method_stops_by_validation() -> None:
    whole = fit(X, Y, TWO, SMALL).network
    np.testing.assert_allclose(whole.shift, X.mean(axis=0), rtol=1e-6)
    stopping = dataclasses.replace(SMALL, method="early_stopping", validation=0.2)
    held = fit(X, Y, TWO, stopping).network
    assert not np.allclose(held.shift, X.mean(axis=0), rtol=1e-6)
    other = fit(X, Y, TWO, dataclasses.replace(stopping, seed=2)).network
    assert not np.allclose(held.shift, other.shift)


def test_the_seed_decides_every_bit() -> None:
    one, same = (fit(X, Y, TWO, SMALL).network.predict(X) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    other = fit(X, Y, TWO, dataclasses.replace(SMALL, seed=9)).network
    assert not np.array_equal(other.predict(X), one)


def test_numbers_come_back_in_their_unit() -> None:
    y = (100 + 10 * X[:, :1]).astype(np.float32)
    found = fit(X, y, Regression(("y",)), dataclasses.replace(SMALL, epochs=150))
    assert np.abs(found.network.predict(X) - y).mean() < 3
    assert found.curve("train_loss")[-1] < 0.1


@pytest.mark.parametrize(
    ("rows", "batch", "expected"), [(30, 32, 400), (640, 32, 100), (60_000, 128, 20)]
)
def test_epochs_by_default_give_as_many_steps(rows: int, batch: int, expected: int) -> None:
    assert _epochs(None, rows, batch) == expected
    assert EPOCHS[0] <= expected <= EPOCHS[1]
    if EPOCHS[0] < expected < EPOCHS[1]:
        assert expected * -(-rows // batch) >= STEPS


def test_a_method_that_does_not_suit_the_task_is_refused() -> None:
    y = X[:, :1].copy()
    with pytest.raises(UserError, match="label_smoothing cannot be used here"):
        fit(X, y, Regression(("y",)), dataclasses.replace(SMALL, method="label_smoothing"))
