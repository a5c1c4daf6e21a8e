"""Scores that are counts: what their grid and rounding show about their uncertainty.

The accuracy on n examples is a multiple of 1/n. A few such scores may agree by chance, and their spread then does not
measure their uncertainty: three equal accuracies on 24 examples are not certain. But the number of examples
bounds the variance of a mean difference from below. The share of examples on which two networks differ is at least the
difference of their accuracies. Two more examples are added for those on which they happen to agree, as Agresti
and Coull add successes and failures ("Approximate is better than 'exact' for interval estimation of binomial
proportions", The American Statistician 52, 1998) and Agresti and Min discordant pairs ("Simple improved confidence
intervals for comparing matched proportions", Statistics in Medicine 24, 2005).
"""

from __future__ import annotations

import numpy as np

from bridle.statistics.checks import Floats

UNSEEN = 2
"""Number of examples with different results that is added to those observed."""

FINEST = 6
"""Scores with at most this many decimals are treated as rounded."""

MOST = 5000
"""Maximum number of test examples that is inferred from scores."""

ROUNDED = 1.5
"""Differences at most this many units of the last digit apart may be equal up to rounding."""


def resolution(scores: Floats) -> float:
    """Return the unit of the last digit to which all scores are rounded; 0 where they are not."""
    values = scores[np.isfinite(scores)]
    for decimals in range(FINEST + 1):
        scaled = values * 10**decimals
        if np.all(np.abs(scaled - np.round(scaled)) < 1e-3):  # single precision too
            return float(10.0**-decimals)
    return 0.0


def same(differences: Floats, unit: float) -> bool:
    """Say whether all `differences` of scores rounded to `unit` may be equal."""
    return bool(np.ptp(differences) <= ROUNDED * unit)


def counted(scores: Floats, examples: int, whole: float) -> bool:
    """Say whether scores are multiples of `whole` / `examples`, as far as their digits show."""
    values = scores[np.isfinite(scores)] / whole
    if values.size == 0 or np.abs(values).max() > 1 + 1e-9:
        return False
    doubt = max(resolution(scores) / whole / 2, 1e-6) * examples
    return bool(
        np.all(np.abs(values * examples - np.round(values * examples)) <= doubt * (1 + 1e-6))
    )


def grid(scores: Floats, whole: float) -> int | None:
    """Return the smallest number of examples with all scores on its grid; None if it is not certain.

    Every multiple of it fits too. With few decimals it is not certain, because rounding puts any scores on such a grid.
    """
    values = np.unique(scores[np.isfinite(scores)] / whole)
    if len(values) < 3 or values[0] < 0 or values[-1] > 1:
        return None
    sizes = np.arange(2, MOST + 1)
    for value in values:
        scaled = value * sizes
        sizes = sizes[np.abs(scaled - np.round(scaled)) <= 1e-6 * sizes]
    if not len(sizes):
        return None
    return int(sizes[0]) if sizes[0] * resolution(scores) / whole * 10 <= 1 else None


def least_variance(share: float, examples: float, whole: float) -> float:
    """Return the least variance of a mean over `examples`, in squared score units.

    Args:
        share: the minimum share of the examples on which two networks differ, or the share that one gets right.
        examples: number of different examples.
        whole: the score of an example that is right.
    """
    return whole**2 * (share * (1 - share) + UNSEEN / examples) / examples
