"""What makes results on a table look better than they are: a column that tells the target, copies of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Floats, Targets
from bridle.errors import shown
from bridle.numbers import many, percent
from bridle.tables.column import LEFT_OUT, Column
from bridle.tasks import Task

_ROWS = 20_000
"""Maximum number of rows from which it is found whether a column tells the target."""

_BINS = 100
"""Maximum number of groups of equal size, of ten rows at least, into which numbers are put."""

_TELLS = 0.99
"""Share of rows, or of the variance, from which a column that alone predicts it tells the target."""

_BEYOND = 0.1
"""Maximum share of the errors of guessing that such a column leaves."""

_COPIES = 0.02
"""Share of rows from which copies are mentioned."""


def suspicions(
    columns: Sequence[Column], encoded: Floats, targets: Targets, task: Task, grouped: bool
) -> tuple[str, ...]:
    """Return sentences on columns that tell the target and on copies of rows.

    Args:
        columns: of the table.
        encoded: [n, d], what a network sees before scaling.
        targets: [n] classes or [n, T] numbers.
        task: what is learned.
        grouped: whether rows are kept together by groups, so that copies may be together already.
    """
    found = []
    for column in columns:
        share = 0.0 if column.kind in LEFT_OUT else told(column, targets, task)
        if share >= _TELLS:
            what = (
                "the target in {} of rows"
                if task.predicts == "classes"
                else "{} of the target's variance"
            )
            found.append(
                f"Column {shown(column.name)} alone tells {what.format(percent(share, 1))}. If it is not known before "
                "the target is, drop it."
            )
        elif unit := _unit(column):
            found.append(
                f"Column {shown(column.name)} holds numbers with a unit, such as {shown(unit)}, which are texts. Write "
                "the numbers alone."
            )
    count = copies(encoded)
    if count > _COPIES * len(encoded) and not grouped:
        found.append(
            f"{many(count, 'row')} of {len(encoded):,} have the same features as another row. Copies may fall into "
            "training and test, which then looks easier than new rows are."
        )
    if encoded.shape[1] > len(encoded):
        found.append(
            f"There are more features ({encoded.shape[1]:,}) than rows ({len(encoded):,})."
        )
    return tuple(found)


_WITH_UNIT = re.compile(r"[-+]?\d[\d.,]*\s*([^\d\s.,:/-][^\d]*)\Z", re.ASCII)


def _unit(column: Column) -> str:
    """Return a text of a column if all are numbers with the same unit, such as `12.5 kg`; empty if they are not."""
    units = {match and match[1] for match in map(_WITH_UNIT.match, column.words)}
    return (
        column.words[0] if len(units) == 1 and None not in units and len(column.words) > 2 else ""
    )


def told(column: Column, targets: Targets, task: Task) -> float:
    """Return which share of the target a column tells, of half of the rows after reading the other half.

    Numbers are put into groups of equal size. Of classes it is the share of rows whose class is the commonest of their
    group; of numbers R², with the group's mean, or a straight line, as the prediction.

    Returns:
        The share; 0 where guessing without the column does nearly as well.
    """
    step = -(-len(targets) // _ROWS)
    values, y = column.data[::step], targets[::step]
    group = _groups(values)
    learn = np.arange(len(y)) % 2 == 0
    size = int(group.max()) + 1
    if task.predicts == "classes":
        table = np.zeros((size, len(task.names)))
        np.add.at(table, (group[learn], y[learn]), 1)
        common = np.bincount(y[learn]).argmax()
        guess = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), common)
        right = (guess[group[~learn]] == y[~learn]).mean()
        chance = (common == y[~learn]).mean()
        return float(right) if 1 - right <= _BEYOND * (1 - chance) else 0.0
    shares = [
        _explained(values, group, np.asarray(y[:, at], np.float64), learn)
        for at in range(y.shape[1])
    ]
    return max(shares)


def _explained(
    values: NDArray[np.float64],
    group: NDArray[np.int64],
    y: NDArray[np.float64],
    learn: NDArray[np.bool_],
) -> float:
    """Return R² on the rows that are not learned from."""
    total = np.square(y[~learn] - y[learn].mean()).sum()
    if not total > 0:
        return 0.0
    counts = np.bincount(group[learn], minlength=group.max() + 1)
    sums = np.bincount(group[learn], y[learn], minlength=group.max() + 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), y[learn].mean())
    errors = [np.square(y[~learn] - means[group[~learn]]).sum()]
    x = values.astype(np.float64)
    there = learn & np.isfinite(x)
    if there.sum() > 2 and np.isfinite(x).all() and x[there].std() > 0:
        slope = np.cov(x[there], y[there])[0, 1] / x[there].var(ddof=1)
        line = y[there].mean() + slope * (x - x[there].mean())
        errors.append(np.square(y[~learn] - line[~learn]).sum())
    return float(1 - min(errors) / total)


def _groups(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a group `[n]` for each value: its category, or about as many numbers as others have."""
    if values.dtype.kind == "i":
        return values.astype(np.int64) + 1  # missing ones are a group
    different, most = np.unique(values), min(_BINS, max(2, len(values) // 10))
    if len(different) > most:
        different = np.unique(np.nanquantile(values, np.linspace(0, 1, most + 1)[1:-1]))
    found = np.searchsorted(different, values, side="left")
    return np.where(np.isnan(values), len(different) + 1, found)


def copies(encoded: Floats) -> int:
    """Return how many rows have the same numbers as another row."""
    random = np.random.default_rng(0)
    factors: list[np.uint64] = list(
        random.integers(1, 2**63, encoded.shape[1], np.uint64) | np.uint64(1)
    )
    total = np.zeros(len(encoded), np.uint64)
    for at, factor in enumerate(factors):  # a column at a time needs little memory
        bits = np.ascontiguousarray(encoded[:, at] + np.float32(0)).view(np.uint32)
        total += bits.astype(np.uint64) * factor
    counts = np.unique(total, return_counts=True)[1]
    return int(counts[counts > 1].sum())
