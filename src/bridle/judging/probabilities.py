"""Predictions of classes: each run's probability of each class for each test example."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.errors import UserError, listed_names, shown
from bridle.judging.reading import LocatedTable
from bridle.statistics.checks import Floats

EXAMPLE = (
    "the columns method, replicate, example, target and for each class its probability: p_NAME"
)

OFF = 1e-2
"""Maximum distance of the sum of a row's probabilities from 1; they may be rounded."""


def read(table: LocatedTable) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the logarithms of the probabilities `[rows, classes]`, and the position of each row's true class.

    Args:
        table: with the columns method, replicate, example, target and a column `p_NAME` for each class.

    Raises:
        UserError: a column is missing, or a row holds no probabilities.
    """
    table.need(("method", "replicate", "example", "target"), EXAMPLE)
    return _logits(table), _targets(table)


def _logits(table: LocatedTable) -> Floats:
    """Return the logarithms of the probabilities [rows, classes]."""
    names = list(table.columns.classes)
    if len(names) < 2:
        known = listed_names(table.columns.labels)
        raise UserError(
            f"{table.name} has no two columns of probabilities. Its columns: {known}. Expected {EXAMPLE}."
        )
    p = np.stack([table.numbers(f"p_{name}") for name in names], axis=1)
    wrong = ~((p >= 0).all(axis=1) & (np.abs(p.sum(axis=1) - 1) <= OFF))
    if wrong.any():
        row = table.frame.index[int(np.flatnonzero(wrong)[0])]
        raise UserError(
            f"{table.place(row)}: expected probabilities that sum to 1, received "
            f"{p[wrong][0].tolist()}."
        )
    # the logarithm of 0 would be infinite; scikit-learn limits probabilities in the same way
    logits: Floats = np.log(np.maximum(p, np.finfo(np.float64).eps))
    return logits


def _targets(table: LocatedTable) -> npt.NDArray[np.int64]:
    """Return the position of each row's true class among the columns."""
    names = list(table.columns.classes)
    texts = table.texts("target", plain=True).str.lower()
    places = texts.map({name: place for place, name in enumerate(names)})
    unknown = places.isna()
    if unknown.any():
        row = unknown[unknown].index[0]
        raise UserError(
            f"{table.place(row)}: the target {shown(texts[row])} has no column of probabilities "
            f"{shown('p_' + texts[row])}. Classes with one: {listed_names(names)}."
        )
    return np.asarray(places, np.int64)
