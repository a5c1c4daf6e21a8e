"""What the rows themselves say: rows that occur twice, and how well simple references predict."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Split

REFERENCE_ROWS = 10_000
"""References are fitted on at most so many training rows: they take the square of it."""

NEIGHBOURS = 5

Flags = npt.NDArray[np.bool_]
Classes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Duplicates:
    """Test rows that also occur, number for number, among the training rows.

    Attributes:
        same: [test rows], with the label of the test row at least once.
        other: [test rows], only with other labels.
    """

    same: Flags
    other: Flags


def duplicates(split: Split) -> Duplicates:
    """Find the test rows of a split that are training rows too."""
    labels: dict[bytes, set[int]] = {}
    for row in split.train:
        labels.setdefault(split.inputs[row].tobytes(), set()).add(int(split.targets[row]))
    found = [labels.get(split.inputs[row].tobytes(), set()) for row in split.test]
    same = np.array(
        [int(split.targets[row]) in there for row, there in zip(split.test, found, strict=True)]
    )
    there = np.array([bool(labels) for labels in found])
    return Duplicates(same, there & ~same)


@dataclass(frozen=True)
class Reference:
    """A simple classifier, the one of several that does best on validation data.

    Attributes:
        name: in words.
        predicted: [test rows] classes.
    """

    name: str
    predicted: Classes


def reference(split: Split) -> Reference:
    """Fit logistic regression and nearest neighbours, and predict with the better one."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    train = split.train[:REFERENCE_ROWS]
    x, y = split.seen(train), split.targets[train]
    if len(np.unique(y)) < 2:
        return Reference("the commonest class", np.full(len(split.test), y[0], np.int32))
    models = {
        "logistic regression": LogisticRegression(max_iter=200, tol=1e-3),
        f"{NEIGHBOURS} nearest neighbours": KNeighborsClassifier(min(NEIGHBOURS, len(train))),
    }
    held = split.validation[:REFERENCE_ROWS]
    seen, truth = split.seen(held), split.targets[held]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a reference
        scores = {name: model.fit(x, y).score(seen, truth) for name, model in models.items()}
    best = max(scores, key=scores.__getitem__)
    return Reference(best, models[best].predict(split.seen(split.test)).astype(np.int32))
