"""The leading group."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.statistics import compare, fresh, leading


def pair_of(scores):
    return lambda a, b: fresh(np.asarray(scores[a]) - np.asarray(scores[b]))


def test_two_methods_are_a_one_sided_t_test():
    rng = np.random.default_rng(0)
    for shift in np.linspace(0, 1.5, 12):
        a, b = rng.normal(shift, 1, 9), rng.normal(0, 1, 9)
        p = stats.ttest_rel(a, b, alternative="greater").pvalue
        group = leading(["a", "b"], pair_of({"a": a, "b": b})).group
        assert ("b" in group) == (p >= 0.05)


def test_bounds_of_the_distance_from_the_best():
    rng = np.random.default_rng(1)
    scores = {"a": rng.normal(3, 0.1, 12), "b": rng.normal(2, 0.1, 12), "c": rng.normal(1, 0.1, 12)}
    found = leading(list(scores), pair_of(scores))
    assert found.group == ("a",)
    assert found.low["a"] == 0
    assert 0.5 < found.high["a"] < 1.2
    assert -1.2 < found.low["b"] < -0.9
    assert found.high["b"] == found.high["c"] == 0


def test_one_method_leads_and_none_leads_nothing():
    assert leading(["a"], pair_of({})).group == ("a",)
    assert leading([], pair_of({})).group == ()


def test_equal_methods_share_the_lead():
    scores = {"a": [0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.3]}
    assert leading(["a", "b"], pair_of(scores)).group == ("a", "b")


def test_without_a_standard_error_nobody_is_excluded():
    scores = {"a": [0.1, 0.1], "b": [0.5, 0.5]}
    found = leading(["a", "b"], pair_of(scores))
    assert found.group == ("a", "b")
    assert found.low["a"] == -np.inf


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_leading_group_and_verdicts_agree(seed):
    rng = np.random.default_rng(seed)
    R, m = int(rng.integers(2, 12)), int(rng.integers(1, 8))
    names = ["none", *(f"m{i}" for i in range(m))]
    design = ["fresh", "overlapping", "fixed_test"][rng.integers(3)]
    if design == "fixed_test":
        tables = {n: rng.random((R, 40)) < rng.uniform(0.5, 1) for n in names}
        found = compare(design="fixed_test", examples=tables)
    else:
        luck = rng.normal(0, 0.1, R)
        scores = {n: luck + rng.normal(0.5 + rng.normal(0, 0.1), 0.05, R) for n in names}
        found = compare(scores, design, sizes=(60, 20), margin="0.1")
    group = found.leading.group
    means = {c.method: c.score.mean for c in found.methods} | {"none": found.baseline_score.mean}
    assert max(means, key=means.get) in group or not group
    for one in found.methods:
        if one.verdict.label == "helps":
            assert "none" not in group
        if one.verdict.label == "hurts":
            assert one.method not in group
    for name in names:
        low, high = found.leading.low[name], found.leading.high[name]
        assert low <= 0 <= high
        assert high == 0 or name in group


def test_one_replicate_has_no_leading_group():
    tables = {n: np.eye(1, 20) for n in ("none", "a")}
    assert compare(design="fixed_test", examples=tables).leading.group == ()
    assert pytest.approx(0.05) == compare(design="fixed_test", examples=tables)["a"].score.mean
