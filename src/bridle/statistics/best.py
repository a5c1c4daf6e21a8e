"""The order of methods, and the leading group: every method that cannot be told apart from the best."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from bridle.statistics import checks
from bridle.statistics.designs import Estimate


@dataclass(frozen=True)
class Leading:
    """Comparisons with the best.

    Attributes:
        group: the methods that may be the best, in the given order; with the stated confidence the
            truly best is among them.
        low: how far each method may lie behind the best of the others, at most (0 or less, in
            score units).
        high: how far it may lie ahead of them, at most (0 or more; 0 for methods outside the
            group).
    """

    group: tuple[str, ...]
    low: Mapping[str, float]
    high: Mapping[str, float]


def leading(
    names: Sequence[str],
    pair: Callable[[str, str], Estimate],
    level: float = 0.95,
) -> Leading:
    """Find the leading group by multiple comparisons with the best.

    Each method is compared with every other, one-sided, with Bonferroni's correction for the
    number of others; a method leaves the group if some other is surely better. Had the truly best
    been the candidate, it would be wronged with a chance of at most 1 − level, and no other error
    can exclude it. Sources: Hsu, "Simultaneous confidence intervals for all distances from the
    'best'", Annals of Statistics 9, 1981; for unequal variances the same argument with each pair's
    own standard error.

    A method that helps (two-sided, simultaneous over the same methods) always puts the baseline
    out of the group.

    Args:
        names: the methods, the baseline among them.
        pair: the estimate of score(first) − score(second).
        level: confidence that the truly best method is in the group.

    Raises:
        UserError: `level` is out of range.
    """
    checks.between("level", level)
    others = len(names) - 1
    ahead: dict[str, list[float]] = {name: [] for name in names}
    behind: dict[str, list[tuple[str, float]]] = {name: [] for name in names}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            estimate = pair(first, second)
            reach = _reach(estimate, 1 - level, others)
            d = estimate.difference if estimate.known else 0.0
            ahead[first].append(d + reach)
            ahead[second].append(reach - d)
            behind[first].append((second, d - reach))
            behind[second].append((first, -d - reach))
    group = tuple(n for n in names if not others or min(ahead[n]) >= 0)
    high = {n: max(min(ahead[n], default=0.0), 0.0) for n in names}
    low = {
        n: min(min((gap for m, gap in behind[n] if m in group), default=0.0), 0.0) for n in names
    }
    return Leading(group, low, high)


def in_order(placed: Mapping[str, float]) -> dict[str, int | None]:
    """Return each method's rank, the best first: from 1, and None for those that cannot be placed, which come last.

    Args:
        placed: the score by which each method is placed, higher is better, as of `Comparison.placed`; NaN where it
            cannot be.
    """
    names = sorted(placed, key=lambda n: (math.isnan(placed[n]), -placed[n]))
    return {n: None if math.isnan(placed[n]) else rank for rank, n in enumerate(names, 1)}


def _reach(estimate: Estimate, alpha: float, others: int) -> float:
    """How far a one-sided bound lies from the estimate; infinitely far without a standard error."""
    if not estimate.known or estimate.replicates < 2:
        return np.inf
    if estimate.standard_error == 0:
        return 0.0
    return float(-special.stdtrit(estimate.df, alpha / others)) * estimate.standard_error
