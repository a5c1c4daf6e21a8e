"""Ranks over data sets, against Demšar's own example, scipy and closed forms."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import holm, rank
from bridle.statistics.ranks import friedman, wilcoxon

# Demšar 2006, table 6: AUC of C4.5 as it is, with m, with cf, with both, on 14 data sets
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975],  # ranked there before rounding
        [0.957, 0.978, 0.946, 0.970],
    ]
)
NAMES = ("none", "m", "cf", "m+cf")


def by_name(
    table: npt.ArrayLike, names: Sequence[str] = NAMES
) -> dict[str, npt.NDArray[np.float64]]:
    return dict(zip(names, np.asarray(table, float).T, strict=True))


def test_the_published_example() -> None:
    found = rank(by_name(DEMSAR))
    shown = {m.method: round(m.rank, 3) for m in found.methods}
    assert shown == {"m+cf": 1.964, "m": 2.0, "cf": 2.893, "none": 3.143}
    ranks = stats.rankdata(-DEMSAR, axis=1).mean(axis=0)
    assert 12 * 14 / 20 * (np.sum(ranks**2) - 25) == pytest.approx(9.28, abs=0.01)  # untied
    assert found.p == stats.friedmanchisquare(*DEMSAR.T).pvalue
    # printed there: .016, .019 and .607, with Holm's thresholds .017, .025 and .05
    assert found["m+cf"].p == pytest.approx(3 * 0.0157, abs=4e-4)
    assert found["m"].p == found["m+cf"].p  # 2 · 0.019 is smaller, and may not be
    assert found["cf"].p == pytest.approx(0.607, abs=2e-3)
    standings = {m.method: m.standing for m in found.methods}
    assert standings == {
        "m+cf": "better",
        "m": "better",
        "cf": "not told apart",
        "none": "not told apart",
    }
    assert found.groups == (("cf", "none"),)
    assert (found.datasets, found.left_out, found.test) == (14, 0, "friedman")


def test_pairs_are_compared_by_the_formula_of_the_paper() -> None:
    found = rank(by_name(DEMSAR), pairs="all")
    ranks = stats.rankdata(-DEMSAR, axis=1).mean(axis=0)
    z = np.abs(ranks[1:] - ranks[0]) / np.sqrt(4 * 5 / (6 * 14))
    others = [(1, 2), (1, 3), (2, 3)]
    more = [abs(ranks[a] - ranks[b]) / np.sqrt(4 * 5 / (6 * 14)) for a, b in others]
    expected = holm(2 * stats.norm.sf(np.r_[z, more]))[:3]
    for name, p in zip(NAMES[1:], expected, strict=True):
        assert found[name].p == pytest.approx(max(p, found.p), rel=1e-12)
    # six tests read together find nothing here: one group holds all
    assert found.groups == (("m+cf", "m", "cf", "none"),)


def test_groups_of_all_pairs_overlap() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(30, 5)) + np.linspace(2, 0, 5)
    found = rank(by_name(table, ("none", "a", "b", "c", "d")), pairs="all")
    assert len(found.groups) > 1
    for group in found.groups:
        places = [m.rank for m in found.methods if m.method in group]
        inside = [m.method for m in found.methods if places[0] <= m.rank <= places[-1]]
        assert tuple(inside) == group


def test_below_six_data_sets_there_is_no_test() -> None:
    found = rank(by_name(DEMSAR[:5]))
    assert found.test == ""
    assert np.isnan(found.p)
    assert {m.standing for m in found.methods} == {"no test"}
    assert found.groups == ()


def test_a_data_set_without_a_score_is_left_out() -> None:
    table = DEMSAR.copy()
    table[3, 2] = np.nan
    found, expected = rank(by_name(table)), rank(by_name(np.delete(DEMSAR, 3, 0)))
    assert (found.datasets, found.left_out) == (13, 1)
    assert repr(found.methods) == repr(expected.methods)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(6, 20))
def test_two_methods_by_wilcoxon(seed: int, n: int) -> None:
    d = np.random.default_rng(seed).normal(0.3, 1, n)
    assert wilcoxon(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=1e-9)
    found = rank({"none": np.zeros(n), "l1": d})
    assert found.test == "wilcoxon"
    assert found["l1"].p in (found.p, 1.0)


def test_wilcoxon_leaves_zeros_out() -> None:
    assert wilcoxon(np.zeros(8)) == 1
    d = np.array([0.0, 0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7])
    assert wilcoxon(d) == wilcoxon(d[1:])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(6, 25), st.integers(3, 9))
def test_nothing_contradicts(seed: int, n: int, k: int) -> None:
    random = np.random.default_rng(seed)
    table = np.round(random.normal(size=(n, k)) + random.normal(0, 1, k), 1)
    names = ["none", *(f"m{i}" for i in range(1, k))]
    for pairs in ("baseline", "all"):
        found = rank(by_name(table, names), pairs=pairs)
        reference = found["none"]
        assert [m.rank for m in found.methods] == sorted(m.rank for m in found.methods)
        for m in found.methods:
            if m.method == "none":
                continue
            assert (m.standing in ("better", "worse")) == (m.p < 0.05)
            assert m.p >= found.p
            if m.standing == "better":
                assert m.rank < reference.rank
            if m.standing == "worse":
                assert m.rank > reference.rank
            joined = any({m.method, "none"} <= set(g) for g in found.groups)
            assert joined == (m.standing == "not told apart")
    shuffled = dict(sorted(by_name(table, names).items(), reverse=True))
    assert repr(rank(shuffled)) == repr(rank(by_name(table, names)))


def test_all_alike() -> None:
    assert friedman(np.ones((8, 3))) == 1
    found = rank({n: np.ones(8) for n in ("none", "a", "b")})
    assert found.p == 1
    assert found.groups == (("a", "b", "none"),)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: rank({"a": [1.0], "b": [2.0]}), "baseline"),
        (lambda: rank({"none": [1.0]}), "two methods"),
        (lambda: rank({"none": [1.0, 2.0], "a": [1.0]}), "same data sets"),
        (lambda: rank({"none": [1.0], "a": ["x"]}), "scores of a"),
    ],
)
def test_errors(call: Callable[[], object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        call()
