"""Ranks of methods over several data sets in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridle.numbers import capital, count, listed, many, spoken
from bridle.statistics.ranks import Ranked, Ranking
from bridle.statistics.verdicts import FEW

NAMED = 3
"""Maximum number of methods that are named as missing from data sets."""

_TESTS = {"friedman": "Friedman's test", "wilcoxon": "Wilcoxon's signed-rank test"}


def sentences(ranking: Ranking) -> list[str]:
    """Say which methods rank better or worse than the baseline over data sets."""
    baseline = spoken(ranking.baseline)
    if not ranking.datasets:
        return [_nothing_to_rank(ranking)]
    over = f"Over {many(ranking.datasets, 'data set')}"
    if ranking.left_out:
        which = "one more is" if ranking.left_out == 1 else f"{count(ranking.left_out)} more are"
        over += f" ({which} left out, where a method has no replicate in common with {baseline})"
    first, *others = ranking.methods
    if not ranking.test:
        what = f"{spoken(first.method)} has the best average rank ({first.rank:.2f})"
        return [f"{over} {what}; fewer than {FEW} allow no test, and no verdict over data sets."]
    test = f"{_TESTS[ranking.test]}, {p_words(ranking.p)}"
    better = [m for m in ranking.methods if m.standing == "better"]
    worse = [m for m in ranking.methods if m.standing == "worse"]
    rest = [
        m
        for m in ranking.methods
        if m.standing == "not told apart" and m.method != ranking.baseline
    ]
    if not better and not worse:
        if len(others) > 1 and ranking.p < 1 - ranking.level:
            told = f"but none can be told apart from {baseline}"
            return [f"{over} the methods differ ({test}), {told}."]
        who = "no method" if len(others) > 1 else spoken(rest[0].method)
        can = "can" if len(others) > 1 else "cannot"
        return [f"{over} {who} {can} be told apart from {baseline} ({test})."]
    said: list[str] = []
    for found, word in ((better, "better"), (worse, "worse")):
        if not found:
            continue
        verb = "ranks" if len(found) == 1 else "rank"
        if said:
            said.append(f"{capital(_ranked(found, ranking))} {verb} {word}.")
            continue
        own = ranking[ranking.baseline].rank
        said.append(
            f"{over} {_ranked(found, ranking)} {verb} {word} than {baseline} "
            f"(average rank {own:.2f}; {test})."
        )
    if rest:
        names = listed([spoken(m.method) for m in rest]) if len(rest) <= 3 else count(len(rest))
        said.append(f"{capital(names)} cannot be told apart from it.")
    return said


def _nothing_to_rank(ranking: Ranking) -> str:
    """Say why there are no ranks: a data set counts only if it ranks every method."""
    baseline = spoken(ranking.baseline)
    on = "the data set" if ranking.left_out == 1 else f"any of {count(ranking.left_out)} data sets"
    if ranking.lacking.get(ranking.baseline) == ranking.left_out:
        return f"No ranks: {baseline} has no score on {on}."
    most = sorted(ranking.lacking, key=lambda m: (-ranking.lacking[m], m))
    who = [f"{spoken(m)} on {count(ranking.lacking[m])}" for m in most[:NAMED]]
    who += [f"{count(len(most) - NAMED)} more"] if len(most) > NAMED else []
    text = (
        f"No ranks: on none of the data sets does every method share a replicate with {baseline} "
    )
    text += f"(missing: {listed(who)})"
    able = len(ranking.methods) - len(most) > 1 and ranking.baseline not in most
    return (
        f"{text}; to rank the others, leave out the rows of these methods." if able else f"{text}."
    )


def p_words(p: float) -> str:
    """Write a p-value that never looks smaller than it is, or on the other side of 0.05."""
    if not math.isfinite(p):
        return "–"
    if p < 0.001:
        return "p < 0.001"
    decimals = 3 if p < 0.1 else 2
    text = f"{p:.{decimals}f}"
    if p < 0.05 <= float(text):
        text = f"{p:.4f}" if p < 0.04995 else "0.0499"
    return f"p = {text}"


def _ranked(found: Sequence[Ranked], ranking: Ranking) -> str:
    with_p = ranking.test == "friedman"
    parts = [
        f"{spoken(m.method)} ({m.rank:.2f}{', ' + p_words(m.p) if with_p else ''})" for m in found
    ]
    return listed(parts)
