"""The verdict of a comparison, as a label and numbers; the report words it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bridle.errors import UserError
from bridle.statistics.designs import Estimate
from bridle.statistics.needed import Forecast, Needed, needed
from bridle.statistics.simultaneous import Interval

Label: TypeAlias = Literal["helps", "hurts", "no practical difference", "undecided", "no verdict"]
Reason: TypeAlias = Literal["", "no replicates", "one replicate", "equal", "no spread", "inert"]

FEW = 6
"""Minimum number of replicates without a warning: with fewer the sign-flip test cannot reach p < 0.05."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on a method.

    Attributes:
        label: one of five.
        small: whether it helps or hurts, but surely by less than the margin.
        margin: the practical difference, in score units.
        reason: why there is no verdict: no pair of runs, only one, a method that did nothing, scores that equal the
            baseline's in every replicate, or differences that are otherwise all equal up to rounding. The last two
            have no spread.
        replicates_needed: further replicates that would decide; None unless undecided, or where replicates alone cannot
            decide.
        examples_needed: further test examples (fixed test) or rows (overlapping) without which no
            number of replicates decides; None otherwise.
    """

    label: Label
    margin: float
    small: bool = False
    reason: Reason = ""
    replicates_needed: Forecast | None = None
    examples_needed: int | None = None

    @property
    def replicates_can_decide(self) -> bool:
        """Whether an undecided comparison could be decided by more replicates alone."""
        return self.replicates_needed is not None and self.examples_needed is None


def verdict_of(
    estimate: Estimate,
    interval: Interval,
    margin: float,
    comparisons: int = 1,
    level: float = 0.95,
    then: Callable[[int], float] | None = None,
    inert: bool = False,
) -> Verdict:
    """Return the verdict that follows from a simultaneous interval.

    Args:
        estimate: the comparison.
        interval: its simultaneous interval, from the same `comparisons` and `level`.
        margin: what counts as a practical difference, in score units; 0 or more.
        comparisons: how many intervals are read together; used to plan further replicates.
        level: their joint confidence; likewise.
        then: returns their joint confidence after a number of further replicates, if it changes; likewise.
        inert: whether the method did nothing in any run.

    Raises:
        UserError: `margin` is negative or NaN.
    """
    if not margin >= 0:
        raise UserError(argument="margin", expected="0 or more, in score units", received=margin)
    used = estimate.replicates
    if used < 2:
        reason: Reason = "one replicate" if used else "no replicates"
        return Verdict("no verdict", margin, reason=reason)
    if inert:
        return Verdict("no verdict", margin, reason="inert")
    if not estimate.known:
        alike: Reason = "equal" if estimate.difference == 0 else "no spread"
        return Verdict("no verdict", margin, reason=alike)
    within = interval.within(margin)
    if interval.excludes_zero:
        return Verdict("helps" if interval.low >= 0 else "hurts", margin, small=within)
    if within:
        return Verdict("no practical difference", margin)
    more: Needed = needed(estimate, margin, comparisons, level, then)
    return Verdict(
        "undecided",
        margin,
        replicates_needed=more.replicates,
        examples_needed=more.examples,
    )
