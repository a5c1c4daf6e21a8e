"""Columns that alone predict the target: it may be the target under another name, or known only after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Split
from bridle.tasks import Scaling, Task

ALONE = 0.99
"""Minimum share on validation examples for a column alone to count as predicting the target."""

LEAVES = 64
"""Maximum number of ranges of a column's values within which the target is the same."""

ROWS = 2000
"""Maximum number of training rows on which columns are searched."""

MOST = 20
"""Maximum number of columns that are tried as the only feature."""


@dataclass(frozen=True)
class Telling:
    """Columns that alone predict the target, or one of several targets.

    Attributes:
        columns: positions.
        encoded: whether each of them is the target itself in another form.
        targets: positions of the targets that they predict; empty if there is only one target.
    """

    columns: tuple[int, ...]
    encoded: bool
    targets: tuple[int, ...] = ()


def telling(task: Task, split: Split) -> Telling:
    """Find the columns that alone predict the target, by training and validation rows."""
    own, rows = task.diagnostics, split.train[:ROWS]
    x = split.inputs[rows].astype(np.float64)
    parts = list(_each_target(split))
    encoded = [own.encoding(x, part.targets[rows]) for part in parts]
    if np.any(encoded):
        return _together([np.flatnonzero(flags).tolist() for flags in encoded], encoded=True)
    found = []
    for part in parts:
        candidates = own.telling(x, part.targets[rows], 1 - ALONE, LEAVES)[:MOST]
        found.append([column for column in candidates if _alone(task, part, column) >= ALONE])
    return _together(found, encoded=False)


def of_told(split: Split, told: Telling) -> Split:
    """Return the split with only the targets that the columns predict."""
    return _only(split, told.targets) if told.targets else split


def predicted(task: Task, split: Split, columns: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return the predictions of a small tree on these columns for the test rows."""
    return _decided(task, split, columns, split.test)


def _each_target(split: Split) -> Iterator[Split]:
    """Yield the split with each of its targets alone."""
    if split.targets.ndim == 1:
        yield split
        return
    for target in range(split.targets.shape[1]):
        yield _only(split, (target,))


def _only(split: Split, targets: tuple[int, ...]) -> Split:
    chosen, scaling = list(targets), split.target_scaling
    if scaling is not None:
        scaling = Scaling(scaling.shift[chosen], scaling.scale[chosen])
    return replace(split, targets=split.targets[:, chosen], target_scaling=scaling)


def _together(found: list[list[int]], encoded: bool) -> Telling:
    """Join the columns found for each target."""
    columns = tuple(sorted({column for own in found for column in own}))
    several = tuple(target for target, own in enumerate(found) if own)
    return Telling(columns, encoded, several if len(found) > 1 else ())


def _alone(task: Task, split: Split, column: int) -> float:
    shown = _decided(task, split, (column,), split.validation)
    truth = split.targets[split.validation]
    return float(task.diagnostics.shares(shown, truth, split.target_scaling).mean())


def _decided(
    task: Task, split: Split, columns: tuple[int, ...], rows: npt.NDArray[np.int32]
) -> npt.NDArray[Any]:
    tree = task.diagnostics.tree(LEAVES)
    tree.fit(split.inputs[split.train][:, columns], split.targets[split.train])
    found = tree.predict(split.inputs[rows][:, columns])
    return np.asarray(found, split.targets.dtype).reshape(split.targets[rows].shape)
