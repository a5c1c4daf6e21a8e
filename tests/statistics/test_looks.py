"""Looks at a growing study: levels against known boundaries and integrals, and errors by simulation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from benchmarks import simulate_looks as simulate
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import Look, Looks, compare, looked, simultaneous
from bridle.statistics.looks import FIRST, _nodes, _undecided
from bridle.statistics.simultaneous import pointwise_error


def error_of(looks: Sequence[Look], comparisons: int = 1) -> float:
    """The chance that any look errs, by the integration."""
    *earlier, last = looks
    nodes = _nodes(tuple(earlier), last.replicates) if earlier else 100
    return float(1 - _undecided(tuple(looks), comparisons, nodes)[1].sum())


@pytest.mark.parametrize(
    ("looks", "z", "error"),
    [
        (2, 1.96, 0.083),  # Armitage, McPherson, Rowe 1969, table 2
        (5, 1.96, 0.142),
        (10, 1.96, 0.193),
        (2, 2.178, 0.05),  # Pocock 1977, table 1
        (5, 2.413, 0.05),
    ],
)
def test_known_boundaries(looks: int, z: float, error: float) -> None:
    level = 1 - 2 * stats.norm.sf(z)
    found = error_of([Look(10 * (i + 1), level) for i in range(looks)])
    assert found == pytest.approx(error, abs=6e-4)


@pytest.mark.parametrize("sizes", [(10, 11, 12), (10, 30, 100), (500, 501, 503)])
def test_the_integral_is_that_of_the_multivariate_normal(sizes: tuple[int, int, int]) -> None:
    looks = looked((*sizes, 10**6), 3).earlier
    z = np.array([-stats.norm.ppf(pointwise_error(look.level, 3) / 2) for look in looks])
    n = np.array(sizes)
    correlation = np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    inside = stats.multivariate_normal.cdf(
        z,
        cov=correlation,
        lower_limit=-z,
        abseps=1e-7,
        releps=1e-7,
        maxpts=10**6,
        rng=np.random.default_rng(0),
    )
    assert error_of(looks, 3) == pytest.approx(1 - inside, abs=2e-5)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(2, 400), min_size=1, max_size=7, unique=True),
    st.integers(1, 12),
    st.sampled_from([0.9, 0.95, 0.99]),
)
def test_all_looks_together_spend_no_more_than_all(
    sizes: list[int], comparisons: int, level: float
) -> None:
    sizes = sorted(sizes)
    looks = looked((*sizes, 10**5), comparisons, level).earlier
    assert [look.replicates for look in looks] == sizes
    spent = 1 - (1 - error_of(looks, comparisons)) ** comparisons
    share = FIRST + (1 - FIRST) * (1 - (sizes[0] / sizes[-1]) ** 2)
    assert spent == pytest.approx((1 - level) * share, abs=2e-7)
    assert looks[0].level == pytest.approx(1 - FIRST * (1 - level), abs=1e-6)
    assert all(level < look.level < 1 for look in looks)


def test_a_single_look_spends_everything_and_no_other_may_follow() -> None:
    assert Looks().level(10, 8) == 0.95
    with pytest.raises(UserError, match="spent at one look at 10 replicates"):
        Looks().after(10, 8)
    with pytest.raises(UserError, match="only look"):
        Looks(1.0, (Look(10, 0.95),)).level(20, 8)


def test_a_single_replicate_is_no_look() -> None:
    assert Looks(FIRST).level(1, 8) == 0.95
    assert Looks(FIRST).after(1, 8) == Looks(FIRST)


@pytest.mark.parametrize("sizes", [(10, 10), (10, 9)])
def test_looks_must_grow(sizes: tuple[int, int]) -> None:
    with pytest.raises(UserError, match="more replicates than the one before, 10"):
        looked((*sizes, 50), 2)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(2, 60), min_size=1, max_size=5, unique=True).map(sorted),
    st.integers(1, 12),
    st.integers(0, 4),
)
def test_looks_at_settings_chosen_anew_share_what_is_left(
    sizes: list[int], comparisons: int, place: int
) -> None:
    before = sizes[: 1 + place % len(sizes)]
    first = looked((*before, 10**6), comparisons)
    anew = looked(before, comparisons).anew(before[-1])
    after = anew
    for size in (before[-1], *sizes[len(before) :]):
        after = after.after(size, comparisons)
    spent = error_of(first.earlier, comparisons) + error_of(after.earlier, comparisons)
    assert spent <= 0.05 + 1e-6
    assert anew.level(before[-1], comparisons) > first.earlier[-1].level
    assert after.again


def test_what_one_look_has_spent_cannot_be_chosen_anew() -> None:
    assert Looks(FIRST).anew(10) == Looks(FIRST, (), 0.2)
    assert Looks(FIRST).anew(10).level(10, 8) == pytest.approx(0.992)
    assert Looks(FIRST).anew(1) == Looks(FIRST)  # of which nothing could be said
    with pytest.raises(UserError, match="only look"):
        Looks().anew(10)


def test_levels_for_another_number_of_comparisons() -> None:
    assert looked((10, 20, 30), 3).among(7) == looked((10, 20, 30), 7)
    anew = Looks(FIRST, (), 0.2)
    assert anew.after(10, 3).among(5) == anew.after(10, 5)


def test_a_comparison_is_held_to_the_level_of_its_look() -> None:
    rng = np.random.default_rng(3)
    scores = {m: 0.9 + 0.01 * rng.standard_normal(20) for m in ("none", "a", "b", "c")}
    looks = looked((10, 20), 3)
    found, once = compare(scores, looks=looks), compare(scores)
    assert found.held == looks.level(20, 3) > found.level == once.level == once.held
    together = simultaneous([c.estimate for c in found.methods], found.held)
    for c, expected in zip(found.methods, together, strict=True):
        assert (c.low, c.high, c.p) == (expected.low, expected.high, expected.p)
        assert (c.p < 1 - found.held) == expected.excludes_zero
        assert c.low < once[c.method].low
        assert c.score == once[c.method].score  # its own interval is an ordinary one
        if c.verdict.label == once[c.method].verdict.label == "undecided":
            needed, before = c.verdict.replicates_needed, once[c.method].verdict.replicates_needed
            assert needed is not None
            assert before is not None
            assert needed.half >= before.half


def test_what_is_needed_counts_with_the_level_of_the_next_look() -> None:
    d = np.array([-1.0, 1.0] * 5) * 0.02 + 0.005
    scores = {"none": np.full(10, 0.9), "a": 0.9 + d}
    found = compare(scores, margin="1pt", looks=Looks(FIRST))
    needed = found["a"].verdict.replicates_needed
    once = compare(scores, margin="1pt")["a"].verdict.replicates_needed
    assert needed is not None
    assert once is not None
    assert (needed.least, needed.half) > (once.least, once.half)


def test_uncorrected_looks_err_far_too_often() -> None:
    found = simulate.look_often(
        "fresh, unequal variances", tuple(range(10, 51, 5)), 1, 2000, best=False
    )
    low, high = stats.binom.ppf([0.001, 0.999], 2000, 0.175)
    assert low <= found.naive <= high
    assert found.any <= stats.binom.ppf(0.999, 2000, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "methods", "studies"),
    [
        ("fresh, unequal variances", 5, 500),
        ("fresh, skewed, near 1", 5, 500),
        ("fixed test, both sources", 5, 250),
        ("overlapping, real learners", 5, 300),
        ("overlapping, as modelled", 5, 500),
    ],
)
def test_all_looks_together_err_in_5_percent(world: str, methods: int, studies: int) -> None:
    found = simulate.look_often(world, (10, 20, 30, 50), methods, studies)
    bound = stats.binom.ppf(0.999, studies, 0.05)
    assert found.any <= bound
    assert found.best <= bound
    assert found.first <= found.any < found.naive


@given(
    share=st.floats(0.1, 0.9),
    sizes=st.lists(st.integers(2, 60), min_size=1, max_size=3, unique=True).map(sorted),
    comparisons=st.integers(1, 9),
)
@settings(deadline=None, max_examples=20)
def test_two_scores_share_the_error_of_every_look(
    share: float, sizes: list[int], comparisons: int
) -> None:
    own, other = Looks(share=share), Looks(share=1 - share)
    assert own.level(sizes[0], comparisons) == pytest.approx(1 - 0.05 * share)
    spent = 0.0
    for looks in (replace(own, first=FIRST), replace(other, first=FIRST)):
        for count in sizes:
            looks = looks.after(count, comparisons)
        spent += error_of(looks.earlier, comparisons) * comparisons
    assert (
        spent <= 0.05 * 1.03
    )  # the error of one comparison, times their number, is above that of any
    assert looks.anew(100).share == looks.share
