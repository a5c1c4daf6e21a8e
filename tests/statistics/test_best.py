"""The leading group."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.statistics import compare, fresh, leading, overlapping
from bridle.statistics.designs import Design, Estimate


def pair_of(scores: Mapping[str, npt.ArrayLike]) -> Callable[[str, str], Estimate]:
    return lambda a, b: fresh(np.asarray(scores[a]) - np.asarray(scores[b]))


def test_two_methods_are_a_one_sided_t_test_where_no_tail_is_longer() -> None:
    rng = np.random.default_rng(0)
    for shift in np.linspace(0, 1.5, 12):
        half, b = rng.normal(0, 1, 4), rng.normal(0, 1, 9)
        a = b + shift + np.concatenate([half, -half, [0.0]])
        p = stats.ttest_rel(a, b, alternative="greater").pvalue
        group = leading(["a", "b"], pair_of({"a": a, "b": b})).group
        assert ("b" in group) == (p >= 0.05)


def test_a_long_tail_keeps_a_method_in_the_group_that_a_t_test_would_put_out() -> None:
    """Of the best's differences the long tail lies on the side of the other: its mean is surely too high."""
    ahead = np.array([0.0, 1.0, 1.1, 1.2, 1.3, 1.35, 1.4, 1.4, 1.4]) - 0.8
    assert stats.ttest_1samp(ahead, 0, alternative="greater").pvalue < 0.05
    assert fresh(ahead).lean < 0
    assert leading(["a", "b"], pair_of({"a": ahead, "b": np.zeros(9)})).group == ("a", "b")


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_pairs_that_are_not_estimated_would_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    R, m = int(rng.integers(2, 12)), int(rng.integers(2, 12))
    size = 10 ** rng.uniform(-2, 1)
    scores = {f"m{i}": size * rng.normal() + rng.normal(0, 0.3, R).round(1) for i in range(m)}
    for own in scores.values():
        own[rng.random(R) < 0.1] = np.nan
    for pair in (
        lambda a, b: fresh(scores[a] - scores[b]),
        lambda a, b: overlapping(scores[a] - scores[b], 60, 20),
    ):
        every = leading(list(scores), pair)
        assert leading(list(scores), pair, scores=scores) == every


def test_of_many_methods_hardly_any_pair_is_estimated() -> None:
    rng = np.random.default_rng(0)
    scores = {f"m{i}": rng.normal(size=8) for i in range(400)}
    made = []

    def pair(a: str, b: str) -> Estimate:
        made.append((a, b))
        return pair_of(scores)(a, b)

    found = leading(list(scores), pair, scores=scores)
    assert len(found.group) > 350
    assert len(made) < 4000  # of 159,600


def test_one_method_leads_and_none_leads_nothing() -> None:
    assert leading(["a"], pair_of({})).group == ("a",)
    assert leading([], pair_of({})).group == ()


def test_equal_methods_share_the_lead() -> None:
    scores = {"a": [0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.3]}
    assert leading(["a", "b"], pair_of(scores)).group == ("a", "b")


def test_without_a_standard_error_nobody_is_excluded() -> None:
    scores = {"a": [0.1, 0.1], "b": [0.5, 0.5]}
    found = leading(["a", "b"], pair_of(scores))
    assert found.group == ("a", "b")


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_leading_group_and_verdicts_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    R, m = int(rng.integers(2, 12)), int(rng.integers(1, 8))
    names = ["none", *(f"m{i}" for i in range(m))]
    designs: tuple[Design, ...] = ("fresh", "overlapping", "fixed_test")
    design = designs[rng.integers(3)]
    if design == "fixed_test":
        tables = {n: rng.random((R, 40)) < rng.uniform(0.5, 1) for n in names}
        found = compare(design="fixed_test", examples=tables)
    else:
        luck = rng.normal(0, 0.1, R)
        scores = {n: luck + rng.normal(0.5 + rng.normal(0, 0.1), 0.05, R) for n in names}
        found = compare(scores, design, sizes=(60, 20), margin="0.1")
    group = found.leading.group
    means = {c.method: c.score.mean for c in found.methods} | {"none": found.baseline_score.mean}
    assert max(means, key=means.__getitem__) in group or not group
    for one in found.methods:
        if one.verdict.label == "helps":
            assert "none" not in group
        if one.verdict.label == "hurts":
            assert one.method not in group


def test_one_replicate_has_no_leading_group() -> None:
    tables = {n: np.eye(1, 20) for n in ("none", "a")}
    assert compare(design="fixed_test", examples=tables).leading.group == ()
    assert pytest.approx(0.05) == compare(design="fixed_test", examples=tables)["a"].score.mean
