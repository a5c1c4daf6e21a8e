"""The plane over which boundaries are drawn: two features, or the two directions in which more features vary most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.data import Split
from bridle.statistics.checks import Floats

POINTS = 300
"""Maximum number of training examples that are drawn."""


@dataclass(frozen=True)
class Plane:
    """A plane through the training examples of a replicate.

    Attributes:
        axes: their names.
        x: [side] grid along the first axis.
        y: [side] along the second.
        points: [n, 2] the first training examples of the split, in the plane.
        labels: [n] their classes.
        share: the share of the training examples' variance that lies in the plane; 1 for data with two features.
    """

    axes: tuple[str, str]
    x: Floats
    y: Floats
    points: Floats
    labels: npt.NDArray[np.int64]
    share: float = 1.0


def plane(
    split: Split, features: tuple[str, ...], side: int
) -> tuple[Plane, npt.NDArray[np.float32]]:
    """Return the plane of a replicate's training examples, and the examples of its grid as a network sees them.

    The grid's examples are [side · side, features], row by row along y.

    Args:
        split: of the replicate.
        features: their names.
        side: grid points along each axis.
    """
    raw = split.inputs[split.train].astype(np.float64)
    labels = split.targets[split.train][:POINTS].astype(np.int64)
    if len(features) == 2:
        x, y = reach(raw, side)
        grid = split.prepared(
            np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
        )
        names = features[0], features[1]
        return Plane(names, x, y, raw[:POINTS], labels), grid.astype(np.float32)
    seen = split.prepared(raw.astype(np.float32)).astype(np.float64)
    middle = seen.mean(axis=0)
    # the principal axes, from the covariances: [d, d] is small where there are many examples
    values, vectors = np.linalg.eigh(np.cov(seen, rowvar=False))
    axes = vectors[:, :-3:-1].T
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    points = (seen - middle) @ axes.T
    x, y = reach(points, side)
    grid = middle + np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) @ axes
    share = float(values[-2:].sum() / max(values.sum(), 1e-300))
    names = "first principal axis", "second principal axis"
    return Plane(names, x, y, points[:POINTS], labels, share), grid.astype(np.float32)


def reach(points: Floats, side: int) -> tuple[Floats, Floats]:
    """Return a grid along both axes of points [n, 2]; a few far ones do not shrink the picture."""
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    room = 0.18 * (high - low)
    x, y = (np.linspace(low[i] - room[i], high[i] + room[i], side) for i in (0, 1))
    return x, y
