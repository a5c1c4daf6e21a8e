"""Buckets: row counts that differ a little share a compiled program, their rows padded to one size.

The rule: a count is padded to the next multiple of a sixteenth of the power of two at or below it, and of 8 at least.
So 1 to 8 rows share a size, as do 121 to 128, 129 to 136 and 1025 to 1088; from 128 rows on at most a sixteenth is
padding. Training rows, validation rows, test rows and the whole table are padded separately.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from bridle.data.dataset import Integers


def bucket(count: int) -> int:
    """Return the size that a number of rows is padded to; 0 stays 0."""
    if not count:
        return 0
    step = max(8, (1 << (count.bit_length() - 1)) // 16)
    return -(-count // step) * step


def counts_in(size: int) -> list[int]:
    """Return the counts whose bucket has this `size`, the highest first."""
    return list(itertools.takewhile(lambda count: bucket(count) == size, range(size, 0, -1)))


def to_bucket(rows: Integers) -> Integers:
    """Return row numbers padded to their bucket by repeating the last; an empty array stays empty."""
    return np.pad(rows, (0, bucket(len(rows)) - len(rows)), mode="edge") if len(rows) else rows


def table_to_bucket(values: Any) -> Any:
    """Return an array with a row for each example `[n, ...]`, padded to the bucket of n by unused zeros."""
    more = bucket(len(values)) - len(values)
    return np.pad(values, [(0, more)] + [(0, 0)] * (values.ndim - 1))
