"""How many more replicates or examples would decide an undecided comparison.

A forecast is a chance: of all studies like this one, how many are decided after so many further replicates? The
difference will move, by the variance that replicates still take away, and the interval will shrink, by as much as is
known of that variance. Both are drawn; what is named is the number of replicates that decides half of the draws.
How often it comes true is counted in docs/evidence/more-replicates.md.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate, Spread
from bridle.statistics.simultaneous import critical

CAP = 1_000_000
"""Number of replicates beyond which a study is treated as impossible."""

FEW, HALF, MOST = 0.2, 0.5, 0.8
"""Shares of the studies like this one that a forecast speaks of."""

DRAWS = 2000


@dataclass(frozen=True)
class Forecast:
    """Further replicates, to two digits, after which studies like this one are decided.

    Attributes:
        least: one in five.
        half: half of them.
        most: four in five; None if no number is enough.
    """

    least: int
    half: int
    most: int | None


@dataclass(frozen=True)
class Needed:
    """What it takes to decide a comparison.

    Attributes:
        replicates: further replicates, or None if no number decides in half of the studies like this one.
        examples: further test examples (fixed test) or rows of the table (overlapping) that
            decide in half of them, to two digits; only if no number of replicates can.
    """

    replicates: Forecast | None = None
    examples: int | None = None


def needed(
    estimate: Estimate,
    margin: float,
    comparisons: int,
    level: float = 0.95,
    then: Callable[[int], float] | None = None,
) -> Needed:
    """Return what it takes to decide an undecided comparison.

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
    chances = _Chances(estimate, spread, margin, comparisons, level, then)
    decided = functools.cache(chances.at)
    rows = spread.rows

    def forecast(rows: int) -> Forecast | None:
        def smallest(share: float) -> int | None:
            return _smallest(lambda replicates: decided(replicates, rows) >= share, R + 1)

        least, half, most = (smallest(share) for share in (FEW, HALF, MOST))
        if least is None or half is None:
            return None
        further = (least - R, half - R, None if most is None else _two_digits(most - R))
        return Forecast(_two_digits(further[0]), _two_digits(further[1]), further[2])

    if decided(CAP, rows) >= HALF:
        return Needed(forecast(rows))
    if not rows:
        return Needed()
    enough = _smallest(lambda n: decided(R, n) >= HALF, rows)
    if enough is not None:
        return Needed(None, _two_digits(enough - rows))
    enough = _smallest(lambda n: decided(CAP, n) >= MOST, rows)
    if enough is None:
        return Needed()
    return Needed(forecast(enough), _two_digits(enough - rows))


class _Chances:
    """The share of draws in which a comparison is decided, for a study of another size."""

    def __init__(
        self,
        estimate: Estimate,
        spread: Spread,
        margin: float,
        comparisons: int,
        level: float,
        then: Callable[[int], float] | None,
    ) -> None:
        rng = np.random.default_rng(0)  # the same numbers give the same forecast
        self._now, self._spread, self._margin = estimate, spread, margin
        self._comparisons, self._level, self._then = comparisons, level, then
        df = estimate.replicates - 1 + spread.borrowed
        self._moves = rng.standard_normal(DRAWS)
        self._true = df / rng.chisquare(df, DRAWS)  # the variance of replicates by its estimate
        self._own = rng.standard_normal(DRAWS)
        self._whole = spread.variance(estimate.replicates, spread.rows)

    def at(self, replicates: int, rows: int) -> float:
        """Return the share at so many replicates and rows."""
        spread, estimate = self._spread, self._now
        fixed = spread.variance(np.inf, rows)
        varying = spread.variance(replicates, rows) - fixed
        before, further = estimate.replicates - 1, replicates - estimate.replicates
        moved = np.sqrt(max(self._whole - fixed - varying, 0.0) * self._true) * self._moves
        found = self._true * _chi_squared(self._own, further) if further else 1.0
        shown = (before + further * found) / (before + further)
        held = self._level if self._then is None or not further else self._then(further)
        quantile = critical(held, self._comparisons, spread.df(replicates, rows))
        # the shift of the mean's distribution shrinks with the number of replicates
        shift = abs(estimate.shift(quantile)) * estimate.replicates / replicates
        # without the rows of splits, what they share is known as well as what they do not
        error = (fixed + varying) * shown if spread.shared else fixed + varying * shown
        reach = quantile * np.sqrt(error) + shift
        d = np.abs(estimate.difference + moved)
        return float(np.mean((d > reach) | (d + reach <= self._margin)))


def _chi_squared(normal: Floats, df: int) -> Floats:
    """Return χ²/df from standard normal numbers (Wilson and Hilferty's approximation)."""
    found: Floats = np.maximum(1 - 2 / (9 * df) + normal * np.sqrt(2 / (9 * df)), 0.0) ** 3
    return found


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
