"""Test examples in groups, such as visits of a patient: groups are independent of each other, their examples are not.

A group's part in a replicate's score is G/E · (its sum − its examples · the score) + the score, with E examples in G
groups. The parts' mean is the score, and their scatter is that of a mean over whole groups also where these differ in
size (the linearized ratio of two sums: Cochran, "Sampling Techniques", 1977, chapter 9A). So what takes examples as
independent may take groups instead. Groups of one example are these examples.
"""

from __future__ import annotations

from collections.abc import Mapping

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
