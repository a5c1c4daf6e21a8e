"""Buckets: row counts that differ a little share a compiled program, their rows padded to one size.

The rule: up to 8 rows share a size, as do 9 to 64, and from there the counts up to each power of two; beyond 1,024 rows
the next multiple of a sixteenth of the power of two at or below the count. Padded training rows cost no steps, only
memory and a longer permutation, so small tables are padded freely and large ones by a sixteenth at most. Training rows,
validation rows, test rows and the whole table are padded separately.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from bridle.data.dataset import Integers

LEAST, SMALL, FREELY = 8, 64, 1024
"""The two smallest sizes, and that up to which sizes are powers of two."""


def bucket(count: int) -> int:
    """Return the size that a number of rows is padded to; 0 stays 0."""
    if count <= LEAST:
        return LEAST if count else 0
    below = 1 << (count.bit_length() - 1)
    if count <= FREELY:
        return max(SMALL, count if count == below else 2 * below)
    step = below // 16
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
