"""Standard errors against scipy, statsmodels and closed forms."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import Spread, fixed_test, fresh, interval, overlapping
from bridle.statistics.crossed import Crossed
from bridle.statistics.designs import REACH, SHARED

rng = np.random.default_rng(5)


def test_fresh_is_the_paired_t() -> None:
    a, b = rng.normal(0.9, 0.02, 9), rng.normal(0.88, 0.01, 9)
    estimate = fresh(a - b)
    reference = stats.ttest_rel(a, b)
    expected = reference.confidence_interval()
    found = interval(estimate)
    assert found.p == pytest.approx(reference.pvalue, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert (estimate.replicates, estimate.missing, estimate.df) == (9, 0, 8)


def test_overlapping_is_nadeau_and_bengio() -> None:
    d = rng.normal(0.01, 0.02, 10)
    estimate = overlapping(d, 80, 40)
    assert estimate.standard_error == pytest.approx(np.sqrt((1 / 10 + 40 / 80) * np.var(d, ddof=1)))
    assert estimate.df == 9


def test_small_test_parts_do_not_make_splits_independent() -> None:
    d = rng.normal(0.01, 0.02, 10)
    for train, test in ((150, 50), (160, 40), (190, 10)):
        error = overlapping(d, train, test).standard_error
        assert error == pytest.approx(np.sqrt((1 / 10 + SHARED) * np.var(d, ddof=1)))


def test_fixed_test_uses_the_mean_squares_of_a_two_way_layout() -> None:
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    R, E = 6, 15
    d = rng.normal(size=(R, E)) + rng.normal(size=(R, 1)) + rng.normal(size=E)
    frame = pd.DataFrame(
        {"d": d.ravel(), "r": np.repeat(np.arange(R), E), "e": np.tile(np.arange(E), R)}
    )
    a, b, c = anova_lm(ols("d ~ C(r) + C(e)", frame).fit())["mean_sq"]
    estimate = fixed_test(d)
    assert a > c < b
    assert estimate.standard_error == pytest.approx(np.sqrt((a + b - c) / (R * E)))
    assert estimate.spread is not None
    assert estimate.spread.variance(R, E) == pytest.approx(estimate.standard_error**2)
    # one t reaches as far as both sources, each with its own t
    trainings, examples = stats.t.ppf(1 - REACH / 2, [R - 1, E - 1])
    reach = np.sqrt((trainings**2 * a + examples**2 * (b - c)) / (R * E))
    assert stats.t.ppf(1 - REACH / 2, estimate.df) * estimate.standard_error == pytest.approx(reach)
    assert estimate.spread.df(R, E) == pytest.approx(estimate.df)


@given(
    st.integers(2, 12), st.integers(20, 500), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1)
)
@settings(deadline=None)
def test_degrees_of_freedom_of_two_sources(
    R: int, E: int, trainings: float, examples: float, cells: float
) -> None:
    spread = Spread(trainings, examples, cells, rows=E)
    df = spread.df(R, E)
    assert min(R, E) - 1 <= df <= max(R, E) - 1
    variances = np.array([trainings / R + cells / (R * E), examples / E])
    # one t falls short further out, most where a source has a single degree of freedom
    for error, slack in ((0.01, 1.0), (REACH, 1e-6), (0.002, 0.41 if R == 2 else 0.25)):
        reach = np.sqrt(stats.t.ppf(1 - error / 2, [R - 1, E - 1]) ** 2 @ variances)
        one = stats.t.ppf(1 - error / 2, df) * np.sqrt(variances.sum())
        assert one >= reach * (1 - slack) - 1e-12
        if error == REACH:
            assert one == pytest.approx(reach, rel=1e-4)


def test_fixed_test_without_example_effects_is_close_to_the_paired_t() -> None:
    d = np.repeat(rng.normal(size=(12, 1)), 50, axis=1)
    plain, crossed = fresh(d.mean(axis=1)), fixed_test(d)
    assert crossed.standard_error == pytest.approx(plain.standard_error)
    assert crossed.df == pytest.approx(plain.df)


def test_one_replicate_has_the_test_sets_own_uncertainty() -> None:
    d = rng.integers(-1, 2, (1, 200))
    found = fixed_test(d)
    assert found.standard_error == pytest.approx(stats.sem(d[0]))
    assert (found.df, found.replicates) == (199, 1)
    assert np.isnan(interval(found).p)


def test_negative_components_count_as_nothing() -> None:
    checker = np.indices((6, 8)).sum(axis=0) % 2 - 0.5  # rows and columns have equal means
    found = fixed_test(checker + 1)
    assert found.spread is not None
    assert found.spread.replicates < 0 == found.spread.examples
    assert found.spread.variance(6, 8) == pytest.approx(found.standard_error**2)
    assert found.spread.variance(6, 8) == pytest.approx(found.spread.cells / 48)
    assert found.standard_error > 0
    assert found.df >= 5


def test_no_difference_at_all_is_no_certainty() -> None:
    for found in (fresh([0.0] * 4), fixed_test(np.zeros((4, 9))), overlapping([0.0] * 4, 30, 10)):
        assert found.difference == 0
        assert not found.known
        assert np.isnan(interval(found).p)


def test_examples_that_are_right_or_wrong_bound_the_variance() -> None:
    none = fixed_test(np.zeros((4, 50)), whole=1.0)
    assert none.standard_error == pytest.approx(np.sqrt(2) / 50)
    percent = fixed_test(np.zeros((4, 50)), whole=100.0)
    assert percent.standard_error == pytest.approx(100 * np.sqrt(2) / 50)
    many = rng.integers(-1, 2, (4, 500)).astype(float)
    assert fixed_test(many, whole=1.0).standard_error == pytest.approx(
        fixed_test(many).standard_error, rel=0.01
    )


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=30, unique=True))
@settings(deadline=None)
def test_an_interval_leans_to_the_long_tail(values: list[float]) -> None:
    estimate = fresh(values)
    if not estimate.known:
        return
    third = stats.skew(values)
    assert estimate.lean * third >= 0
    found = interval(estimate)
    plain = interval(replace(estimate, lean=0.0))
    assert found.low <= plain.low < plain.high <= found.high
    assert (found.low == plain.low) or (found.high == plain.high)
    assert (found.p < 0.05) == found.excludes_zero
    back = interval(estimate.flipped())
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))
    # the interval at 1 − p just reaches 0
    if 1e-6 < found.p < 0.999:
        ends = interval(estimate, 1 - found.p)
        assert min(abs(ends.low), abs(ends.high)) == pytest.approx(0, abs=1e-6)


def test_normal_differences_hardly_lean() -> None:
    assert fresh(stats.norm.ppf((np.arange(20) + 0.5) / 20)).lean == 0
    assert fresh(-stats.expon.ppf((np.arange(20) + 0.5) / 20)).lean < 0


@pytest.mark.parametrize("value", [0.1, -0.1, 1 / 36, 1e-9])
def test_equal_differences_give_no_standard_error(value: float) -> None:
    for found in (
        fresh([value] * 7),
        overlapping([value] * 7, 3, 1),
        fixed_test([[value] * 3] * 7),
    ):
        assert not found.known
        assert found.difference == pytest.approx(value)
        assert np.isnan(interval(found).p)


def test_missing_replicates_are_left_out_and_counted() -> None:
    d = np.array([0.1, np.nan, 0.3, 0.2])
    assert fresh(d).missing == 1
    assert fresh(d).standard_error == fresh([0.1, 0.3, 0.2]).standard_error
    table = rng.normal(size=(4, 6))
    holed = table.copy()
    holed[1, 3] = np.nan
    assert fixed_test(holed).standard_error == fixed_test(table[[0, 2, 3]]).standard_error
    assert fixed_test(holed).missing == 1


@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.5], [0.5, np.nan]])
def test_too_little_gives_no_standard_error(values: list[float]) -> None:
    assert not fresh(values).known
    assert not overlapping(values, 3, 1).known
    assert np.isnan(interval(fresh(values)).low)


def test_nothing_measured_on_a_fixed_test_set() -> None:
    found = fixed_test(np.full((3, 4), np.nan))
    assert (found.replicates, found.missing, found.known) == (0, 3, False)


def test_crossed_gives_what_fixed_test_gives() -> None:
    tables = {n: rng.random((5, 40)) for n in "abc"}
    tables["d"] = tables["a"] + 1e-7 * rng.random((5, 40))  # nearly equal: digits cancel
    tables["e"] = tables["a"].copy()
    tables["f"] = np.where(np.arange(5)[:, None] == 2, np.nan, tables["b"])
    crossed = Crossed(tables)
    for first in tables:
        assert crossed.own(first).standard_error == pytest.approx(
            fixed_test(tables[first]).standard_error, rel=1e-9
        )
        for second in tables:
            expected = fixed_test(tables[first] - tables[second])
            found = crossed.estimate(first, second)
            assert found.difference == pytest.approx(expected.difference, rel=1e-6, abs=1e-15)
            assert found.standard_error == pytest.approx(
                expected.standard_error, rel=1e-6, nan_ok=True
            )
            assert found.df == pytest.approx(expected.df, rel=1e-5, nan_ok=True)
            assert found.missing == expected.missing


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: fresh([]), "empty"),
        (lambda: fresh([[1.0, 2.0]]), "replicates"),
        (lambda: fresh(["a"]), "received"),
        (lambda: fresh([np.inf, 1.0]), "infinity"),
        (lambda: fixed_test([1.0, 2.0]), "examples"),
        (lambda: fixed_test([[1.0], [2.0]]), "test examples"),
        (lambda: overlapping([1.0, 2.0], 0, 5), "n_train"),
        (lambda: overlapping([1.0, 2.0], 5, 0), "n_test"),
        (lambda: interval(fresh([1.0, 2.0]), level=95), "level"),
        (lambda: interval(fresh([1.0, 2.0]), comparisons=0), "comparisons"),
    ],
)
def test_errors_name_the_argument(call: Callable[[], object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        call()
