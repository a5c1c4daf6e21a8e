"""Methods over several data sets: average ranks, and which of them differ by more than chance.

Scores of different data sets cannot be compared (90 % may be poor on one and superb on the other), so every
data set only ranks the methods. Source: Demšar, "Statistical comparisons of
classifiers over multiple data sets", Journal of Machine Learning Research 7, 2006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from bridle.errors import Unquoted, UserError, unknown
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.multiplicity import holm
from bridle.statistics.sign_flips import sign_flip
from bridle.statistics.ties import differences, levels
from bridle.statistics.verdicts import FEW

Standing: TypeAlias = Literal["better", "worse", "not told apart", "no test"]


@dataclass(frozen=True)
class Ranked:
    """One method over data sets.

    Attributes:
        method: its name.
        rank: its average rank; 1 is best.
        p: adjusted p-value against the baseline; NaN without a test, and for the baseline.
        standing: against the baseline.
    """

    method: str
    rank: float
    p: float
    standing: Standing


@dataclass(frozen=True)
class Ranking:
    """All methods over data sets.

    Attributes:
        baseline: the method that the others are compared with.
        datasets: number of data sets on which every method has a score.
        left_out: number of other data sets, which are left out.
        lacking: for each method the number of data sets on which it has no score, where there are any.
        level: joint confidence of all comparisons.
        pairs: what was compared: every method with the baseline, or all pairs.
        test: `"friedman"`, `"wilcoxon"` (of two methods), or empty if the data sets are too few.
        p: of that test: whether the methods differ at all; NaN without it.
        methods: the baseline among them, by average rank.
        groups: sets of methods that cannot be told apart, by average rank: the baseline's, or of all
            pairs every largest one.
    """

    baseline: str
    datasets: int
    left_out: int
    lacking: Mapping[str, int]
    level: float
    pairs: Literal["baseline", "all"]
    test: Literal["", "friedman", "wilcoxon"]
    p: float
    methods: tuple[Ranked, ...]
    groups: tuple[tuple[str, ...], ...]

    def __getitem__(self, method: str) -> Ranked:
        """Return one method's place."""
        for ranked in self.methods:
            if ranked.method == method:
                return ranked
        raise KeyError(method)


def rank(
    scores: Mapping[str, ArrayLike],
    baseline: str = "none",
    pairs: Literal["baseline", "all"] = "baseline",
    level: float = 0.95,
) -> Ranking:
    """Rank methods over data sets, and test which differ.

    Friedman's test asks whether the average ranks differ at all. Pairs are then compared by
    z = (difference of average ranks) / √(k(k+1)/6N), for k methods on N data sets, with Holm's
    correction. An adjusted p-value is never below Friedman's own, so nothing is found where that test
    finds nothing. Two methods are compared by Wilcoxon's signed-rank test, exactly. Below 6 data
    sets there are ranks and no test.

    Args:
        scores: for each method [datasets], higher is better, the same data set at the same place for
            all; one on which a method has NaN is left out.
        baseline: the method that the others are compared with.
        pairs: what is compared: every method with the baseline, or all pairs.
        level: joint confidence.

    Raises:
        UserError: an argument does not fit the others.
    """
    checks.between("level", level)
    names = list(scores)
    if baseline not in names:
        raise unknown("baseline", baseline, names)
    if len(names) < 2:
        raise UserError(
            argument="scores",
            verb="hold",
            expected="at least two methods to rank",
            received=Unquoted("one"),
        )
    columns = [checks.array(f"scores of {n}", scores[n], ("datasets",)) for n in names]
    if len({len(column) for column in columns}) > 1:
        raise UserError(
            argument="scores",
            verb="have",
            expected="the same data sets for every method (NaN where missing)",
        )
    table = np.stack(columns, axis=1)
    kept = table[~np.isnan(table).any(axis=1)]
    N, k = kept.shape
    ranks = _ranks(kept)
    average = dict(zip(names, ranks.mean(axis=0) if N else np.full(k, np.nan), strict=True))
    # names break ties, so that the order of methods does not matter
    ordered = sorted(names, key=lambda n: (average[n], n))
    family = [(n, baseline) for n in ordered if n != baseline]
    if pairs == "all":
        family = list(combinations(ordered, 2))
    p, adjusted = float("nan"), dict.fromkeys(family, float("nan"))
    test: Literal["", "friedman", "wilcoxon"] = ""
    if N >= FEW and k == 2:
        apart = differences(kept[:, 0], kept[:, 1])
        test, p = "wilcoxon", wilcoxon(apart)
        # the test uses magnitudes, the average ranks do not; if they disagree, nothing is found
        same = np.sign(_signed_ranks(apart).sum()) == np.sign(average[names[1]] - average[names[0]])
        adjusted = dict.fromkeys(family, p if same else 1.0)
    elif N >= FEW:
        test, p = "friedman", friedman(ranks)
        z = [abs(average[a] - average[b]) / np.sqrt(k * (k + 1) / (6 * N)) for a, b in family]
        found = holm(2 * special.ndtr(-np.asarray(z)))
        adjusted = {pair: float(max(one, p)) for pair, one in zip(family, found, strict=True)}

    def between(a: str, b: str) -> float:
        return adjusted.get((a, b), adjusted.get((b, a), float("nan")))

    alpha = 1 - level

    def standing(name: str) -> Standing:
        if not test:
            return "no test"
        if name == baseline or between(name, baseline) >= alpha:
            return "not told apart"
        return "better" if average[name] < average[baseline] else "worse"

    methods = tuple(
        Ranked(n, float(average[n]), between(n, baseline), standing(n)) for n in ordered
    )
    groups: tuple[tuple[str, ...], ...] = ()
    if test and pairs == "baseline":
        groups = (tuple(m.method for m in methods if m.standing == "not told apart"),)
    elif test:
        told = {pair for pair, one in adjusted.items() if one < alpha}
        groups = _cliques(ordered, told)
    joined = tuple(group for group in groups if len(group) > 1)
    lacking = {n: int(np.isnan(c).sum()) for n, c in zip(names, columns, strict=True)}
    lacking = {n: amount for n, amount in lacking.items() if amount}
    return Ranking(baseline, N, len(table) - N, lacking, level, pairs, test, p, methods, joined)


def friedman(ranks: ArrayLike) -> float:
    """Return the p-value of Friedman's test, by scipy; 1 if all methods tie on all data sets.

    Args:
        ranks: [datasets, methods] of at least 3 methods; scores give the same result.
    """
    table = checks.array("ranks", ranks, ("datasets", "methods"))
    if (table == table[:, :1]).all():
        return 1.0
    from scipy import stats

    return float(stats.friedmanchisquare(*table.T).pvalue)


def wilcoxon(differences: ArrayLike) -> float:
    """Return the p-value of Wilcoxon's signed-rank test (two-sided), exact also where sizes are tied.

    Differences of 0 are left out. Up to 20 differences all signs are enumerated.

    Args:
        differences: [datasets].
    """
    signed = _signed_ranks(checks.array("differences", differences, ("datasets",)))
    return sign_flip(signed) if len(signed) else 1.0


def _signed_ranks(differences: Floats) -> Floats:
    """Return the ranks of the sizes of differences, with their signs, without those of 0."""
    there = differences[differences != 0]
    return np.asarray(np.sign(there) * _ranks(-np.abs(there)[None])[0])


def _ranks(scores: Floats) -> Floats:
    """Rank each row, the highest first; values equal up to rounding share the mean of their places."""
    from scipy import stats

    return np.asarray(stats.rankdata(-levels(scores), axis=1), np.float64)


def _cliques(ordered: Sequence[str], told: set[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return every maximal run of neighbours in which no two are told apart."""
    found: list[tuple[int, int]] = []
    for start in range(len(ordered)):
        end = start
        while end + 1 < len(ordered) and not any(
            (ordered[i], ordered[end + 1]) in told for i in range(start, end + 1)
        ):
            end += 1
        if not found or end > found[-1][1]:
            found.append((start, end))
    return tuple(tuple(ordered[a : b + 1]) for a, b in found)
