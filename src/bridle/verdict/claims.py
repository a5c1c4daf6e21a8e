"""Published rankings of pairs of methods, compared with the evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from bridle.origins import Claim
from bridle.statistics import interval
from bridle.statistics.pairs import Pairs
from bridle.verdict.evidence import Evidence


@dataclass(frozen=True)
class ClaimVerdict:
    """The verdict of the evidence on one published ranking, in accuracy.

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
    """Return the verdict of the evidence on every published ranking.

    Args:
        evidence: holds the rankings; without rankings or finished runs the result is empty.
        inert: methods that did nothing in any run, whose rankings cannot be tested.
    """
    there = evidence.rankings
    if there is None or not evidence.runs:
        return ()
    own = evidence.recorded or evidence
    examples, rows = own.independent()
    pairs = Pairs(own.scores, own.design, examples, own.sizes, own.test_size, rows=rows)
    amount, level = len(there.claims), own.level
    # each earlier look had the level for as many claims
    looks = replace(own.looks, share=1.0).among(amount, level)
    held = looks.level(own.replicates, amount, level)
    found = []
    for claim in there.claims:
        estimate = pairs.estimate(claim.better, claim.worse)
        between = interval(estimate, held, amount)
        verdict = "undecided"
        if there.short or {claim.better, claim.worse} & set(inert):
            verdict = "not comparable"
        elif estimate.replicates > 1 and between.excludes_zero:
            verdict = "holds" if between.low >= 0 else "does not hold"
        found.append(ClaimVerdict(claim, estimate.difference, between.low, between.high, verdict))
    return tuple(found)
