"""Numbers that are equal up to rounding errors: 0.95 and 0.9499999999999998.

Scores are often shares, and means of shares. Computed in another order, they differ in their last
digits. Ranks, signs and permutation tests compare them; these digits must not decide.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bridle.statistics.checks import Floats

ROUNDING = 1e-9
"""Maximum difference of equal numbers, relative to the larger of them. Double
precision errs by about 1e-16 in each operation; two shares of a million examples differ by 1e-6."""


def at_least(values: npt.ArrayLike, observed: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Say which values are larger than `observed`, or equal to it up to rounding."""
    return np.asarray(differences(values, observed) >= 0)


def differences(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """Return first − second, and exactly 0 where the two are equal up to rounding."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    apart = a - b
    same = np.abs(apart) <= ROUNDING * np.maximum(np.abs(a), np.abs(b))
    return np.asarray(np.where(same, 0.0, apart))


def weighted(values: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Return the sum of some arrays, each times its weight, and exactly 0 where that is rounding.

    Args:
        values: by name, all of one shape.
        weights: by name; arrays without a weight are not read.
    """
    ahead = sum(w * np.asarray(values[name], np.float64) for name, w in weights.items() if w > 0)
    behind = sum(-w * np.asarray(values[name], np.float64) for name, w in weights.items() if w < 0)
    return differences(ahead, behind)


def levels(values: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Return whole numbers in the order of `values`, the same for values equal up to rounding.

    Args:
        values: [n], or [rows, n], where each row is ordered by itself; no NaN.
    """
    given = np.asarray(values, np.float64)
    order = np.argsort(given, axis=-1, kind="stable")
    ascending = np.take_along_axis(given, order, axis=-1)
    steps = differences(ascending[..., 1:], ascending[..., :-1]) > 0
    found = np.zeros(given.shape, np.intp)
    places = np.concatenate([found[..., :1], np.cumsum(steps, axis=-1)], axis=-1)
    np.put_along_axis(found, order, places, axis=-1)
    return found
