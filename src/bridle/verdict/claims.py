"""Published rankings of two methods each, held against the evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bridle.origins import Claim
from bridle.statistics import interval
from bridle.statistics.pairs import Pairs
from bridle.verdict.evidence import Evidence


@dataclass(frozen=True)
class ClaimVerdict:
    """What the evidence says of one published ranking, in accuracy.

    Attributes:
        claim: what was published.
        difference: better minus worse.
        low: lower end of its interval, 95 % for all rankings and looks together.
        high: upper end.
        verdict: `holds`, `does not hold` (the reverse is true), `undecided` or `not comparable`: too few examples or
            steps, or a method that did nothing.
    """

    claim: Claim
    difference: float
    low: float
    high: float
    verdict: str


def hold(evidence: Evidence, inert: Collection[str]) -> tuple[ClaimVerdict, ...]:
    """Return what the evidence says of every published ranking.

    Args:
        evidence: with the rankings; empty where there are none, or no run has finished.
        inert: methods that did nothing in any run, of which no ranking can be judged.
    """
    there = evidence.rankings
    if there is None or not evidence.runs:
        return ()
    own = evidence.recorded or evidence
    pairs = Pairs(own.scores, own.design, own.examples, own.sizes, own.test_size)
    amount, level = len(there.claims), own.level
    # of earlier looks each was held to the level for as many claims
    held = own.looks.among(amount, level).level(own.replicates, amount, level)
    found = []
    for claim in there.claims:
        estimate = pairs.estimate(claim.better, claim.worse)
        between = interval(estimate, held, amount)
        verdict = "undecided"
        if there.short or {claim.better, claim.worse} & set(inert):
            verdict = "not comparable"
        elif estimate.replicates > 1 and between.excludes_zero:
            verdict = "holds" if between.low > 0 else "does not hold"
        found.append(ClaimVerdict(claim, estimate.difference, between.low, between.high, verdict))
    return tuple(found)
