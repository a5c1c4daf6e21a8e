"""Facts about the rows that need no network: duplicates, and how well simple references predict."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Split
from bridle.tasks import Task

REFERENCE_ROWS = 10_000
"""Maximum number of training rows that references are fitted on; their time grows with its square."""

NEIGHBOURS = 5

NEAR = 1e-3
"""A test row counts as a copy of a training row if its distance is less than this share of the distance to its sixth
nearest training row."""

PRODUCTS = 1e10
"""Maximum number of multiplications for distances; in larger sets only the first test rows are examined."""

Flags = npt.NDArray[np.bool_]
Decided = npt.NDArray[Any]
"""Classes `[n]` or values `[n, T]`."""


@dataclass(frozen=True)
class Duplicates:
    """Test rows that also occur among the training rows, exactly or nearly.

    Attributes:
        same: [test rows], whether a training row is a copy and has the same target.
        other: [test rows], whether all copies among the training rows have other targets.
        near: [test rows], whether the copies differ slightly from the test row.
    """

    same: Flags
    other: Flags
    near: Flags


def duplicates(task: Task, split: Split) -> Duplicates:
    """Find the test rows of a split that are copies of training rows."""
    rows: dict[bytes, list[int]] = {}
    for row in split.train:
        rows.setdefault(split.inputs[row].tobytes(), []).append(int(row))
    found = [rows.get(split.inputs[row].tobytes(), []) for row in split.test]
    there = np.array([bool(twins) for twins in found])
    same = np.zeros(len(split.test), bool)
    for place in np.flatnonzero(there):
        same[place] = _alike(task, split, np.array(found[place]), split.test[place]).any()
    near, alike = _near(task, split, ~there)
    return Duplicates(same | (near & alike), (there & ~same) | (near & ~alike), near)


def _alike(
    task: Task, split: Split, rows: npt.NDArray[Any], others: npt.NDArray[Any] | np.int32
) -> Flags:
    """Say which rows have the same targets as `others`."""
    targets, truth = split.targets[rows], split.targets[others]
    return task.diagnostics.alike(targets, truth, split.target_scaling)


def _near(task: Task, split: Split, wanted: Flags) -> tuple[Flags, Flags]:
    """Find test rows that nearly equal a training row, and which of them have the same target.

    A row that is close to another by chance has further neighbours at a similar distance; for a share of about
    5 · NEAR^d of such rows in d dimensions the nearest is closer than `NEAR` times the distance to the sixth.

    Args:
        task: what is learned.
        split: the rows.
        wanted: [test rows] to examine.
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
    # computed again from differences: squares of large numbers would hide small distances
    closest = np.sqrt(np.square(train[nearest].astype(float) - test[:, None]).sum(axis=2))
    close = closest < NEAR * distances[:, -1:]
    near[places] = close.any(axis=1)
    same = _alike(task, split, split.train[nearest], split.test[places][:, None])
    alike[places] = (close & same).any(axis=1)
    return near, alike


@dataclass(frozen=True)
class Reference:
    """The simple predictor that does best on validation data.

    Attributes:
        name: in words.
        predicted: its predictions for the test rows.
    """

    name: str
    predicted: Decided


def reference(task: Task, split: Split, without: tuple[int, ...] = ()) -> Reference:
    """Fit a linear model and nearest neighbours, and predict with the better one.

    Args:
        task: what is learned.
        split: the rows.
        without: columns to leave out.
    """
    from sklearn.exceptions import ConvergenceWarning

    kept = np.setdiff1d(np.arange(split.inputs.shape[1]), without)
    train, held = split.train[:REFERENCE_ROWS], split.validation[:REFERENCE_ROWS]
    y, truth = split.targets[train], split.targets[held]
    if (y == y[0]).all() or not len(kept):
        guess = task.decided(task.guess(y)[None])
        every = np.repeat(guess, len(split.test), axis=0).astype(y.dtype)
        return Reference(task.guessing.removeprefix("always "), every)
    x, seen = split.seen(train)[:, kept], split.seen(held)[:, kept]
    models, scores = task.diagnostics.models(min(NEIGHBOURS, len(train))), {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a reference
        for name, model in models.items():
            shown = np.reshape(model.fit(x, y).predict(seen), truth.shape)
            shares = task.diagnostics.shares(shown, truth, split.target_scaling)
            scores[name] = float(shares.mean())
    best = max(scores, key=scores.__getitem__)
    found = models[best].predict(split.seen(split.test)[:, kept])
    return Reference(best, np.reshape(found, split.targets[split.test].shape).astype(y.dtype))
