"""Where further runs would lie: prediction intervals, to compare our runs with a figure that somebody printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike
from bridle.statistics.simultaneous import critical


@dataclass(frozen=True)
class Predicted:
    """Where the mean of further runs would lie.

    Attributes:
        mean: of the runs at hand; NaN without any.
        low: lower end; NaN if fewer than two runs are at hand.
        high: upper end.
    """

    mean: float
    low: float
    high: float


def predicted(scores: ArrayLike, runs: int = 1, level: float = 0.95, figures: int = 1) -> Predicted:
    """Return the interval in which the mean of further independent runs lies.

    mean ± t·s·√(1/n + 1/k) of n runs at hand and k further ones, each normally distributed: an interval of confidence
    would be about the true mean, and a figure printed from one run lies outside of it more often than not.

    Args:
        scores: `[n]` of the runs at hand.
        runs: k, how many runs the printed figure is the mean of.
        level: joint confidence.
        figures: number of figures that are compared together.

    Raises:
        UserError: a number is out of range.
    """
    checks.whole_number("runs", runs, 1)
    if not np.size(scores):
        return Predicted(float("nan"), float("nan"), float("nan"))
    values = checks.array("scores", scores, ("replicates",))
    n, mean = len(values), float(values.mean())
    if n < 2:
        return Predicted(mean, float("nan"), float("nan"))
    spread = float(values.std(ddof=1))
    half = critical(level, figures, n - 1) * spread * float(np.sqrt(1 / n + 1 / runs))
    return Predicted(mean, mean - half, mean + half)


def agreement(value: float, where: Predicted, others: Iterable[float]) -> str:
    """Return whether a published figure agrees with ours.

    It is undecided where the interval holds every figure of the work, and so tells none from another.

    Args:
        value: the figure.
        where: our prediction interval.
        others: all figures of the work, this one among them.
    """
    if np.isnan(where.low):
        return "undecided"
    if not where.low <= value <= where.high:
        return "differs"
    every = list(others)
    wide = len(set(every)) > 1 and all(where.low <= other <= where.high for other in every)
    return "undecided" if wide else "agrees"
