"""Draws the data: scatter plots, sample images, or bars for the classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.figures.data import DataFigure
from bridle.report.palette import class_colors

_LONG = 24
"""Maximum number of characters of a class's name."""

_PARTS = ("#3A5A8C", "#8CA3C4", "#C9CDD2")


def draw(record: DataFigure) -> Figure:
    """Draw what suits the data."""
    with style():
        if record.plane:
            return _plane(record)
        if record.images is not None:
            return _images(record)
        figure = new_figure(WIDTH * 0.8, _bars_height(record))
        _balance(figure.add_subplot(), record)
        return figure


def _plane(record: DataFigure) -> Figure:
    figure = new_figure(WIDTH, 4.1)
    panels: Any = figure.subplots(1, 3, sharex=True, sharey=True, squeeze=False)[0]
    shades = class_colors(len(record.classes))
    for axes, part in zip(panels, record.parts, strict=True):
        size = float(np.clip(9000 / max(len(part.points), 1), 5, 22))
        axes.scatter(
            part.points[:, 0],
            part.points[:, 1],
            s=size,
            c=[shades[k] for k in part.labels],
            alpha=0.75,
            linewidths=0,
        )
        axes.set_title(part.title)
        count = f"{part.size:,}"
        if len(part.points) < part.size:
            count = f"{len(part.points):,} of {count} shown"
        axes.set_title(count, loc="right", fontsize=8.5, fontweight="normal", color="#5b6168")
        axes.set_xlabel(record.features[0])
    panels[0].set_ylabel(record.features[1])
    handles = [
        panels[0].scatter([], [], s=26, color=shade, label=name)
        for shade, name in zip(shades, record.classes, strict=True)
    ]
    if len(handles) <= 12:
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 6))
    return figure


def _images(record: DataFigure) -> Figure:
    assert record.images is not None
    classes, samples = record.images.shape[:2]
    rows = min(classes, 20)
    figure = new_figure(WIDTH, max(_bars_height(record), 0.42 * rows + 0.5))
    left, right = figure.subplots(
        1, 2, width_ratios=(samples * 0.42 * 1.25, WIDTH - samples * 0.42 * 1.9)
    )
    images = record.images[:rows]
    height, width = images.shape[2:4]
    room = max(round(0.08 * height), 1)
    sheet = np.ones(
        (rows * (height + room) - room, samples * (width + room) - room, *images.shape[4:])
    )
    for i in range(rows):
        for j in range(samples):
            top, start = i * (height + room), j * (width + room)
            image = images[i, j]
            sheet[top : top + height, start : start + width] = (
                image if image.ndim == 3 else 1 - image
            )
    left.imshow(sheet.squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    left.grid(visible=False)
    for side in ("left", "bottom"):
        left.spines[side].set_visible(False)
    left.set_xticks([])
    centers = np.arange(rows) * (height + room) + height / 2
    left.set_yticks(centers, [str(name) for name in record.classes[:rows]])
    left.tick_params(length=0)
    left.set_title("training images")
    _balance(right, record)
    return figure


def _balance(axes: Axes, record: DataFigure) -> None:
    """Draw the examples of each class in each part, stacked."""
    classes = len(record.classes)
    start = np.zeros(classes)
    places = np.arange(classes)
    for part, shade in zip(record.parts, _PARTS, strict=True):
        axes.barh(
            places,
            part.counts,
            left=start,
            color=shade,
            height=0.74,
            label=f"{part.title} {part.size:,}",
        )
        start += part.counts
    axes.set_yticks(places, [_short(str(name)) for name in record.classes])
    axes.set_ylim(classes - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("examples")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=3,
        borderaxespad=0.2,
        handlelength=1,
        columnspacing=1.2,
        handletextpad=0.5,
        borderpad=0.2,
    )


def _short(name: str) -> str:
    """Return a class's name for an axis: a long one must not push the bars out of sight."""
    return name if len(name) <= _LONG else f"{name[: _LONG - 1]}…"


def _bars_height(record: DataFigure) -> float:
    return 1.3 + 0.3 * min(len(record.classes), 40)
