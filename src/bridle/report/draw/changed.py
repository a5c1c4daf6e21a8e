"""Draws the test images that methods change most, a row for each method."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.report.draw.common import WIDTH, bare, new_figure, style, title
from bridle.report.figures.changed import SHOWN, ChangedFigure, Example
from bridle.report.palette import VERDICTS, looks

_LONG = 12
"""Maximum number of characters below an image."""


def draw(record: ChangedFigure) -> Figure:
    """Draw one row of images for each method: better at the left, worse at the right."""
    across = 2 * SHOWN
    with style():
        figure = new_figure(WIDTH, 0.1 + 1.45 * len(record.methods))
        grid: Any = figure.subplots(len(record.methods), across, squeeze=False)
        shown = looks(one.method for one in record.methods)
        for row, one in zip(grid, record.methods, strict=True):
            for axes in row:
                bare(axes)
            # the surest mistakes of the baseline stand where the gains of others do
            left, right = (one.better, one.worse) if one.better else (one.worse, ())
            for axes, example in zip(row[:SHOWN], left, strict=False):
                _image(axes, example, VERDICTS["helps" if one.better else "undecided"])
            for axes, example in zip(row[SHOWN:], right, strict=False):
                _image(axes, example, VERDICTS["hurts"])
            title(row[0], one.method, shown[one.method], width=40)
    return figure


def _image(axes: Axes, example: Example, color: str) -> None:
    picture = example.image if example.image.ndim == 3 else 1 - example.image
    axes.imshow(picture.squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    before = f"{_short(example.before)}→" if example.before else ""
    axes.text(
        0.5,
        -0.06,
        f"{_short(example.true)}: {before}{_short(example.after)}",
        transform=axes.transAxes,
        ha="center",
        va="top",
        fontsize=8.5,
        color=color,
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONG else f"{name[: _LONG - 1]}…"
