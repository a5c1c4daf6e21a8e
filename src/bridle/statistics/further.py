"""Holm's p-values, the sign-flip test, and the interval of one network's accuracy."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from bridle.errors import UserError
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats

EXACT_FLIPS = 20
"""Most pairs for which all sign patterns (about a million) are enumerated."""


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values of several tests (Holm 1979, Scandinavian Journal of Statistics 6).

    For ranks over data sets. The intervals and verdicts of a comparison have their own adjusted
    p-values, which agree with them; see `simultaneous`.

    Args:
        p_values: [tests], each between 0 and 1; a NaN stays NaN and counts as no test.

    Raises:
        UserError: a value is outside 0 to 1.
    """
    p = checks.array("p_values", p_values, ("tests",))
    there = ~np.isnan(p)
    if ((p[there] < 0) | (p[there] > 1)).any():
        raise UserError(f"p_values: expected numbers from 0 to 1, received {p.tolist()}.")
    order = np.argsort(np.where(there, p, np.inf), kind="stable")[: there.sum()]
    # in three lines: statsmodels collects all garbage of the process at every call, 50 ms or far more
    steps = np.arange(len(order), 0, -1) * p[order]
    adjusted = np.full(p.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


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
        sums = values[:1]  # by symmetry the first sign may stay
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


def accuracy_interval(correct: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for the accuracy of *one* trained network on test examples like these.

    It says nothing about another training.

    Args:
        correct: examples predicted correctly.
        total: examples tested.
        level: confidence.

    Raises:
        UserError: counts or level make no sense.
    """
    checks.between("level", level)
    checks.count("total", total, 1)
    checks.count("correct", correct, 0)
    if correct > total:
        raise UserError(f"correct: expected at most total = {total}, received {correct}.")
    wrong, share = total - correct, correct / total
    z = float(special.ndtri(1 - (1 - level) / 2))
    half = z * math.sqrt(share * (1 - share) * total + z * z / 4)
    low = (correct + z * z / 2 - half) / (total + z * z) if correct else 0.0
    high = (correct + z * z / 2 + half) / (total + z * z) if wrong else 1.0
    return float(low), float(high)
