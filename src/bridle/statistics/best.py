"""The order of methods, and the leading group: every method that cannot be told apart from the best."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from bridle.statistics import checks
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate


@dataclass(frozen=True)
class Leading:
    """Comparisons with the best.

    Attributes:
        group: the methods that may be the best, in the given order; with the stated confidence the
            truly best is among them.
    """

    group: tuple[str, ...]


def leading(
    names: Sequence[str],
    pair: Callable[[str, str], Estimate],
    level: float = 0.95,
    scores: Mapping[str, Floats] | None = None,
    baseline: str | None = None,
) -> Leading:
    """Find the leading group by multiple comparisons with the best.

    Each method is compared with every other, one-sided, with Bonferroni's correction for the
    number of others. A method leaves the group if another is surely better. The truly best method
    leaves the group with a chance of at most 1 − level. Sources: Hsu, "Simultaneous confidence intervals for all
    distances from the 'best'", Annals of Statistics 9, 1981; for unequal variances the argument holds with each pair's
    own standard error.

    If a method helps (two-sided, simultaneous over the same methods), the baseline is always
    outside the group.

    Args:
        names: the methods, the baseline among them.
        pair: the estimate of score(first) − score(second).
        level: confidence that the truly best method is in the group.
        scores: for each method [replicates], NaN where there is none. If given, only those pairs are estimated in
            which one method could surely be better, which are few among many methods.
        baseline: of which all pairs are estimated, since their variances may be smaller than their scores show.

    Raises:
        UserError: `level` is out of range.
    """
    checks.between("level", level)
    others = len(names) - 1
    table = None if scores is None or others < 1 else np.stack([scores[name] for name in names])
    out: set[int] = set()
    for i, first in enumerate(names):
        far = range(len(names)) if table is None else _far_behind(table, i, level)
        if baseline in names:
            far = range(len(names)) if first == baseline else {*far, names.index(baseline)}
        for j in far:
            if j != i and j not in out:
                estimate = pair(first, names[j])
                if estimate.known and estimate.difference > _reach(estimate, 1 - level, others):
                    out.add(j)
    return Leading(tuple(name for i, name in enumerate(names) if i not in out))


def _far_behind(table: Floats, best: int, level: float) -> Collection[int]:
    """Return the rows of a table [methods, replicates] that may be surely worse than the row `best`.

    The standard error of every design is at least that of the differences over replicates, every t quantile is at
    least the normal one, and a long tail only lengthens an interval. A smaller difference cannot be sure, so it
    needs no estimate.
    """
    differences = table[best] - table
    shared = ~np.isnan(differences)
    pairs = np.maximum(shared.sum(axis=1), 1)
    mean = np.where(shared, differences, 0.0).sum(axis=1) / pairs
    around = np.where(shared, differences - mean[:, None], 0.0)
    variance = (around**2).sum(axis=1) / np.maximum(pairs - 1, 1)
    least = -special.ndtri((1 - level) / (len(table) - 1)) * np.sqrt(variance / pairs)
    found: list[int] = np.flatnonzero(mean > least * (1 - 1e-9)).tolist()
    return found


def in_order(placed: Mapping[str, float]) -> dict[str, int | None]:
    """Return each method's rank from 1, the best first, and None for methods that cannot be placed, which come last.

    Args:
        placed: the score by which each method is placed, from `Comparison.placed`; higher is better, NaN if it
            cannot be.
    """
    names = sorted(placed, key=lambda n: (math.isnan(placed[n]), -placed[n]))
    return {n: None if math.isnan(placed[n]) else rank for rank, n in enumerate(names, 1)}


def _reach(estimate: Estimate, alpha: float, others: int) -> float:
    """Distance of a one-sided bound from the estimate; infinite without a standard error."""
    if not estimate.known or estimate.replicates < 2:
        return np.inf
    quantile = float(-special.stdtrit(estimate.df, alpha / others))
    return quantile * estimate.standard_error - min(estimate.shift(quantile), 0.0)
