"""Contrasts of a study's methods: weighted sums of their scores, with simultaneous intervals and verdicts.

A contrast is estimated from its value within each replicate, as a difference of two methods is: what a replicate has
in common cancels, and the standard error is that of the study's design (`designs`). No model of the scores is fitted,
so nothing is assumed about their variances or about further interactions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridle.statistics.comparison import Comparison, following
from bridle.statistics.designs import Estimate
from bridle.statistics.moderated import moderated
from bridle.statistics.simultaneous import simultaneous
from bridle.statistics.verdicts import Verdict, verdict_of


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of scores. Positive is better.

    Attributes:
        difference: its mean over replicates.
        low: lower end of the simultaneous interval; NaN if there is none.
        high: upper end.
        p: adjusted p-value, as of `Compared`.
        verdict: the verdict, as on a method.
        estimate: standard error, degrees of freedom, variance components.
    """

    difference: float
    low: float
    high: float
    p: float
    verdict: Verdict
    estimate: Estimate


def contrasts(
    comparison: Comparison, kinds: Sequence[Sequence[Mapping[str, float]]]
) -> list[list[Contrast]]:
    """Estimate contrasts of a study's methods; all intervals together have the study's confidence, at all its looks.

    Args:
        comparison: the study's.
        kinds: the weights by method of every contrast. Those of a kind lend each other what they know of their
            variation where replicates are few, as methods do (`moderated`).

    Returns:
        The contrasts, in the order of `kinds`.
    """
    found: list[list[Estimate]] = []
    for kind in kinds:
        estimates = {f"{at:09}": comparison.contrast(weights) for at, weights in enumerate(kind)}
        found.append([*moderated(estimates).values()])
    every = [estimate for kind in found for estimate in kind]
    amount, replicates, level = len(every), comparison.replicates, comparison.level
    looks = replace(comparison.looks, share=1.0).among(amount, level)
    held = looks.level(replicates, amount, level)
    then = following(looks, replicates, amount, level)
    together = iter(simultaneous(every, held))
    return [
        [
            Contrast(
                difference=estimate.difference,
                low=(between := next(together)).low,
                high=between.high,
                p=between.p,
                verdict=verdict_of(estimate, between, comparison.margin, amount, held, then),
                estimate=estimate,
            )
            for estimate in kind
        ]
        for kind in found
    ]
