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

NEAR = 1e-3
"""A test row is a training row but for a jitter where it is so many times closer to it than to its sixth neighbour."""

PRODUCTS = 1e10
"""Distances take so many products at most; of larger sets, part of the test rows is looked at."""

Flags = npt.NDArray[np.bool_]
Classes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Duplicates:
    """Test rows that also occur among the training rows, number for number or nearly so.

    Attributes:
        same: [test rows], with the label of the test row at least once.
        other: [test rows], only with other labels.
        near: [test rows], those of them that differ from their training rows a little.
    """

    same: Flags
    other: Flags
    near: Flags


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
    near, alike = _near(split, ~there)
    return Duplicates(same | (near & alike), (there & ~same) | (near & ~alike), near)


def _near(split: Split, wanted: Flags) -> tuple[Flags, Flags]:
    """Find test rows that are training rows but for a jitter, and which of them have their labels.

    A row that is close to another for no reason has further ones at a similar distance; the share of such rows whose
    nearest is `NEAR` times closer than their sixth is about 5 · NEAR^d in d dimensions.

    Args:
        split: the rows.
        wanted: [test rows] to look at.
    """
    from sklearn.neighbors import NearestNeighbors

    near, alike = np.zeros(len(split.test), bool), np.zeros(len(split.test), bool)
    most = max(1, int(PRODUCTS / (len(split.train) * split.inputs.shape[1])))
    places = np.flatnonzero(wanted)[:most]
    if len(split.train) < NEIGHBOURS + 1 or not len(places):
        return near, alike
    train, test = split.seen(split.train), split.seen(split.test[places])
    model = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(train)
    distances, nearest = model.kneighbors(test)
    # anew, by differences: squares of large numbers would hide small ones
    closest = np.sqrt(np.square(train[nearest].astype(float) - test[:, None]).sum(axis=2))
    close = closest < NEAR * distances[:, -1:]
    near[places] = close.any(axis=1)
    labels = split.targets[split.train][nearest] == split.targets[split.test[places]][:, None]
    alike[places] = (close & labels).any(axis=1)
    return near, alike


@dataclass(frozen=True)
class Reference:
    """A simple classifier, the one of several that does best on validation data.

    Attributes:
        name: in words.
        predicted: [test rows] classes.
    """

    name: str
    predicted: Classes


def reference(split: Split, without: tuple[int, ...] = ()) -> Reference:
    """Fit logistic regression and nearest neighbours, and predict with the better one.

    Args:
        split: the rows.
        without: columns to leave out.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    kept = np.setdiff1d(np.arange(split.inputs.shape[1]), without)
    train = split.train[:REFERENCE_ROWS]
    y = split.targets[train]
    if len(np.unique(y)) < 2 or not len(kept):
        commonest = np.bincount(y).argmax()
        return Reference("the commonest class", np.full(len(split.test), commonest, np.int32))
    models = {
        "logistic regression": LogisticRegression(max_iter=200, tol=1e-3),
        f"{NEIGHBOURS} nearest neighbours": KNeighborsClassifier(min(NEIGHBOURS, len(train))),
    }
    held = split.validation[:REFERENCE_ROWS]
    x, seen, truth = split.seen(train)[:, kept], split.seen(held)[:, kept], split.targets[held]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a reference
        scores = {name: model.fit(x, y).score(seen, truth) for name, model in models.items()}
    best = max(scores, key=scores.__getitem__)
    rows = split.seen(split.test)[:, kept]
    return Reference(best, models[best].predict(rows).astype(np.int32))
