"""Draws decision boundaries as small multiples."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from bridle.report.draw.common import WIDTH, columns, new_figure, style, title
from bridle.report.figures.boundaries import BoundariesFigure, Surface
from bridle.report.palette import INK, class_colors, looks

LEVELS = 10
"""Steps of colour from a guess to certainty."""


def draw(record: BoundariesFigure) -> Figure:
    """Draw one panel for each method, all over the same plane."""
    panels = len(record.surfaces)
    across = columns(panels)
    down = -(-panels // across)
    side = WIDTH / max(across, 2)
    ratio = float(np.ptp(record.y) / np.ptp(record.x))
    height = min(max(side * ratio, 0.75 * side), 1.15 * side)
    with style():
        figure = new_figure(side * across, 0.35 + (height + 0.2) * down)
        grid: Any = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        shades = class_colors(len(record.classes))
        shown = looks(surface.method for surface in record.surfaces)
        for axes, surface in zip(grid.flat, record.surfaces, strict=False):
            _panel(axes, record, surface, shades)
            score = record.measure.score(surface.scores[0])
            title(axes, surface.method, shown[surface.method], score, 18)
        for axes in grid.flat[panels:]:
            axes.set_visible(False)
        figure.supxlabel(record.features[0], fontsize=9.5)
        figure.supylabel(record.features[1], fontsize=9.5)
        for i in range(panels - across, panels):
            if i >= 0:
                grid.flat[i].tick_params(labelbottom=True)
    return figure


def _panel(axes: Axes, record: BoundariesFigure, surface: Surface, shades: list[str]) -> None:
    extent = (record.x[0], record.x[-1], record.y[0], record.y[-1])
    axes.imshow(
        painted(finer(surface.probabilities[0]), shades),
        extent=extent,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        zorder=0,
    )
    axes.grid(visible=False)
    for probabilities in surface.probabilities[1:]:
        _lines(axes, record, probabilities, 0.7, 0.38)
    points, labels = record.examples[record.replicate]
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=float(np.clip(3000 / len(points), 3, 14)),
        c=[shades[k] for k in labels],
        linewidths=0.35,
        edgecolors="white",
        zorder=3,
    )
    _lines(axes, record, surface.probabilities[0], 1.9, 1.0)
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])


def finer(probabilities: npt.NDArray[np.float32], factor: int = 4) -> npt.NDArray[np.float32]:
    """Return probabilities [rows, columns, classes] on a finer grid, interpolated linearly."""
    result = probabilities
    for axis in (0, 1):
        n = result.shape[axis]
        places = np.linspace(0, n - 1, factor * n)
        below = np.minimum(places.astype(int), n - 2)
        share = (places - below).astype(np.float32)
        share = share.reshape([-1 if i == axis else 1 for i in range(3)])
        result = (
            np.take(result, below, axis) * (1 - share) + np.take(result, below + 1, axis) * share
        )
    return result


def painted(probabilities: npt.NDArray[np.float32], shades: list[str]) -> npt.NDArray[np.float64]:
    """Return RGB colours [..., 3]: that of the likeliest class, in steps towards white the less sure it is."""
    classes = probabilities.shape[-1]
    surety = (probabilities.max(axis=-1) - 1 / classes) / (1 - 1 / classes)
    steps = np.ceil(np.clip(surety, 0, 1) * LEVELS).astype(np.intp)
    strengths = 0.08 + 0.5 * np.arange(LEVELS + 1) / LEVELS
    whiter = 1 - strengths[:, None] * (1 - np.array([to_rgb(shade) for shade in shades]))[:, None]
    return np.asarray(whiter[probabilities.argmax(axis=-1), steps])


def _lines(
    axes: Axes,
    record: BoundariesFigure,
    probabilities: npt.NDArray[np.float32],
    width: float,
    alpha: float,
) -> None:
    """Draw where the likeliest class changes."""
    classes = probabilities.shape[-1]
    for k in range(1 if classes == 2 else classes):
        others = np.delete(probabilities, k, axis=-1).max(axis=-1)
        ahead = probabilities[..., k] - others
        if ahead.min() < 0 < ahead.max():
            axes.contour(
                record.x,
                record.y,
                ahead,
                levels=[0.0],
                colors=INK,
                linewidths=width,
                alpha=alpha,
                zorder=2,
            )
