"""Draws confusion matrices as small multiples."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.report.draw.common import WIDTH, columns, new_figure, style, title
from bridle.report.figures.confusion import ConfusionFigure
from bridle.report.palette import looks

_NUMBERED = 12
"""Maximum number of classes whose squares have room for numbers."""
_LONG = 14
"""Maximum number of characters of a class's name on an axis."""


def draw(record: ConfusionFigure) -> Figure:
    """Draw one matrix for each method, in per cent of the true class."""
    panels = len(record.methods)
    across = columns(panels, 3)
    down = -(-panels // across)
    shown = looks(one.method for one in record.methods)
    with style():
        figure = new_figure(WIDTH if across > 2 else 4.2 * across, 0.3 + 3.6 * down)
        grid: Any = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for i, (axes, one) in enumerate(zip(grid.flat, record.methods, strict=False)):
            rows = one.counts.sum(axis=1, keepdims=True)
            _panel(axes, 100 * one.counts / np.maximum(rows, 1), record.classes)
            title(axes, one.method, shown[one.method])
            if i % across == 0:
                axes.set_ylabel("true class")
            if i + across >= panels:
                axes.set_xlabel("predicted class")
                axes.tick_params(labelbottom=True)
        for axes in grid.flat[panels:]:
            axes.set_visible(False)
    return figure


def _panel(axes: Axes, shares: np.ndarray, classes: tuple[str, ...]) -> None:
    size = len(classes)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    names = [name if len(name) <= _LONG else f"{name[: _LONG - 1]}…" for name in classes]
    turned = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(size), names, rotation=turned)
    axes.set_yticks(range(size), names)
    axes.grid(visible=False)
    for row in range(size if size <= _NUMBERED else 0):
        for column in range(size):
            share = shares[row, column]
            axes.text(
                column,
                row,
                f"{share:.0f}" if share >= 0.5 or not share else "<1",
                ha="center",
                va="center",
                fontsize=8 if size <= 6 else 6.5,
                color="white" if share > 55 else "#1f2328",
            )
