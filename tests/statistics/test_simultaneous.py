"""Simultaneous intervals: against statsmodels, and consistent with their p-values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bridle.statistics import fixed_test, fresh, interval, overlapping, simultaneous, verdict_of
from bridle.statistics.designs import Estimate

seeds = st.integers(0, 2**32 - 1)


def random_estimates(seed: int) -> list[Estimate]:
    """A study of a random design, size and shape of scores; ties and rounding included."""
    rng = np.random.default_rng(seed)
    R, m = int(rng.integers(1, 15)), int(rng.integers(1, 9))
    shift = rng.normal(0, 1) * rng.choice([0, 0.01, 0.1])
    design = rng.integers(3)
    results = []
    for _ in range(m):
        d = shift + rng.choice([1e-9, 0.01, 1.0]) * rng.standard_normal(R)
        if rng.random() < 0.3:
            d = np.round(d, 2)
        d[rng.random(R) < 0.1] = np.nan
        if design == 2:
            results.append(fixed_test(np.sign(rng.normal(shift, 1, (R, 20)).round())))
        else:
            results.append(fresh(d) if design else overlapping(d, 90, 30))
    return results


def test_one_comparison_is_the_t_test() -> None:
    d = np.array([0.01, 0.03, -0.01, 0.02, 0.05])
    found, reference = interval(fresh(d)), stats.ttest_1samp(d, 0)
    assert found.p == pytest.approx(reference.pvalue)
    assert found.high == pytest.approx(reference.confidence_interval().high)


def test_adjusted_p_values_are_holms_with_sidaks_steps() -> None:
    rng = np.random.default_rng(1)
    estimates = [fresh(rng.normal(0.5, 1, n)) for n in (5, 8, 10, 30)]
    single = [interval(e).p for e in estimates]
    expected = multipletests(single, method="holm-sidak")[1]
    assert [i.p for i in simultaneous(estimates)] == pytest.approx(list(expected))


@settings(deadline=None)
@given(seeds, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_interval_p_value_and_verdict_never_contradict_each_other(seed: int, level: float) -> None:
    estimates = random_estimates(seed)
    margin = 0.02
    for estimate, found in zip(estimates, simultaneous(estimates, level), strict=True):
        verdict = verdict_of(estimate, found, margin, len(estimates), level)
        decided = verdict.label in ("helps", "hurts")
        if verdict.label == "no verdict":
            assert np.isnan(found.p)
            continue
        assert found.low <= estimate.difference <= found.high
        assert decided == found.excludes_zero == (found.p < round(1 - level, 12))
        if decided:
            assert (verdict.label == "helps") == (estimate.difference > 0)
            assert verdict.small == (max(abs(found.low), abs(found.high)) <= margin)
        inside = -margin <= found.low and found.high <= margin
        assert (verdict.label == "no practical difference") == (inside and not decided)
        assert (verdict.label == "undecided") == (not inside and not decided)


@settings(deadline=None)
@given(seeds)
def test_the_other_side_is_the_mirror_image(seed: int) -> None:
    for estimate in random_estimates(seed):
        a, b = interval(estimate, 0.95, 3), interval(estimate.flipped(), 0.95, 3)
        np.testing.assert_array_equal([a.low, a.high, a.p], [-b.high, -b.low, b.p])


@settings(deadline=None)
@given(seeds, st.floats(1e-6, 1e6))
def test_units_do_not_matter(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    d = rng.standard_normal(int(rng.integers(2, 12)))
    for make in (fresh, lambda x: overlapping(x, 50, 20)):
        a, b = interval(make(d), 0.95, 4), interval(make(d * scale), 0.95, 4)
        assert b.p == pytest.approx(a.p, rel=1e-9)
        assert (b.low, b.high) == pytest.approx((a.low * scale, a.high * scale), rel=1e-9)


@settings(deadline=None)
@given(seeds)
def test_the_order_of_replicates_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = rng.standard_normal((7, 11))
    order, other = rng.permutation(7), rng.permutation(11)
    pairs = [
        (fresh(d[:, 0]), fresh(d[order, 0])),
        (fixed_test(d), fixed_test(d[order][:, other])),
    ]
    for a, b in pairs:
        assert a.difference == pytest.approx(b.difference, abs=1e-12)
        assert a.standard_error == pytest.approx(b.standard_error)


def test_more_comparisons_widen_every_interval() -> None:
    estimate = fresh([0.1, 0.3, 0.2, 0.15])
    widths = [interval(estimate, 0.95, m).high for m in (1, 2, 5, 12)]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
