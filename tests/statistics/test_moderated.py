"""Variances of a study that borrow from one another."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import simulate_moderated as simulate
from scipy import special, stats

from bridle.statistics import Estimate, compare, fixed_test, fresh, overlapping, simultaneous
from bridle.statistics.checks import Floats
from bridle.statistics.moderated import moderated

STUDIES = 1000


def drawn(seed: int, replicates: int, sizes: list[float]) -> dict[str, Estimate]:
    """Differences without any effect that share a baseline, by the standard deviation of each method."""
    rng = np.random.default_rng(seed)
    baseline = rng.normal(size=replicates)
    return {
        str(i): fresh(size * (rng.normal(size=replicates) + baseline))
        for i, size in enumerate(sizes)
    }


def test_two_methods_hardly_borrow_and_one_never_does() -> None:
    one = drawn(0, 3, [1.0])
    assert moderated(one) == one
    two = moderated(drawn(0, 3, [1.0, 1.0]))
    assert all(e.df >= 2 for e in two.values())


def test_the_drawn_variance_lies_between_its_own_and_what_all_show() -> None:
    before = drawn(1, 3, [1.0] * 6)
    after = moderated(before)
    own = np.array([e.standard_error for e in before.values()])
    new = np.array([e.standard_error for e in after.values()])
    assert (new[own < 0.5 * own.mean()] > own[own < 0.5 * own.mean()]).all()
    assert np.ptp(new) < np.ptp(own)
    assert all(2 < e.df <= 12 for e in after.values())
    assert [e.difference for e in after.values()] == [e.difference for e in before.values()]


def test_of_thousands_of_variances_the_prior_is_found() -> None:
    """With d₀ = 8 and s₀² = 4; the limits for few methods no longer matter."""
    rng = np.random.default_rng(2)
    truth = 4 * 8 / rng.chisquare(8, size=4000)
    values = np.sqrt(truth)[:, None] * rng.normal(size=(4000, 5))
    after = moderated({str(i): fresh(row) for i, row in enumerate(values)})
    borrowed = next(iter(after.values())).df - 4
    assert borrowed == pytest.approx(8, rel=0.15)


@pytest.mark.parametrize("replicates", [3, 5])
@pytest.mark.parametrize(
    "sizes",
    [[1.0] * 4, [1, 1, 1, 10], [1, 10, 10, 10], [1, 2, 5, 10], [1, 1, 1, 3]],
    ids=["alike", "one ten times as wide", "one a tenth", "all different", "one thrice"],
)
def test_studies_err_in_no_more_than_5_percent(replicates: int, sizes: list[float]) -> None:
    wrong = 0
    for seed in range(STUDIES):
        estimates = moderated(drawn(seed, replicates, sizes))
        wrong += any(i.excludes_zero for i in simultaneous(list(estimates.values())))
    assert wrong <= stats.binom.ppf(0.999, STUDIES, 0.05)


def test_three_replicates_find_more() -> None:
    """Four methods that help by 2.5 standard deviations of the differences."""
    found = [0, 0]
    for seed in range(300):
        before = drawn(seed, 3, [1.0] * 4)
        helped = {n: fresh(np.array([e.difference + 3.5]) + _around(e)) for n, e in before.items()}
        for place, estimates in enumerate((helped, moderated(helped))):
            together = simultaneous(list(estimates.values()))
            found[place] += sum(i.low >= 0 for i in together)
    assert found[1] > 1.5 * found[0]


def _around(estimate: Estimate) -> Floats:
    """Three values around 0 with the estimate's standard error."""
    around: Floats = np.array([-1.0, 0.0, 1.0]) * estimate.standard_error * np.sqrt(3)
    return around


def test_crossed_examples_lend_only_the_trainings_part() -> None:
    rng = np.random.default_rng(3)
    tables = {
        str(i): rng.normal(size=(4, 1)) * 0.1 + 0.5 * rng.normal(size=(4, 200)) for i in range(5)
    }
    before = {name: fixed_test(table) for name, table in tables.items()}
    for name, after in moderated(before).items():
        assert after.spread is not None
        assert before[name].spread is not None
        assert after.spread.examples == before[name].spread.examples  # type: ignore[union-attr]
        assert after.spread.cells == before[name].spread.cells  # type: ignore[union-attr]
        assert after.spread.borrowed > 0


def test_the_correction_for_shared_rows_is_kept() -> None:
    rng = np.random.default_rng(4)
    before = {str(i): overlapping(rng.normal(size=5), 60, 20) for i in range(6)}
    for name, after in moderated(before).items():
        one, other = after.spread, before[name].spread
        assert one is not None
        assert other is not None
        assert one.shared / one.replicates == pytest.approx(other.shared / other.replicates)


def test_methods_that_did_nothing_neither_give_nor_take() -> None:
    rng = np.random.default_rng(5)
    base = rng.normal(size=4)
    scores = {"none": base, "a": base + rng.normal(size=4), "b": base + rng.normal(size=4)}
    alone = compare({**scores, "inert": base}, inert={"inert"})
    without = compare(scores)
    assert alone["a"].high == pytest.approx(without["a"].high)
    assert alone["inert"].verdict.label == "no verdict"


def test_step_by_step_the_second_is_tested_among_fewer() -> None:
    clear, nearly = fresh([5.0, 5.1, 4.9, 5.0]), fresh([1.0, 1.4, 0.7, 1.2])
    p = 2 * special.stdtr(3, -nearly.difference / nearly.standard_error)
    assert 1 - (1 - p) ** 4 > 0.01 > 1 - (1 - p) ** 1
    level = 1 - (1 - (1 - p) ** 3)  # between the first and the last step
    others = [fresh([0.1, -0.2, 0.15, -0.05]), fresh([0.3, -0.2, -0.1, 0.2])]
    found = simultaneous([clear, nearly, *others], level - 1e-9)
    assert found[1].low == 0
    assert found[1].excludes_zero
    assert found[1].p < 1 - level + 1e-6
    assert not found[2].excludes_zero


def test_three_replicates_find_nearly_what_a_pooled_variance_does() -> None:
    found, wrong = simulate.powers("all alike", 4, 3, 4.0, 200)
    own, borrowed, pooled = found
    assert own + 0.2 < borrowed
    assert pooled - 0.2 < borrowed
    assert wrong[1] <= stats.binom.ppf(0.999, 200, 0.05) / 200
    _, wrong = simulate.powers("one thirty times", 4, 3, 4.0, 200)
    assert wrong[1] <= stats.binom.ppf(0.999, 200, 0.05) / 200 < wrong[2]
