"""Looks: the share of a study's error that each may spend, and the confidence that its intervals need.

A look is a reading of a study's verdicts. Adding replicates until something is significant finds something in the end.
So a study that may be extended spends its error in portions: `FIRST` of it at its first look, and of the rest
1 − (first / now)² by the time there are `now` replicates, if there were `first` at the first look. Any number of
looks together spends no more than the whole. Sources: Lan, DeMets, "Discrete sequential boundaries for clinical
trials", Biometrika 70, 1983; the integration over earlier looks follows Armitage, McPherson, Rowe, "Repeated
significance tests on accumulating data", JRSS A 132, 1969; levels found for normal means are used for t statistics
(Jennison, Turnbull, "Group sequential methods", 2000, section 3.8). The confidence is joint for the intervals of all
looks (repeated confidence intervals, chapter 9).

Information is assumed to grow with replicates. On a fixed test set and on overlapping splits it grows more slowly, so
looks are more alike than assumed and err less often (`docs/evidence/looks.md`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from bridle.errors import UserError
from bridle.statistics import checks
from bridle.statistics.checks import Floats
from bridle.statistics.simultaneous import pointwise_error

FIRST = 0.8
"""Share of the error that the first look spends if others may follow."""

PRIMARY = 0.9
"""Share of the error that the planned score has where a proper score is judged beside it."""

NODES = 100
"""Minimum number of nodes of the integral over the results of earlier looks; looks close together need more."""

DIGITS = 8
"""Number of digits to which levels are rounded up, so that they are the same on every machine."""


@dataclass(frozen=True)
class Look:
    """A past look.

    Attributes:
        replicates: number of replicates.
        level: the joint confidence of its intervals.
    """

    replicates: int
    level: float


@dataclass(frozen=True)
class Looks:
    """The looks at a study.

    Attributes:
        first: share of the error that the first look spends; with 1 there can be no other look.
        earlier: the past looks.
        left: share of the error that these looks have together; less than 1 if looks at other settings have
            spent the rest.
        share: share of the error that verdicts by this score have; less than 1 if those by another score have
            the rest.
    """

    first: float = 1.0
    earlier: tuple[Look, ...] = ()
    left: float = 1.0
    share: float = 1.0

    @property
    def again(self) -> bool:
        """Whether the study may be looked at again."""
        return self.first < 1

    def level(self, replicates: int, comparisons: int, level: float = 0.95) -> float:
        """Return the joint confidence that the intervals of a look need.

        Args:
            replicates: at this look, more than at the ones before; a single one allows no verdict
                and spends nothing.
            comparisons: number of intervals that are read together at every look.
            level: joint confidence of all intervals of all looks.

        Raises:
            UserError: an earlier look has spent all of the error, or `replicates` are too few.
        """
        checks.between("level", level)
        own = self.left * self.share
        level = 1 - (1 - level) * own if own < 1 else level
        if replicates < 2 or not (self.earlier or self.again):
            return level
        if not self.again:
            raise UserError(
                "This study spent all of its error at its only look: a second one would err more often "
                "than it says."
            )
        last = self.earlier[-1].replicates if self.earlier else 0
        if replicates <= last:
            raise UserError(
                argument="Every look",
                verb="have",
                expected=f"more replicates than the one before, {last}",
                received=replicates,
            )
        return _level(self.first, self.earlier, replicates, comparisons, level)

    def after(self, replicates: int, comparisons: int, level: float = 0.95) -> Looks:
        """Return these looks with the one at `replicates` among the past ones; arguments and errors as in `level`.

        Raises:
            UserError: also where no other look may follow.
        """
        if replicates < 2:
            return self
        over = Look(replicates, self.level(replicates, comparisons, level))
        if not self.again:
            raise UserError(
                f"All of the error was spent at one look at {replicates} replicates: another would err more "
                "often than it says."
            )
        return replace(self, earlier=(*self.earlier, over))

    def anew(self, replicates: int) -> Looks:
        """Return the looks at a study whose settings are chosen anew after the look at `replicates`.

        The new looks are at other networks of the same replicates, so they share what the earlier looks have not
        spent (Bonferroni's rule).

        Raises:
            UserError: the earlier looks have spent all.
        """
        if replicates < 2:
            return self
        if not self.again:
            raise UserError(
                "This study spent all of its error at its only look: settings chosen anew would be another one."
            )
        begun = self.earlier[0].replicates if self.earlier else replicates
        left = self.left * (1 - _spent(self.first, begun, replicates))
        return replace(self, earlier=(), left=round(left, DIGITS + 4))

    def among(self, comparisons: int, level: float = 0.95) -> Looks:
        """Return the same looks with the levels for another number of `comparisons`."""
        looks = replace(self, earlier=())
        for look in self.earlier:
            looks = looks.after(look.replicates, comparisons, level)
        return looks


def looked(replicates: Sequence[int], comparisons: int, level: float = 0.95) -> Looks:
    """Return the looks of a study before the present one, from the number of `replicates` at each look.

    Raises:
        UserError: they do not grow.
    """
    looks = Looks(FIRST)
    for count in replicates[:-1]:
        looks = looks.after(count, comparisons, level)
    return looks


def _spent(first: float, begun: int, replicates: int) -> float:
    """Return the share of the error that is spent at `replicates` if there were `begun` at the first look."""
    return first + (1 - first) * (1 - (begun / replicates) ** 2)


@functools.lru_cache(maxsize=10_000)
def _level(
    first: float, earlier: tuple[Look, ...], replicates: int, comparisons: int, level: float
) -> float:
    begun = earlier[0].replicates if earlier else replicates
    spent = _spent(first, begun, replicates)
    allowed = pointwise_error(1 - (1 - level) * spent, comparisons)
    error = allowed
    if earlier:
        sums, masses = _undecided(earlier, comparisons, _nodes(earlier, replicates))
        step = np.sqrt(replicates - earlier[-1].replicates)
        left = max(allowed - (1 - float(masses.sum())), 10.0**-DIGITS / comparisons)

        def excess(z: float) -> float:
            bound = z * np.sqrt(replicates)
            beyond = special.ndtr((sums - bound) / step) + special.ndtr((-bound - sums) / step)
            return float(masses @ beyond) - left

        error = 2 * float(special.ndtr(-optimize.brentq(excess, 0, 40)))
    together = float(-np.expm1(comparisons * np.log1p(-error)))
    # rounded down, so that no more is spent than allowed
    allowed = np.floor(together * 10**DIGITS + 1e-3) / 10**DIGITS
    return float(round(1 - max(allowed, 10.0**-DIGITS), DIGITS))


@functools.lru_cache(maxsize=1_000)
def _undecided(looks: tuple[Look, ...], comparisons: int, nodes: int) -> tuple[Floats, Floats]:
    """Return the distribution of one comparison without effect after `looks` with intervals that all contained 0.

    Returns:
        Sums over replicates in units of their standard deviation, and the chance of each: Gauss–Legendre nodes with
        weights times density. The chances add up to the chance that no look has erred.
    """
    *before, last = looks
    sums, masses = np.zeros(1), np.ones(1)
    if before:
        sums, masses = _undecided(tuple(before), comparisons, nodes)
    step = np.sqrt(last.replicates - (before[-1].replicates if before else 0))
    bound = -special.ndtri(pointwise_error(last.level, comparisons) / 2) * np.sqrt(last.replicates)
    places, weights = special.roots_legendre(nodes)
    at = bound * places
    steps = (at[:, None] - sums) / step
    density = np.exp(-(steps**2) / 2) / (step * np.sqrt(2 * np.pi)) @ masses
    return at, bound * weights * density


def _nodes(earlier: tuple[Look, ...], replicates: int) -> int:
    """Return the number of nodes that the smallest step between looks needs."""
    sizes = np.array([0, *(look.replicates for look in earlier), replicates])
    steps = np.diff(sizes)
    close = np.sqrt(sizes[1:-1] / np.minimum(steps[:-1], steps[1:])).max()
    return NODES * int(np.ceil(close / 5))
