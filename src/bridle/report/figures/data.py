"""`data`: the examples: points of the plane, sample images, or the balance of classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.numbers import listed, many
from bridle.report.figures.base import StudyReading
from bridle.statistics.checks import Floats

POINTS = 1500
"""Maximum number of points of a part that are drawn."""

SAMPLES = 8
"""Maximum number of images of a class that are shown."""


@dataclass(frozen=True)
class SplitPart:
    """The examples of one part of the split.

    Attributes:
        title: training, validation or test.
        size: number of examples.
        points: [n, 2] the drawn examples, in raw units; [0, 2] if examples are not points of the plane.
        labels: [n] their classes.
        counts: [classes] number of examples of each class, of all in the part.
    """

    title: str
    size: int
    points: Floats
    labels: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class DataFigure:
    """The data of replicate 0.

    Attributes:
        name: of the data set.
        classes: their names.
        features: names of the inputs.
        parts: training, validation, test.
        images: [classes, samples, height, width] or with channels, from 0 to 1; None for other data.
    """

    name: str
    classes: tuple[str, ...]
    features: tuple[str, ...]
    parts: tuple[SplitPart, ...]
    images: Floats | None

    @property
    def plane(self) -> bool:
        """Whether examples are points of the plane."""
        return len(self.features) == 2


def collect(reading: StudyReading) -> DataFigure:
    """Gather the data of replicate 0."""
    dataset, split = reading.dataset, reading.first
    plane = len(dataset.features) == 2
    parts = []
    for title, rows in (
        ("training", split.train),
        ("validation", split.validation),
        ("test", split.test),
    ):
        drawn = rows[:POINTS] if plane else rows[:0]
        points = split.inputs[drawn].astype(np.float64) if plane else np.empty((0, 2))
        parts.append(
            SplitPart(
                title,
                len(rows),
                points,
                split.targets[drawn].astype(np.int64),
                np.bincount(split.targets[rows], minlength=len(dataset.classes)),
            )
        )
    return DataFigure(
        dataset.name, dataset.classes, dataset.features, tuple(parts), _images(reading)
    )


def _images(reading: StudyReading) -> Floats | None:
    """Return the first training images of every class, scaled to 0 to 1 together."""
    shape = reading.dataset.shape
    if len(shape) not in (2, 3):
        return None
    split, classes = reading.first, len(reading.dataset.classes)
    labels = split.targets[split.train]
    rows = [split.train[labels == k][:SAMPLES] for k in range(classes)]
    fewest = min(len(found) for found in rows)
    if not fewest:
        return None
    chosen = np.stack([found[:fewest] for found in rows])
    images = split.inputs[chosen].astype(np.float64)
    low, high = float(images.min()), float(images.max())
    return np.asarray((images - low).reshape(classes, fewest, *shape) / max(high - low, 1e-12))


def caption(record: DataFigure) -> str:
    """Say how to read the figure."""
    if record.images is not None:
        return (
            f"Training images of each class (left), and how many examples of each class every part holds "
            f"(right); replicate 0 of {record.name}."
        )
    if record.plane:
        shown = [f"{p.size:,} {p.title}" for p in record.parts]
        return f"Replicate 0 of {record.name}: {listed(shown)} points, coloured by class" + (
            f" (at most {POINTS:,} drawn)." if any(p.size > POINTS for p in record.parts) else "."
        )
    return f"How many examples of each class every part of replicate 0 of {record.name} holds."


def alt(record: DataFigure) -> str:
    """Describe the figure to those who do not see it."""
    shown = [f"{p.size:,} {p.title}" for p in record.parts]
    kind = "Sample images" if record.images is not None else "Scatter plots"
    if record.images is None and not record.plane:
        kind = "Bar charts"
    return f"{kind} of {record.name}: {many(len(record.classes), 'class', 'classes')}, {listed(shown)} examples."
