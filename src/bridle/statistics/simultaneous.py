"""Intervals for all comparisons of a study together, and the p-values that go with them.

One rule gives both: each comparison has the error 1 − (1 − α)^(1/m) (Šidák). The chance
that *any* of the m intervals misses is then at most α, for any correlation between the
methods due to the shared baseline (Šidák, "Rectangular confidence regions for the means of
multivariate normal distributions", JASA 62, 1967).

Verdicts are taken stepwise: once the clearest of m differences is found, the next one is tested among m − 1, and so
on (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979). An
interval of all m that still holds 0 then ends at 0.

The rule based on the largest t with an estimated correlation was tried and rejected: see
`docs/evidence/simultaneous.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from bridle.statistics import checks
from bridle.statistics.designs import Estimate


@dataclass(frozen=True)
class Interval:
    """A simultaneous interval and the p-value that agrees with it.

    Attributes:
        low: lower end, in score units; NaN if the estimate has no standard error. An end at exactly 0 excludes 0.
        high: upper end.
        p: adjusted two-sided p-value: below 1 − level exactly where the interval excludes 0. NaN
            where there is no interval or only one replicate.
    """

    low: float
    high: float
    p: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside."""
        return (self.low >= 0) != (self.high <= 0)

    def within(self, margin: float) -> bool:
        """Whether the whole interval lies between −margin and +margin."""
        return self.low >= -margin and self.high <= margin


def pointwise_error(level: float, comparisons: int) -> float:
    """Return the error of each of `comparisons` intervals with the joint confidence `level`."""
    checks.between("level", level)
    checks.whole_number("comparisons", comparisons, 1)
    return float(-np.expm1(np.log(level) / comparisons))


def critical(level: float, comparisons: int, df: float) -> float:
    """Return the half width of a simultaneous two-sided interval in standard errors."""
    return float(-special.stdtrit(df, pointwise_error(level, comparisons) / 2))


def interval(estimate: Estimate, level: float = 0.95, comparisons: int = 1) -> Interval:
    """Compute one of `comparisons` intervals with the joint confidence `level`.

    Args:
        estimate: from `designs`.
        level: joint confidence, between 0 and 1.
        comparisons: number of intervals that are read together; 1 gives an ordinary t interval and
            t-test.

    Raises:
        UserError: `level` or `comparisons` is out of range.
    """
    alpha = round(1 - checks.between("level", level), 12)  # 0.05, not 0.05000000000000004
    checks.whole_number("comparisons", comparisons, 1)
    if not estimate.known:
        return Interval(np.nan, np.nan, np.nan)
    difference, error = estimate.difference, estimate.standard_error
    quantile = critical(level, comparisons, estimate.df)
    shift = estimate.shift(quantile)
    low = difference - quantile * error + min(shift, 0.0)
    high = difference + quantile * error + max(shift, 0.0)
    if estimate.replicates < 2:
        return Interval(low, high, np.nan)
    single = min(2 * float(special.stdtr(estimate.df, -_to_zero(estimate))), 1.0)
    p = float(-np.expm1(comparisons * np.log1p(-single))) if single < 1 else 1.0
    # p and interval may disagree in the last bit; the interval decides
    p = min(p, float(np.nextafter(alpha, 0))) if low > 0 or high < 0 else max(p, alpha)
    return Interval(low, high, p)


def _to_zero(estimate: Estimate) -> float:
    """Return the quantile with which the interval just reaches 0: without a lean, the distance in standard errors."""
    distance, error = abs(estimate.difference), estimate.standard_error
    lean = max(-np.sign(estimate.difference) * estimate.lean, 0.0)
    if lean == 0:
        return distance / error
    if lean >= distance:
        return 0.0
    # lean·(1 + 2t²) + t·error = distance
    return float(2 * (distance - lean) / (error + np.sqrt(error**2 + 8 * lean * (distance - lean))))


def simultaneous(estimates: Sequence[Estimate], level: float = 0.95) -> list[Interval]:
    """Compute intervals for all estimates of a study, with the joint confidence `level`, and stepwise p-values.

    Raises:
        UserError: `level` is out of range.
    """
    m, found = len(estimates), [interval(e, level, len(estimates)) for e in estimates]
    alpha = round(1 - level, 12)
    alone = [interval(e, level).p for e in estimates]
    tested = sorted((i for i in range(m) if not np.isnan(alone[i])), key=lambda i: alone[i])
    p = 0.0
    for step, i in enumerate(tested):
        p = max(p, float(-np.expm1((m - step) * np.log1p(-min(alone[i], 1 - 1e-16)))))
        if found[i].excludes_zero or p < alpha:
            p = min(p, float(np.nextafter(alpha, 0)))
            found[i] = _excluding_zero(found[i], estimates[i].difference, p)
        else:
            found[i] = replace(found[i], p=max(p, alpha))
    return found


def _excluding_zero(found: Interval, difference: float, p: float) -> Interval:
    """Return an interval that goes no further than 0."""
    if difference > 0:
        return Interval(max(found.low, 0.0), found.high, p)
    return Interval(found.low, min(found.high, 0.0), p)
