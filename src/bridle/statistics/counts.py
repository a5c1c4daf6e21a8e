"""Scores that are counts: what their grid and their rounding say about chance.

The accuracy on n examples is a multiple of 1/n. A few such scores may agree by chance, and then their spread does not
measure their uncertainty: three times the same accuracy on 24 examples is no certainty. But the number of examples
bounds the variance of a mean difference from below. The share of examples on which two networks differ is at least the
difference of their accuracies, and two more examples are added for those on which they happened to agree, as Agresti
and Coull add successes and failures ("Approximate is better than 'exact' for interval estimation of binomial
proportions", The American Statistician 52, 1998) and Agresti and Min discordant pairs ("Simple improved confidence
intervals for comparing matched proportions", Statistics in Medicine 24, 2005).
"""

from __future__ import annotations

import numpy as np

from bridle.statistics.checks import Floats

UNSEEN = 2
"""Examples on which two networks differ, added to those that are seen."""

FINEST = 6
"""Scores with at most this many decimals are taken for rounded."""

MOST = 5000
"""The largest number of test examples that is read off scores."""

ROUNDED = 1.5
"""Differences may be the same, but for rounding, if they lie this many units of the last digit apart, or less."""


def resolution(scores: Floats) -> float:
    """Return the unit of the last digit to which all scores are rounded; 0 where they are not."""
    values = scores[np.isfinite(scores)]
    for decimals in range(FINEST + 1):
        scaled = values * 10**decimals
        if np.all(np.abs(scaled - np.round(scaled)) < 1e-3):  # single precision too
            return float(10.0**-decimals)
    return 0.0


def same(differences: Floats, unit: float) -> bool:
    """Say whether `differences` may all be the same one, of scores rounded to `unit`."""
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
    """Return the smallest number of examples of which all scores are shares; None where that is not certain.

    Every multiple of it fits too. With few decimals it is not certain, since rounding puts any scores on such a grid.
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
        share: the least share of the examples on which two networks differ; or the share that one gets right.
        examples: how many different ones.
        whole: the score of an example that is right.
    """
    return whole**2 * (share * (1 - share) + UNSEEN / examples) / examples
