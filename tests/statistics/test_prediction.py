"""Prediction intervals hold further runs as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bridle.errors import UserError
from bridle.statistics.prediction import Predicted, agreement, predicted


def test_the_interval_is_the_textbook_one() -> None:
    values = np.array([0.981, 0.984, 0.979, 0.983])
    found = predicted(values, runs=3)
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) * np.sqrt(1 / 4 + 1 / 3)
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))


@pytest.mark.parametrize("runs", [1, 5])
def test_it_holds_further_runs_as_often_as_it_says(runs: int) -> None:
    random = np.random.default_rng(runs)
    ours, theirs = random.normal(size=(4000, 6)), random.normal(size=(4000, runs)).mean(axis=1)
    found = [predicted(row, runs) for row in ours]
    held = np.mean([p.low <= t <= p.high for p, t in zip(found, theirs, strict=True)])
    assert abs(held - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 4000)


def test_several_figures_hold_together() -> None:
    random = np.random.default_rng(7)
    ours, theirs = random.normal(size=(1500, 4, 6)), random.normal(size=(1500, 4))
    all_held = [
        all(p.low <= t <= p.high for p, t in zip(map(two, rows), row, strict=True))
        for rows, row in zip(ours, theirs, strict=True)
    ]
    assert abs(np.mean(all_held) - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 1500)


def two(values: np.ndarray) -> Predicted:
    return predicted(values, 1, figures=4)


def test_one_run_predicts_nothing() -> None:
    found = predicted([0.9])
    assert found.mean == 0.9
    assert np.isnan([found.low, found.high]).all()
    assert np.isnan(predicted([]).mean)
    with pytest.raises(UserError, match="runs"):
        predicted([0.9, 0.8], 0)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.97, 0.99, "undecided"),  # holds 0.975 and 0.98: tells neither from the other
        (0.978, 0.99, "agrees"),
        (0.981, 0.99, "differs"),
        (0.90, 0.97, "differs"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_agreement_needs_an_interval_that_tells_figures_apart(
    low: float, high: float, verdict: str
) -> None:
    assert agreement(0.98, Predicted(0.985, low, high), [0.98, 0.975]) == verdict


def test_a_single_figure_agrees_wherever_it_lies_within() -> None:
    assert agreement(0.98, Predicted(0.98, 0.5, 1.0), [0.98]) == "agrees"
