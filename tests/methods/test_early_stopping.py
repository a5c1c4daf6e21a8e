"""Early stopping against Keras's, written out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
import pytest

from bridle.methods.early_stopping import EarlyStopping
from bridle.methods.hook_types import Variables


def watch(losses: Sequence[float], **given: float) -> tuple[int, int, int]:
    """Feed validation losses; return (epochs run, best epoch, the model that predicts)."""
    declared = {each.name: each.default for each in EarlyStopping.hyperparameters}
    h = {name: jnp.float32(value) for name, value in (declared | given).items()}
    state = EarlyStopping().init(Variables({"w": jnp.float32(0)}, {}), h)
    for epoch, loss in enumerate(losses, start=1):
        model = Variables({"w": jnp.float32(epoch)}, {})
        state, stop = EarlyStopping().stop(model, state, jnp.float32(loss), jnp.asarray(epoch), h)
        if stop:
            break
    final, best = EarlyStopping().final(model, state, jnp.asarray(epoch), h)
    return epoch, int(best), int(final.params["w"])


def keras_early_stopping(
    losses: Sequence[float], patience: float, min_delta: float = 0.0
) -> tuple[int, int, int]:
    """Keras 3's EarlyStopping with restore_best_weights, written out."""
    best, best_epoch, wait = math.inf, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        wait += 1
        if loss < best - min_delta:
            best, best_epoch, wait = loss, epoch, 0
        if wait >= patience:
            break
    return epoch, best_epoch, best_epoch


@pytest.mark.parametrize(
    ("losses", "given", "expected"),
    [
        ([3, 2, 1, 2, 3, 0], {"patience": 2}, (5, 3, 3)),
        ([3, 2, 1, 2, 0, 4], {"patience": 2}, (6, 5, 5)),
        ([3, 2.95, 2.9, 2.85, 2], {"patience": 3, "min_delta": 0.1}, (5, 5, 5)),
        ([3, 2.95, 2.9, 2.85, 2], {"patience": 2, "min_delta": 0.1}, (3, 1, 1)),
        ([1, 1, 1], {"patience": 1}, (2, 1, 1)),
        ([1, 2, 3, 4], {"patience": math.inf}, (4, 4, 4)),
        ([1, math.nan, 0.5], {"patience": 5}, (3, 3, 3)),
    ],
)
def test_early_stopping(
    losses: list[float], given: dict[str, float], expected: tuple[int, int, int]
) -> None:
    assert watch(losses, **given) == expected


def test_early_stopping_stops_where_keras_does() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        # multiples of 1/64, so that comparisons are exact in float32 too
        losses = (np.round(random.normal(size=15).cumsum() * 16) / 64).tolist()
        patience, delta = int(random.integers(1, 5)), float(random.choice([0.0, 0.25]))
        expected = keras_early_stopping(losses, patience, delta)
        assert watch(losses, patience=patience, min_delta=delta) == expected
