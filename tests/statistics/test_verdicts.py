"""Verdicts, and what would decide undecided comparisons."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import fixed_test, fresh, interval, overlapping, verdict_of
from bridle.statistics.designs import Estimate
from bridle.statistics.verdicts import Verdict


def verdict(estimate: Estimate, margin: float = 0.01, comparisons: int = 1) -> Verdict:
    return verdict_of(estimate, interval(estimate, 0.95, comparisons), margin, comparisons)


def spread(mean: float, sd: float, n: int) -> npt.NDArray[np.float64]:
    """Differences with exactly this mean and standard deviation."""
    x = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return np.asarray(mean + sd * (x - x.mean()) / x.std(ddof=1))


@pytest.mark.parametrize(
    ("mean", "sd", "label", "small"),
    [
        (0.05, 0.01, "helps", False),
        (-0.05, 0.01, "hurts", False),
        (0.005, 0.001, "helps", True),
        (-0.005, 0.001, "hurts", True),
        (0.0005, 0.005, "no practical difference", False),
        (0.01, 0.05, "undecided", False),
    ],
)
def test_order_of_verdicts(mean: float, sd: float, label: str, small: bool) -> None:
    found = verdict(fresh(spread(mean, sd, 10)))
    assert (found.label, found.small) == (label, small)


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (fresh([np.nan]), "no replicates"),
        (fresh([0.1]), "one replicate"),
        (fixed_test(np.eye(1, 30)), "one replicate"),
        (fixed_test(np.zeros((1, 30))), "one replicate"),
        (fresh([0.1] * 8), "no spread"),
        (fresh([0.0] * 8), "equal"),
        (overlapping([0.0] * 8, 30, 10), "equal"),
    ],
)
def test_no_verdict_and_why(estimate: Estimate, reason: str) -> None:
    found = verdict(estimate)
    assert (found.label, found.reason) == ("no verdict", reason)


@pytest.mark.parametrize("margin", [-0.1, np.nan])
def test_margin_must_make_sense(margin: float) -> None:
    with pytest.raises(UserError, match="margin"):
        verdict(fresh([0.1, 0.2]), margin)


def crossed(R: int, E: int, a: float, b: float, c: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """A table with these effects of replicates, examples and cells, and no difference in mean."""
    rng = np.random.default_rng(seed)
    d = a * rng.normal(size=(R, 1)) + b * rng.normal(size=E) + c * rng.normal(size=(R, E))
    return np.asarray(d - d.mean() + 0.003)


def test_no_number_of_replicates_replaces_test_examples() -> None:
    found = verdict(fixed_test(crossed(10, 200, 0.0, 0.3, 0.3)), margin=0.02)
    assert found.label == "undecided"
    assert found.replicates_needed is None
    assert not found.replicates_can_decide
    M = found.examples_needed
    assert M is not None
    assert verdict(fixed_test(crossed(10, 200 + M, 0.0, 0.3, 0.3)), 0.02).label != "undecided"
    half = crossed(10, 200 + M // 3, 0.0, 0.3, 0.3)
    assert verdict(fixed_test(half), 0.02).label == "undecided"


def test_replicates_decide_where_they_are_the_trouble() -> None:
    found = verdict(fixed_test(crossed(8, 2000, 0.05, 0.05, 0.1)), margin=0.02)
    assert found.label == "undecided"
    assert found.replicates_can_decide
    assert found.replicates_needed is not None
    most = found.replicates_needed.most
    assert most is not None
    more = crossed(8 + most, 2000, 0.05, 0.05, 0.1)
    assert verdict(fixed_test(more), 0.02).label != "undecided"


def test_both_may_be_too_few() -> None:
    found = verdict(fixed_test(crossed(6, 400, 0.1, 0.8, 0.1)), margin=0.02)
    assert found.label == "undecided"
    assert found.examples_needed is not None
    assert found.examples_needed > 0
    assert found.replicates_needed is not None
    assert found.replicates_needed.least > 0
    assert not found.replicates_can_decide


def test_further_splits_of_a_small_table_cannot_decide() -> None:
    found = verdict(overlapping(spread(0.01, 0.05, 10), 60, 20), margin=0.02)
    assert found.replicates_needed is None
    assert found.examples_needed is not None
    assert found.examples_needed > 80


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_undecided_always_asks_for_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design, R = rng.integers(3), int(rng.integers(2, 12))
    if design == 2:
        a, b, c = rng.random(3)
        estimate = fixed_test(crossed(R, 50, a, b, c, seed))
    else:
        d = rng.normal(0, 1, R)
        estimate = fresh(d) if design else overlapping(d, 60, 20)
    found = verdict(estimate, margin=float(rng.uniform(0.01, 1)), comparisons=4)
    asked = found.replicates_needed or found.examples_needed
    assert (found.label == "undecided") == bool(asked)
    if found.replicates_needed:
        wanted = found.replicates_needed
        assert 1 <= wanted.least <= wanted.half <= (wanted.most or math.inf)
