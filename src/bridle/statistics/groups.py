"""Test examples in groups, such as visits of a patient: groups are independent of each other, their examples are not.

A group's part in a replicate's score is G/E · (its sum − its examples · the score) + the score, with E examples in G
groups. The parts' mean is the score, and their scatter is that of a mean over whole groups also where these differ in
size (the linearized ratio of two sums: Cochran, "Sampling Techniques", 1977, chapter 9A). So what takes examples as
independent may take groups instead. Groups of one example are these examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.statistics.checks import Floats

Rows = npt.NDArray[np.intp]


def by_group(
    tables: Mapping[str, Floats], groups: npt.NDArray[np.integer]
) -> tuple[dict[str, Floats], Rows]:
    """Return the parts of whole groups in place of those of examples.

    Args:
        tables: for each method [replicates, examples]: the part of each example in the score; NaN without a run.
        groups: [replicates, examples], the group of each.

    Returns:
        For each method [replicates, groups], 0 where a replicate tests fewer groups than another; and which group each
        is, -1 in such places.
    """
    found = [np.unique(own, return_inverse=True) for own in groups]
    most = max(len(names) for names, _ in found)
    rows = np.full((len(groups), most), -1, np.intp)
    parts = {method: np.zeros(rows.shape) for method in tables}
    for replicate, (names, places) in enumerate(found):
        count = len(names)
        rows[replicate, :count] = names
        sizes = np.bincount(places)
        for method, table in tables.items():
            own = table[replicate].astype(np.float64)
            sums, mean = np.bincount(places, own), own.mean()
            parts[method][replicate, :count] = mean + count / len(own) * (sums - sizes * mean)
    return parts, rows


def clustered(blocks: Sequence[tuple[Floats, npt.NDArray[Any]]]) -> Floats:
    """Return [methods], how much larger the variance of a sum over rows is because rows of a group are alike.

    It is the sum of squares of the groups' sums over that of the rows: the variance that is robust to clusters, over
    that without any (Liang and Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73,
    1986), and at least 1. No mean is subtracted from the groups' sums, and both variances are corrected for a mean of
    the whole that was, with as many groups as if all had one size; so a few groups do not make a method look sure.

    Args:
        blocks: what rows add to the sum, [methods, rows], with mean 0 where nothing is learned, and each row's group.
    """
    names = np.unique(np.concatenate([group for _, group in blocks]))
    methods = len(blocks[0][0])
    sums, sizes, squares = np.zeros((len(names), methods)), np.zeros(len(names)), np.zeros(methods)
    for own, group in blocks:
        place = np.searchsorted(names, group)
        np.add.at(sums, place, own.T)
        sizes += np.bincount(place, minlength=len(names))
        squares += np.square(own).sum(axis=1)
    rows, even = sizes.sum(), sizes.sum() ** 2 / np.square(sizes).sum()
    if even <= 1:
        return np.full(methods, np.inf)
    together = np.square(sums).sum(axis=0) * (1 - 1 / rows) / (1 - 1 / even)
    ratio = np.divide(together, squares, out=np.ones(methods), where=squares > 0)
    return np.asarray(np.maximum(ratio, 1.0))
