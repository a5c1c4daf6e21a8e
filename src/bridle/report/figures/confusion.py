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
