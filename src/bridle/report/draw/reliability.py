"""Draws reliability diagrams as small multiples."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.numbers import fixed
from bridle.report.draw.common import WIDTH, columns, new_figure, style, title
from bridle.report.figures.reliability import Reliability, ReliabilityFigure
from bridle.report.palette import FAINT, GREY, Appearance, looks

BARS = 0.2
"""The part of a panel's height that the most frequent bin's bar takes."""


def draw(record: ReliabilityFigure) -> Figure:
    """Draw one panel for each method, all on the same axes."""
    panels = len(record.methods)
    across = columns(panels)
    down = -(-panels // across)
    with style():
        figure = new_figure(WIDTH if across > 2 else 4.2 * across, 0.2 + 2.75 * down)
        grid: Any = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        shown = looks(own.method for own in record.methods)
        for i, own in enumerate(record.methods):
            axes = grid.flat[i]
            _panel(axes, record, own, shown[own.method])
            title(axes, own.method, shown[own.method], f"gap {fixed(100 * own.gap)}", 20)
            if i % across == 0:
                axes.set_ylabel("accuracy (%)")
            if i + across >= panels:
                axes.set_xlabel("confidence (%)")
                axes.tick_params(labelbottom=True)
        for axes in grid.flat[panels:]:
            axes.set_visible(False)
    return figure


def _panel(axes: Axes, record: ReliabilityFigure, own: Reliability, look: Appearance) -> None:
    edges, shade, low = 100 * record.edges, look.color, 100 * record.bottom
    axes.bar(
        edges[:-1],
        BARS * (100 - low) * own.share / own.share.max(),
        bottom=low,
        width=np.diff(edges),
        align="edge",
        color=shade,
        alpha=0.22,
        lw=0,
        zorder=1,
    )
    axes.plot([0, 100], [0, 100], color=GREY, lw=1, zorder=2)
    baseline = record.baseline
    if baseline is not None and baseline is not own:
        axes.plot(
            100 * baseline.confidence, 100 * baseline.accuracy, color=FAINT, lw=1.6, zorder=2.5
        )
    x, y = 100 * own.confidence, 100 * own.accuracy
    axes.vlines(x, 100 * own.low, 100 * own.high, color=shade, alpha=0.5, lw=2.4, zorder=3)
    axes.plot(
        x,
        y,
        marker=look.marker,
        ls=look.dash,
        color=shade,
        ms=4.6,
        lw=1.5,
        zorder=4,
        clip_on=False,
    )
    axes.set_xlim(edges[0], 100)
    axes.set_ylim(low, 100)
