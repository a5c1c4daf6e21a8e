"""Several data sets: the answer on each, and the ranks of the methods over all of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bridle.statistics.ranks import Ranking, rank
from bridle.verdict.answer import Answer


@dataclass(frozen=True)
class Several:
    """Methods compared on several data sets.

    Attributes:
        answers: for each data set its own; confidence is joint within each, not over all of them.
        titles: the displayed name of each data set.
        baseline: the method that the others are compared with.
        methods: every method of any data set, in the order given.
        ranking: the ranks over data sets; None if only the baseline was run.
        counts: for each method the number of data sets with each verdict.
    """

    answers: Mapping[str, Answer]
    titles: Mapping[str, str]
    baseline: str
    methods: tuple[str, ...]
    ranking: Ranking | None
    counts: Mapping[str, Mapping[str, int]]


def over(answers: Mapping[str, Answer], titles: Mapping[str, str] | None = None) -> Several:
    """Rank methods over data sets.

    Args:
        answers: for each data set its own, all with the same baseline.
        titles: displayed names of the data sets, where they differ from the names in `answers`.
    """
    methods = tuple(
        dict.fromkeys(m for answer in answers.values() for m in answer.evidence.methods)
    )
    baseline = next(iter(answers.values())).baseline
    ranking = None
    if len(methods) > 1:
        placed = [answer.placed for answer in answers.values()]
        scores = {m: np.array([own.get(m, math.nan) for own in placed]) for m in methods}
        ranking = rank(scores, baseline)
    counts: dict[str, Counter[str]] = {method: Counter() for method in methods}
    for answer in answers.values():
        for compared in answer.compared:
            counts[compared.method][compared.verdict.label] += 1
    return Several(
        dict(answers), titles or {n: n for n in answers}, baseline, methods, ranking, counts
    )
