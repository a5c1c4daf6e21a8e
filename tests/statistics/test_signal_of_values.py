"""Whether predicted numbers know anything of the targets, by permuted test targets."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import r2_score

from bridle.errors import UserError
from bridle.statistics.signal import signal

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=(3, 40, 2)) * [1.0, 50.0]


def test_the_score_is_r2() -> None:
    shown = TRUTH + RNG.normal(size=TRUTH.shape) * [0.5, 60.0]
    found = signal(shown, TRUTH, permutations=99, kind="values")
    wanted = np.mean([r2_score(t, p) for t, p in zip(TRUTH, shown, strict=True)])
    assert found.accuracy == pytest.approx(wanted)
    assert (found.found, found.p) == (True, 0.01)


def test_p_is_that_of_all_permutations() -> None:
    truth = np.array([[3.0], [1.0], [4.0], [1.5], [5.0], [9.0]])
    shown = np.array([[2.5], [2.0], [2.2], [3.0], [4.4], [4.5]])
    scores = [r2_score(truth[list(order)], shown) for order in itertools.permutations(range(6))]
    wanted = np.mean(np.array(scores) >= r2_score(truth, shown) - 1e-12)
    found = signal(shown, truth, permutations=4000, kind="values")
    assert found.p == pytest.approx(wanted, abs=0.015)
    assert found.chance == pytest.approx(np.mean(scores), abs=0.05)


@pytest.mark.parametrize("design", ["fresh", "fixed_test", "overlapping"])
def test_noise_is_found_seldom(design: Any) -> None:
    errors = 0
    for study in range(60):
        rng = np.random.default_rng(study)
        table, rows = rng.normal(size=(80, 1)), np.stack([rng.permutation(80)[:40] for _ in "0123"])
        truth = rng.normal(size=(4, 40, 1))
        truth = {"fixed_test": table[:40], "overlapping": table[rows]}.get(design, truth)
        shown = 0.3 * rng.normal(size=(4, 40, 1))
        found = signal(
            shown,
            truth,
            permutations=19,
            seed=study,
            design=design,
            rows=rows,
            sizes=(120, 40),
            kind="values",
        )
        errors += found.found
    assert errors <= 8  # of 60 at 5 %: more in 1 of 300 such tests


def test_predictions_worse_than_the_mean_may_know_something() -> None:
    truth = RNG.normal(size=(200, 1))
    found = signal(5 * truth + 10, truth, permutations=99, kind="values")
    assert found.accuracy < 0
    assert found.found


def test_constant_predictions_and_targets_are_no_signal() -> None:
    truth = RNG.normal(size=(40, 1))
    assert signal(np.ones((40, 1)), truth, permutations=19, kind="values").p == 1.0
    assert signal(truth, np.ones((40, 1)), permutations=19, kind="values").p == 1.0


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(UserError, match="labels must have shape"):
        signal(np.ones((3, 40, 2)), np.ones((3, 41, 2)), kind="values")
