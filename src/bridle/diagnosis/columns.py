"""Columns that alone tell the label: perhaps the target under another name, or what is known only after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Split
from bridle.diagnosis.examples import Classes

ALONE = 0.99
"""A column that alone gets so many of the validation examples right tells the label."""

LEAVES = 64
"""So many ranges of values a column may have in which its label is the same."""

ROWS = 2000
"""Columns are looked through on at most so many training rows."""

MOST = 20
"""At most so many columns are tried as classifiers of their own."""


@dataclass(frozen=True)
class Telling:
    """Columns that alone tell the label.

    Attributes:
        columns: positions.
        encoded: whether each of them has one value throughout each class, as the target itself would.
    """

    columns: tuple[int, ...]
    encoded: bool


def telling(split: Split) -> Telling:
    """Find the columns that alone tell the label, by training and validation rows."""
    rows = split.train[:ROWS]
    x, y = split.inputs[rows].astype(np.float64), split.targets[rows]
    encoded = _constant_within_classes(x, y)
    if encoded.any():
        return Telling(tuple(np.flatnonzero(encoded).tolist()), True)
    found = [column for column in _candidates(x, y) if _alone(split, column) >= ALONE]
    return Telling(tuple(sorted(found)), False)


def predicted(split: Split, columns: tuple[int, ...]) -> Classes:
    """Return what a small tree on these columns predicts for the test rows."""
    return np.asarray(_tree(split, columns).predict(split.inputs[split.test][:, columns]), np.int32)


def _alone(split: Split, column: int) -> float:
    seen = split.inputs[split.validation][:, [column]]
    return float(_tree(split, (column,)).score(seen, split.targets[split.validation]))


def _tree(split: Split, columns: tuple[int, ...]) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, random_state=0)
    return tree.fit(split.inputs[split.train][:, columns], split.targets[split.train])


def _constant_within_classes(x: npt.NDArray[np.float64], y: Classes) -> npt.NDArray[np.bool_]:
    """Say which columns have one value throughout each class, and not the same in all."""
    constant: npt.NDArray[np.bool_] = x.min(axis=0) < x.max(axis=0)
    for label in np.unique(y):
        part = x[y == label]
        constant &= part.min(axis=0) == part.max(axis=0)
    return constant


def _candidates(x: npt.NDArray[np.float64], y: Classes) -> list[int]:
    """Return the columns along which the label seldom changes, the steadiest first."""
    classes = int(y.max()) + 1
    changes = {}
    for column, values in enumerate(x.T):
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        # examples of one value cannot be told apart: all get the commonest label among them
        group = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
        counts = np.bincount(group * classes + y[order], minlength=(group[-1] + 1) * classes)
        labels = counts.reshape(-1, classes)
        commonest = labels.argmax(axis=1)
        changed = int(np.count_nonzero(commonest[1:] != commonest[:-1]))
        wrong = len(y) - labels.max(axis=1).sum()
        if wrong <= 2 * (1 - ALONE) * len(y) and changed <= 2 * (1 - ALONE) * len(y) + LEAVES:
            changes[column] = changed
    return sorted(changes, key=changes.__getitem__)[:MOST]
