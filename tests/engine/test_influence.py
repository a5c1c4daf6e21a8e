"""A method's share of the training step: against closed forms and NumPy, exactly nothing at neutral values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridle.engine.spec import ProgramSpec, RunResult
from tests.engine.populations import MOONS, assert_same, dataset, program, program_spec, run

WIDTH = 4
BATCH = 32
SPEC = program_spec(optimizer="sgd(momentum=0.5)")  # 2-8-6-1, tanh
LAYERS = ("dense_0", "dense_1", "dense_2")


def trained(*methods: str, spec: ProgramSpec = SPEC, **options: Any) -> list[RunResult]:
    return program(spec, WIDTH).train([run(method, **options) for method in methods])


def data_gradient(result: RunResult) -> float:
    """The norm of the gradient of the mean logistic loss on the first training rows, by NumPy."""
    data = dataset(MOONS)
    split = data.replicate(0, 0)
    rows = split.train[:BATCH]
    x = (split.inputs[rows].astype(float) - split.shift) * split.scale
    activations = [x]
    weights = {name: value.astype(float) for name, value in result.weights.items()}
    for layer in LAYERS:
        z = activations[-1] @ weights[f"{layer}/kernel"] + weights[f"{layer}/bias"]
        activations.append(np.tanh(z) if layer != LAYERS[-1] else z)
    delta = (1 / (1 + np.exp(-activations[-1])) - split.targets[rows, None]) / BATCH
    squares = 0.0
    for depth in (2, 1, 0):
        squares += ((activations[depth].T @ delta) ** 2).sum() + (delta.sum(0) ** 2).sum()
        if depth:
            delta = delta @ weights[f"{LAYERS[depth]}/kernel"].T * (1 - activations[depth] ** 2)
    return float(np.sqrt(squares))


def kernel(result: RunResult) -> np.ndarray:
    return np.concatenate([result.weights[f"{layer}/kernel"].ravel() for layer in LAYERS])


@pytest.mark.parametrize("strength", [1e-4, 0.01, 0.3])
def test_shares_of_penalties_and_decay_by_numpy(strength: float) -> None:
    l2, subgradient, decay = trained(
        f"l2(strength={strength})",
        f"l1(strength={strength},update=subgradient)",
        f"weight_decay(strength={strength})",
    )
    pulls = {
        "l2": (l2, 2 * strength * np.linalg.norm(kernel(l2))),
        "l1": (subgradient, strength * np.sqrt((kernel(subgradient) != 0).sum())),
        # lr·λ·w by steps of lr/(1 − momentum)
        "weight_decay": (decay, 0.5 * strength * np.linalg.norm(kernel(decay))),
    }
    for name, (result, pull) in pulls.items():
        expected = pull / (pull + data_gradient(result))
        assert result.share == pytest.approx(expected, rel=0.02), name


def test_a_proximal_step_pulls_by_its_strength() -> None:
    (result,) = trained("l1(strength=0.001)")
    inside = np.count_nonzero(kernel(result))
    pull = 0.001 * np.sqrt(inside)  # what is zero already is not moved
    share = pull / (pull + data_gradient(result))
    assert result.share == pytest.approx(share, rel=0.05)


@pytest.mark.parametrize(
    ("own", "method"),
    [
        ("none", "l1(strength=0)"),
        ("none", "weight_decay(strength=0)"),
        ("none", "early_stopping(patience=1000)"),
        ("dropout", "dropout(rate=0)"),
        ("augmentation", "augmentation(strength=0)"),
        ("augmentation", "augmentation(jitter=0,rotation=90)"),
    ],
)
def test_what_does_nothing_has_no_share_at_all(own: str, method: str) -> None:
    (result,) = trained(method, spec=program_spec(own))
    assert result.share == 0.0


def test_shares_grow_with_the_strength() -> None:
    shares = [
        result.share
        for result in trained(
            *(f"dropout(rate={r})" for r in (0.01, 0.9)), spec=program_spec("dropout")
        )
    ]
    assert 0 < shares[0] < shares[1] < 1


def test_a_share_below_rounding() -> None:
    (result,) = trained("l2(strength=1e-12)", spec=program_spec())
    assert result.share < 1e-8


def test_of_on_off_methods_no_share_is_known() -> None:
    spec = program_spec("batch_norm")
    alone, joined = trained("batch_norm", "batch_norm+l2(strength=0.01)", spec=spec)
    assert np.isnan(alone.share)
    assert 0 < joined.share < 1
    (none,) = trained("none")
    assert np.isnan(none.share)


def test_company_does_not_change_a_share() -> None:
    runs = ["l2(strength=0.01)", "l1", "none", "weight_decay", "elastic_net"]
    together = trained(*runs)
    alone = [trained(method)[0] for method in runs]
    np.testing.assert_array_equal([r.share for r in together], [r.share for r in alone])


def test_a_diverged_run_has_no_share() -> None:
    (result,) = trained("l2", learning_rate=1e6)
    assert result.diverged
    assert np.isnan(result.share)


def test_what_points_never_read_changes_no_bit() -> None:
    read, unread = "augmentation(jitter={})", "augmentation(rotation={},shift={})"
    methods = [unread.format(1, 0), unread.format(90, 1), read.format(0.5)]
    first, second, third = trained(*methods, spec=program_spec("augmentation"))
    assert_same(first, second)
    assert first.share != third.share
