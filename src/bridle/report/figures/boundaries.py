"""`boundaries`: what every method predicts over the plane, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.report.figures.base import Floats, NotShownError, Reading
from bridle.report.numbers import Measure

RESOLUTION = 140
"""Grid points along each axis."""

REPLICATES = 6
"""So many replicates are drawn, at most."""


@dataclass(frozen=True)
class Surface:
    """What one method predicts.

    Attributes:
        method: its name, as tables write it.
        score: mean test score over all replicates.
        probabilities: [replicates, resolution, resolution, classes] float32, rows along y.
        replicates: their numbers; the first is filled, the others are lines.
    """

    method: str
    score: float
    probabilities: npt.NDArray[np.float32]
    replicates: tuple[int, ...]


@dataclass(frozen=True)
class BoundariesFigure:
    """Decision boundaries as small multiples.

    Attributes:
        classes: their names.
        features: names of the two axes.
        x: [resolution] grid along the first feature, in raw units.
        y: [resolution] along the second.
        surfaces: one for each method.
        points: [n, 2] training points of replicate 0.
        labels: [n] their classes.
        measure: how the scores are written.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    x: Floats
    y: Floats
    surfaces: tuple[Surface, ...]
    points: Floats
    labels: npt.NDArray[np.int64]
    measure: Measure


def collect(reading: Reading) -> BoundariesFigure:
    """Ask every method for its predictions on a grid."""
    dataset = reading.dataset
    if len(dataset.features) != 2:
        raise NotShownError(
            f"boundaries need data with 2 features, and {dataset.name} has {len(dataset.features)}"
        )
    methods = reading.need_methods()
    split = reading.first
    points = split.inputs[split.train].astype(np.float64)
    # a few far points must not shrink the picture
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    room = 0.18 * (high - low)
    x, y = (
        np.linspace(low[i] - room[i], high[i] + room[i], RESOLUTION, dtype=np.float64)
        for i in (0, 1)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    scores = {row.method: row.score for row in reading.answer.rows}
    surfaces = []
    for label in methods:
        numbers = tuple(reading.replicates[label][:REPLICATES])
        stacked = np.stack(
            [
                np.asarray(reading.study.probabilities(label, r, grid), np.float32).reshape(
                    RESOLUTION, RESOLUTION, -1
                )
                for r in numbers
            ]
        )
        surfaces.append(Surface(reading.name(label), scores[label], stacked, numbers))
    return BoundariesFigure(
        dataset.classes,
        dataset.features,
        x,
        y,
        tuple(surfaces),
        points,
        split.targets[split.train].astype(np.int64),
        reading.answer.measure,
    )


def caption(record: BoundariesFigure) -> str:
    """Say how to read the figure."""
    most = max(len(s.replicates) for s in record.surfaces)
    text = (
        "Colour: which class the network of replicate 0 predicts, the stronger the surer; "
        "the heavy line is where it is undecided, points are its training data."
    )
    if most > 1:
        text += " The thin lines are other replicates: the wider they spread, the more luck is in the boundary."
    return text


def alt(record: BoundariesFigure) -> str:
    """Describe the figure to those who do not see it."""
    names = ", ".join(s.method for s in record.surfaces)
    return f"Decision boundaries over the plane, one panel for each of: {names}."
