"""The sign-flip test: a cross-check of the paired t."""

from __future__ import annotations

import numpy as np

from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike

EXACT_FLIPS = 20
"""Maximum number of pairs for which all sign patterns (about a million) are enumerated."""


def sign_flip(differences: ArrayLike, resamples: int = 100_000, seed: int = 0) -> float:
    """Test by flipping signs whether paired differences have mean 0 (two-sided).

    A cross-check of the paired t where every replicate draws its own data. On overlapping splits
    and on a fixed test set it errs far too often, since differences are then not independent. With
    n pairs p is never below 2/2ⁿ. Exact up to 20 pairs; beyond that from random flips, the
    observed pattern counted as one of them.

    Args:
        differences: [replicates]; NaN are left out.
        resamples: random sign patterns beyond 20 pairs.
        seed: of those patterns.

    Returns:
        The p-value; NaN without any pair.

    Raises:
        UserError: `differences` is not a list of numbers.
    """
    values = checks.array("differences", differences, ("replicates",))
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return float("nan")
    observed = abs(float(values.sum()))
    slack = 1e-12 * float(np.abs(values).sum())  # sums in another order differ in their last bits
    if len(values) <= EXACT_FLIPS:
        sums = values[:1]  # by symmetry the first sign may stay fixed
        for value in values[1:]:
            sums = np.concatenate([sums - value, sums + value])
        return float(np.mean(np.abs(sums) >= observed - slack))
    rng = np.random.default_rng(seed)
    hits, done = 0, 0
    while done < resamples:
        step = min(10_000, resamples - done)
        signs = 2.0 * rng.integers(0, 2, size=(step, len(values))) - 1.0
        hits += int(np.count_nonzero(np.abs(signs @ values) >= observed - slack))
        done += step
    return (hits + 1) / (resamples + 1)
