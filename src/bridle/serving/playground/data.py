"""The points of the playground: made by the formulas of Bridle's data sets, or clicked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, Defaults, Integers, Sizes, Split
from bridle.data.generated import (
    Curve,
    Points,
    circles_curve,
    class_counts,
    moons_curve,
    sample,
    spirals_curve,
)
from bridle.data.preprocessing import standardize
from bridle.data.randomness import generator
from bridle.report.figures.planes import Plane, reach
from bridle.serving.playground.settings import OWN, Settings
from bridle.statistics.checks import Floats
from bridle.tasks import Classification

TEST = 1000
"""Number of fresh points that networks are tested on."""

SIDE = 40
"""Number of grid points along each axis of the plane."""

_REACH = 1.5
"""Own points lie between minus and plus this."""


def blobs_curve(
    counts: list[int], arguments: Mapping[str, Any], random: np.random.Generator
) -> Points:
    """Return the centres of four blobs, of which opposite ones share a class, [sum(counts), 2]."""
    centres = np.array([[[-1, -1], [1, 1]], [[-1, 1], [1, -1]]], float)
    return np.concatenate([centres[label][np.arange(n) % 2] for label, n in enumerate(counts)])


_CURVES: Mapping[str, Curve] = {
    "moons": moons_curve,
    "circles": circles_curve,
    "spirals": spirals_curve,
    "blobs": blobs_curve,
}


@dataclass(frozen=True, eq=False)
class Played:
    """What the populations of some settings train on, and what they are asked.

    Attributes:
        dataset: its split is the same for every network.
        plane: over which boundaries are drawn, with the training points, or all own points.
        grid: positions of the plane's examples, row by row along y.
        test: positions of the points that networks are tested on.
        train: positions of the training points.
        flipped: which of the training points have a wrong label.
    """

    dataset: Dataset
    plane: Plane
    grid: Integers
    test: Integers
    train: Integers
    flipped: np.ndarray


def played(settings: Settings) -> Played:
    """Return the points of some settings.

    Raises:
        UserError: own points are too few.
    """
    parts = _own(settings) if settings.data == OWN else _made(settings)
    points, labels = (np.concatenate(found) for found in zip(*parts, strict=True))
    ends = np.cumsum([len(found) for found, _ in parts])
    train, validation, test = (
        np.arange(end - len(found), end, dtype=np.int32)
        for end, (found, _) in zip(ends, parts, strict=True)
    )
    wrong = round(settings.wrong * len(train))
    flipped = generator(settings.seed, 0, "wrong").permutation(len(train)) < wrong
    labels[train[flipped]] = 1 - labels[train[flipped]]
    line = np.linspace(-_REACH, _REACH, SIDE)
    x, y = (line, line) if settings.data == OWN else reach(points[train], SIDE)
    every = np.concatenate([points, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)])
    grid = np.arange(len(points), len(every), dtype=np.int32)
    # nobody is trained or tested on the plane's own examples, so their labels mean nothing
    labels = np.concatenate([labels, np.zeros(len(grid), np.int32)])
    inputs = every.astype(np.float32)
    split = Split(inputs, labels, train, validation, test, *standardize(inputs, train))
    dataset = Dataset(
        spec=f"playground({settings})",
        name="playground",
        task=Classification(("purple", "green")),
        features=("x1", "x2"),
        shape=(2,),
        design="fixed_test",
        defaults=Defaults(settings.widths, settings.activation, 32, settings.epochs, settings.rate),
        sizes=Sizes(len(train), len(validation), len(test)),
        shared=True,
        draw=lambda number, seed: split,
    )
    # of own points those that are held out are shown too: whoever clicked them looks for them
    shown = np.arange(len(points)) if settings.data == OWN else train
    plane = Plane(("x1", "x2"), x, y, points[shown], labels[shown].astype(np.int64))
    return Played(dataset, plane, grid, test, train, flipped)


_Part = tuple[Floats, np.ndarray]


def _made(settings: Settings) -> list[_Part]:
    """Return training, validation and test points with their classes, from separate draws."""
    arguments = {"noise": settings.noise, "factor": 0.5, "turns": 1.5}
    return [
        sample(
            _CURVES[settings.data], class_counts(n, 2), arguments, generator(settings.seed, 0, name)
        )
        for name, n in (("train", settings.n), ("validation", settings.n), ("test", TEST))
    ]


def _own(settings: Settings) -> list[_Part]:
    """Return own points: of every four of a class, two to train on, one for validation and one for tests."""
    clicked = settings.clicked()
    points = np.array([(x, y) for x, y, _ in clicked])
    labels = np.array([label for *_, label in clicked], np.int32)
    place = np.zeros(len(labels), int)
    for label in (0, 1):
        place[labels == label] = np.arange((labels == label).sum()) % 4
    return [(points[own], labels[own]) for own in (place < 2, place == 2, place == 3)]
