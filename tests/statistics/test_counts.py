"""Scores that count test examples: what their grid bounds, and where it is known."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.statistics import compare, failed
from bridle.statistics.counts import counted, grid, least_variance, resolution
from bridle.statistics.designs import Design
from bridle.statistics.margin import Scale
from bridle.statistics.proportion import accuracy_interval

rng = np.random.default_rng(3)


def ties(examples: int, replicates: int = 3) -> dict[str, npt.NDArray[np.float64]]:
    """Two methods of equal scores in every replicate, in three different ones."""
    base = np.array([0.75, 0.875, 0.8125] * replicates)[:replicates] * examples
    base = np.round(base) / examples
    return {"none": base, "l2": base.copy()}


@pytest.mark.parametrize("design", ["fresh", "overlapping"])
def test_equal_scores_are_no_certainty(design: Design) -> None:
    found = compare(ties(24), design, sizes=(72, 24), test_size=24, margin=0.01)["l2"]
    assert found.low < 0 < found.high
    assert found.verdict.label == "undecided"
    # as wide as the exact bound on examples of which none was seen to differ
    assert found.high >= 1 - 0.025 ** (1 / 72)


def test_equal_scores_on_many_examples_make_no_practical_difference() -> None:
    found = compare(ties(10_000, 10), test_size=10_000)["l2"]
    assert found.verdict.label == "no practical difference"
    assert 0 < found.high < 1e-4


def test_equal_scores_of_unknown_examples_give_no_verdict() -> None:
    same = {"none": [0.91, 0.90, 0.92], "l2": [0.91, 0.90, 0.92], "l1": [0.92, 0.91, 0.93]}
    found = compare(same)
    assert {c.method: c.verdict.reason for c in found.methods} == {"l2": "equal", "l1": "no spread"}
    told = compare(same, test_size=100)
    assert {c.verdict.label for c in told.methods} == {"undecided"}


def test_the_same_difference_on_few_examples_is_no_proof() -> None:
    base = np.array([20, 21, 19]) / 24
    found = compare({"none": base, "x": base + 1 / 24})["x"]
    assert found.verdict.label == "undecided"
    assert found.estimate.spread is not None
    assert not found.estimate.spread.replicates < least_variance(1 / 24, 72, 1.0)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_rounding_is_no_spread(scale: float) -> None:
    digits = 4 if scale == 1 else 2
    base = np.array([25, 26])
    scores = {"none": base, "x": base + 1}
    written = {m: np.round(scale * values / 30, digits) for m, values in scores.items()}
    assert np.ptp(written["x"] - written["none"]) > 0
    error: Scale = "accuracy" if scale == 1 else "percent"
    assert compare(written, error=error)["x"].verdict.reason == "no spread"
    told = compare(written, error=error, test_size=30)["x"]
    assert told.verdict.label == "undecided"


@given(st.integers(0, 2**32 - 1), st.integers(11, 2000))
@settings(deadline=None)
def test_the_grid_is_found_and_never_too_fine(seed: int, examples: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, examples + 1, 12) / examples
    found = grid(scores, 1.0)
    assert found is None or examples % found == 0
    assert counted(scores, examples, 1.0)
    assert counted(np.round(scores, 4), examples, 1.0)
    assert not counted(random.random(12), 50, 1.0)


@pytest.mark.parametrize(
    ("values", "unit"),
    [([0.91, 0.9], 0.01), ([98.25, 3], 0.01), ([0.123456], 1e-6), ([1 / 3], 0), ([1, 2], 1)],
)
def test_resolution(values: list[float], unit: float) -> None:
    assert resolution(np.array([*values, np.nan], float)) == pytest.approx(unit)
    assert resolution(np.array(values, np.float32).astype(float)) in (pytest.approx(unit), 0.0)


def test_rounded_scores_do_not_tell_their_grid() -> None:
    assert grid(np.array([0.91, 0.90, 0.92, 0.87]), 1.0) is None
    assert grid(np.array([0.125, 0.5, 0.875]), 1.0) == 8
    assert grid(np.array([12.5, 50, 87.5]), 100.0) == 8


def fixed(examples: int, replicates: int, seed: int = 0) -> dict[str, npt.NDArray[np.float64]]:
    """Right and wrong answers of two methods on one test set, of which the second is better."""
    random = np.random.default_rng(seed)
    hard = random.standard_normal(examples)
    return {
        name: (shift + hard + random.standard_normal((replicates, examples)) > 0).astype(float)
        for name, shift in (("none", 1.8), ("x", 2.4))
    }


def test_a_fixed_test_set_without_predictions() -> None:
    right = fixed(4000, 5)
    scores = {name: table.mean(axis=1) for name, table in right.items()}
    alone = compare(scores, "fixed_test")
    assert alone.conditional
    known = compare(scores, "fixed_test", examples=right)
    bound = compare(scores, "fixed_test", test_size=4000)
    assert not known.conditional
    assert not bound.conditional
    widths = [c["x"].high - c["x"].low for c in (alone, known, bound)]
    assert widths == sorted(widths)
    # the variance between examples is at most the share on which two accuracies a and b may differ
    a, b = (scores[name].mean() for name in ("none", "x"))
    spread = bound["x"].estimate.spread
    assert spread is not None
    assert spread.examples == pytest.approx(2 - a - b - (a - b) ** 2 + 2 / 4000)
    actual = (right["x"] - right["none"]).mean(axis=0).var()
    assert actual < spread.examples
    assert spread.rows == 4000


def test_losses_of_a_fixed_test_set_speak_of_it_alone() -> None:
    losses = {"none": -rng.random(5), "x": -rng.random(5)}
    assert compare(losses, "fixed_test", error="loss").conditional


def test_one_replicate_with_a_test_size_shows_the_test_sets_uncertainty() -> None:
    found = compare({"none": [0.9], "x": [0.95]}, "fixed_test", test_size=200)["x"]
    assert found.verdict.reason == "one replicate"
    assert found.low < 0.05 < found.high


@given(st.integers(5, 500), st.floats(0, 1))
def test_the_least_variance_is_near_the_exact_interval(examples: int, share: float) -> None:
    right = round(share * examples)
    low, high = accuracy_interval(right, examples)
    reach = stats.norm.ppf(0.975) * np.sqrt(least_variance(right / examples, examples, 1.0))
    assert reach >= 0.8 * (high - low) / 2


def test_failed_trainings() -> None:
    good = 0.95 + 0.01 * rng.standard_normal(10)
    some = good.copy()
    some[[2, 7]] = 0.5, np.nan
    assert failed(some).tolist() == [i == 2 for i in range(10)]
    assert failed(100 * some, "percent").tolist() == failed(some).tolist()
    assert not failed(good).any()
    assert failed(np.array([-0.1, -0.11, -0.1, -0.12, -2.3]), "loss").sum() == 1
    assert not failed(np.array([0.9, 0.1, 0.9])).any()  # of three none is told from the others
    assert not failed(np.array([0.5] * 9 + [0.9])).any()


def test_ordinary_scores_do_not_fail() -> None:
    for n in (24, 100, 1000):
        for p in (0.6, 0.8, 0.95, 0.99):
            scores = rng.binomial(n, p, (400, 10)) / n
            assert sum(failed(own).sum() for own in scores) <= 4 + 4000 * 1e-3
