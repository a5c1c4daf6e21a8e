"""How many more replicates or examples would decide an undecided comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from bridle.statistics.designs import Estimate, Spread
from bridle.statistics.simultaneous import critical

CAP = 1_000_000
"""Number of replicates beyond which a study is treated as impossible."""

DOUBT = 0.8
"""Confidence of the intervals of variances and differences from which the range of replicates is computed."""


@dataclass(frozen=True)
class Needed:
    """What it takes to decide a comparison.

    Attributes:
        replicates: further replicates (least, most), or None if no number is enough. The least applies
            if the difference stays the same and its variance turns out small; the most if both turn out
            as unfavourable as their 80 % intervals allow (None if no number decides then).
        examples: further test examples (fixed test) or rows of the table (overlapping) that
            decide, to two digits; only if no number of replicates can decide.
    """

    replicates: tuple[int, int | None] | None = None
    examples: int | None = None


def needed(
    estimate: Estimate,
    margin: float,
    comparisons: int,
    level: float = 0.95,
    then: Callable[[int], float] | None = None,
) -> Needed:
    """Return what it takes to decide an undecided comparison.

    A comparison is decided if its interval reaches no further than max(|d|, margin − |d|) to
    either side: then it excludes 0 or lies within the margin. The least favourable d is half the
    margin.

    Args:
        estimate: an undecided comparison.
        margin: what counts as a practical difference, in score units.
        comparisons: how many intervals are read together.
        level: their joint confidence.
        then: returns the joint confidence after a number of further replicates, if a second look has another.
    """
    spread, R = estimate.spread, estimate.replicates
    if spread is None or R < 2:
        return Needed()
    d = abs(estimate.difference)
    target = max(d, margin - d)
    if target <= 0:
        return Needed()

    # among the differences that the data allow, the one nearest to half the margin
    doubt = critical(DOUBT, 1, estimate.df) * estimate.standard_error
    nearest = min(max(margin / 2, d - doubt), d + doubt)
    surely = max(nearest, margin - nearest)

    def reach(parts: Spread, replicates: int, rows: float) -> float:
        error = np.sqrt(parts.variance(replicates, rows))
        held = level if then is None or replicates == R else then(replicates - R)
        quantile = critical(held, comparisons, parts.df(replicates, rows))
        # the shift of the mean's distribution shrinks with the number of replicates
        return quantile * float(error) + abs(estimate.shift(quantile)) * R / replicates

    if reach(spread, CAP, spread.rows) > target:
        if not spread.rows:
            return Needed()
        rows = _smallest(lambda n: reach(spread, R, n) <= target, spread.rows)
        if rows is not None:
            return Needed(None, _two_digits(rows - spread.rows))
        # both are too few: the examples may take half of the variance, the replicates the other half
        rows = _smallest(lambda n: reach(spread, CAP, n) <= target / np.sqrt(2), spread.rows)
        if rows is None:
            return Needed()
        return Needed(
            _range(spread, R, rows, target, surely, reach), _two_digits(rows - spread.rows)
        )
    return Needed(_range(spread, R, spread.rows, target, surely, reach))


def _range(
    spread: Spread,
    R: int,
    rows: int,
    target: float,
    surely: float,
    reach: Callable[[Spread, int, float], float],
) -> tuple[int, int | None] | None:
    """Return further replicates: least (small variance, `target`) and most (large variance, `surely`)."""
    small, large = _doubted(spread, R)
    least = _smallest(lambda r: reach(small, r, rows) <= target, R + 1)
    most = _smallest(lambda r: reach(large, r, rows) <= surely, R + 1)
    return None if least is None else (least - R, None if most is None else most - R)


def _doubted(spread: Spread, R: int) -> tuple[Spread, Spread]:
    """The spread with its variances at the ends of their chi-squared intervals."""

    def scaled(tail: float) -> Spread:
        between = (R - 1) / float(special.chdtri(R - 1, tail))
        of_examples = max(spread.rows - 1, 1)
        examples = of_examples / float(special.chdtri(of_examples, tail))
        return replace(
            spread,
            replicates=spread.replicates * between,
            shared=spread.shared * between,
            examples=spread.examples * examples,
        )

    tail = (1 - DOUBT) / 2  # the upper one, for chdtri: a large χ² means a small variance
    return scaled(tail), scaled(1 - tail)


def _smallest(enough: Callable[[int], bool], start: int) -> int | None:
    """Return the smallest whole number from `start` up to `CAP` × start that is enough, if any."""
    low, high = start, start
    while not enough(high):
        if high > CAP * start:
            return None
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return int(low)


def _two_digits(number: int) -> int:
    """Round up to two significant digits."""
    unit = int(10 ** max(len(str(number)) - 2, 0))
    return -(-number // unit) * unit
