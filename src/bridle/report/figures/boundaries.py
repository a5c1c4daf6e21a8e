"""`boundaries`: what every method predicts over the plane, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.numbers import listed
from bridle.report.figures.base import NotShownError, StudyReading, need_methods
from bridle.statistics.checks import Floats
from bridle.verdict.answer import Answer
from bridle.verdict.measure import Measure

RESOLUTION = 140
"""Grid points along each axis."""

REPLICATES = 6
"""Maximum number of replicates drawn for a method."""


@dataclass(frozen=True)
class Surface:
    """What one method predicts.

    Attributes:
        method: its name, as tables write it.
        scores: test score of every network, in the order of `replicates`.
        probabilities: [replicates, resolution, resolution, classes] float32, rows along y.
        replicates: their numbers; the first is drawn as a filled surface, the others as lines.
    """

    method: str
    scores: tuple[float, ...]
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
        replicate: the replicate of the filled surfaces and of the training points.
        absent: methods without a result in it, which have no panel.
        examples: for every replicate drawn, its training points [n, 2] and their classes [n].
        measure: how the scores are written.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    x: Floats
    y: Floats
    surfaces: tuple[Surface, ...]
    replicate: int
    absent: tuple[str, ...]
    examples: dict[int, tuple[Floats, npt.NDArray[np.int64]]]
    measure: Measure


def collect(reading: StudyReading) -> BoundariesFigure:
    """Ask every method for its predictions on a grid."""
    dataset = reading.dataset
    if len(dataset.features) != 2:
        raise NotShownError(
            f"boundaries need data with 2 features, and {dataset.name} has {len(dataset.features)}"
        )
    replicate, methods = _shared(reading.answer)
    points, _ = _trained_on(reading, replicate)
    # percentiles, so that a few far points do not shrink the picture
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    room = 0.18 * (high - low)
    x, y = (
        np.linspace(low[i] - room[i], high[i] + room[i], RESOLUTION, dtype=np.float64)
        for i in (0, 1)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    evidence = reading.answer.evidence
    surfaces = []
    for label in methods:
        others = [r for r in evidence.done(label) if r != replicate]
        numbers = (replicate, *others[: REPLICATES - 1])
        stacked = np.stack(
            [
                np.asarray(reading.study.probabilities(label, r, grid), np.float32).reshape(
                    RESOLUTION, RESOLUTION, -1
                )
                for r in numbers
            ]
        )
        scores = tuple(evidence.sign * float(evidence.scores[label][r]) for r in numbers)
        surfaces.append(Surface(reading.name(label), scores, stacked, numbers))
    drawn = sorted({r for s in surfaces for r in s.replicates}, key=lambda r: (r != replicate, r))
    return BoundariesFigure(
        dataset.classes,
        dataset.features,
        x,
        y,
        tuple(surfaces),
        replicate,
        tuple(map(reading.name, (m for m in reading.answer.with_results if m not in methods))),
        {r: _trained_on(reading, r) for r in drawn},
        reading.answer.measure,
    )


def _trained_on(reading: StudyReading, replicate: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the training points of a replicate and their classes."""
    split = reading.dataset.replicate(replicate, reading.plan.seed)
    return split.inputs[split.train].astype(np.float64), split.targets[split.train].astype(np.int64)


def _shared(answer: Answer) -> tuple[int, list[str]]:
    """Return the first replicate in which most methods have a result, and these methods.

    So all panels show networks that were trained and tested on the same examples.
    """
    methods = need_methods(answer)
    have = {label: set(answer.evidence.done(label)) for label in methods}
    every = sorted(set().union(*have.values()))
    replicate = max(every, key=lambda r: (sum(r in own for own in have.values()), -r))
    return replicate, [label for label in methods if replicate in have[label]]


def caption(record: BoundariesFigure) -> str:
    """Say how to read the figure."""
    most = max(len(s.replicates) for s in record.surfaces)
    text = (
        f"Colour: which class the network of replicate {record.replicate} predicts, the stronger the surer; "
        "the heavy line is where it is undecided, points are its training data, the number is its own "
        "test score."
    )
    if most > 1:
        text += " The thin lines are other replicates: the wider they spread, the more luck is in the boundary."
    if record.absent:
        text += f" Without a result in this replicate: {listed(record.absent)}."
    return text


def alt(record: BoundariesFigure) -> str:
    """Describe the figure to those who do not see it."""
    names = ", ".join(s.method for s in record.surfaces)
    return f"Decision boundaries over the plane, one panel for each of: {names}."
