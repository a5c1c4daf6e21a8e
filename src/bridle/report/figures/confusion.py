"""`confusion`: how often the networks of each method predict each class for each true class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.report.figures.base import NotShownError, need_methods, need_predictions
from bridle.verdict.answer import Answer

MOST = 30
"""Maximum number of classes; the numbers of more could not be read."""


@dataclass(frozen=True)
class Confusion:
    """One method's test predictions, of all replicates together.

    Attributes:
        method: its name, as tables write it.
        counts: [classes, classes] true class by row, predicted class by column.
    """

    method: str
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class ConfusionFigure:
    """Confusion matrices.

    Attributes:
        methods: one for each method with a result, the baseline first.
        classes: their names.
    """

    methods: tuple[Confusion, ...]
    classes: tuple[str, ...]


def caption(record: ConfusionFigure) -> str:
    """Say how to read the figure."""
    return (
        "Rows: the true class; columns: the predicted one; numbers: per cent of the true class, test examples of all "
        "replicates together."
    )


def alt(record: ConfusionFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = []
    for one in record.methods:
        wrong = one.counts - np.diag(np.diag(one.counts))
        true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
        if wrong.any():
            parts.append(f"{one.method} {record.classes[true]} for {record.classes[said]}")
    worst = ", ".join(parts) if parts else "none"
    return f"Confusion matrices. The most frequent mistakes, the predicted class second: {worst}."


def record(answer: Answer) -> ConfusionFigure:
    """Count the test predictions of the selected runs.

    Raises:
        NotShownError: no classes are learned, too many are, or no run has finished.
    """
    predictions = need_predictions(answer)
    task = predictions.task
    if task.predicts != "classes" or len(task.names) > MOST:
        raise NotShownError(f"it needs between 2 and {MOST} classes")
    size = len(task.names)
    found = []
    for label in need_methods(answer):
        counts = np.zeros((size, size), np.int64)
        for replicate in answer.evidence.done(label):
            decided = predictions.decided(label, replicate)
            np.add.at(counts, (predictions.targets(replicate), decided), 1)
        found.append(Confusion(answer.name(label), counts))
    return ConfusionFigure(tuple(found), tuple(task.names))
