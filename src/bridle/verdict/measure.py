"""How scores and differences in a metric are written: unit, decimals, and which way is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridle.metrics import metric as read_metric
from bridle.numbers import DASH, decimals_for, fixed, signed


@dataclass(frozen=True)
class Measure:
    """How a metric's scores and differences are written.

    Attributes:
        metric: its name, such as `accuracy`.
        factor: from stored to shown values; 100 for fractions shown in percent.
        unit: what follows a score, such as ` %`.
        points: the unit of a difference, such as `points`.
        decimals: of a score; a difference has as many, or more if it needs them.
        lower: whether lower is better.
        span: the maximum difference of two scores, in stored units.
        negated: whether scores are minus a loss, so that higher is better.
    """

    metric: str
    factor: float
    unit: str
    points: str
    decimals: int = 1
    lower: bool = False
    span: float = math.inf
    negated: bool = False

    @property
    def error(self) -> str:
        """The quantity that a margin can be a share of, in words."""
        if self.lower:
            return self.metric
        if self.negated:
            return f"{self.metric}, without its sign"
        return "error" if self.points == "points" else f"1 − {self.metric}"

    def possible(self, difference: float) -> float:
        """Return a difference, limited to the largest that is possible.

        Intervals come from the t distribution, which has no bounds. Verdicts use them as they are;
        only the numbers shown are limited.
        """
        return min(max(difference, -self.span), self.span)  # NaN stays NaN

    def score(self, value: float) -> str:
        """Write a score, such as `91.4 %`."""
        if not math.isfinite(value):
            return DASH
        return f"{fixed(value * self.factor, self.decimals)}{self.unit}"

    def interval(self, difference: float, low: float, high: float) -> tuple[str, str, str]:
        """Write a difference and the ends of its interval, with signs and the decimals they need."""
        shown = [self.possible(v) * self.factor for v in (difference, low, high)]
        decimals = max(decimals_for(shown), self.decimals)
        return signed(shown[0], decimals), signed(shown[1], decimals), signed(shown[2], decimals)

    def change(self, difference: float) -> str:
        """Write a difference that has no interval, with the decimals it needs."""
        return self.interval(difference, difference, difference)[0]

    def size(self, value: float) -> str:
        """Write the size of a difference without sign, such as `1.0 points`."""
        shown = abs(value) * self.factor
        decimals = max(decimals_for([shown, shown, shown]), self.decimals)
        return f"{fixed(shown, decimals)} {self.points}".strip()

    def bound(self, value: float) -> str:
        """Write an upper bound, rounded up so that it stays true."""
        shown = abs(value) * self.factor
        decimals = max(decimals_for([shown, shown, shown]), self.decimals)
        shown = math.ceil(round(shown * 10**decimals, 6)) / 10**decimals
        return f"{fixed(shown, decimals)} {self.points}".strip()


_FIGURES = 4
"""Significant digits of a score that is in its target's unit."""


def measure_of(metric: str, typical: float = math.nan) -> Measure:
    """Return how a metric of `bridle.metrics` is written.

    Args:
        metric: its name.
        typical: a score, from which scores in a target's unit get their decimals.
    """
    known = read_metric(metric)
    decimals = known.decimals
    if known.percent:
        return Measure(known.words, 100.0, " %", "points", decimals, known.lower, known.span)
    if known.in_unit and 0 < abs(typical) < math.inf:
        decimals = min(max(_FIGURES - 1 - math.floor(math.log10(abs(typical))), 0), 12)
    return Measure(known.words, 1.0, "", known.unit, decimals, known.lower, known.span)
