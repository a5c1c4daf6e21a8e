"""Draws predicted against true values as small multiples."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bridle.report.draw.common import WIDTH, columns, new_figure, plain_ticks, style, title
from bridle.report.figures.predictions import PredictionPanel, PredictionsFigure, TargetRow
from bridle.report.palette import GREY, Appearance, looks


def draw(record: PredictionsFigure) -> Figure:
    """Draw one panel for each method and target; panels of a target share their axes."""
    several = len(record.rows) > 1
    panels = [(row, panel) for row in record.rows for panel in row.panels]
    across = len(record.rows[0].panels) if several else columns(len(panels))
    down = -(-len(panels) // across)
    shown = looks(panel.method for _, panel in panels)
    with style():
        figure = new_figure(min(WIDTH, 3.3 * across), 0.2 + 3.1 * down)
        grid: Any = figure.subplots(down, across, squeeze=False)
        for i, (row, panel) in enumerate(panels):
            axes = grid.flat[i]
            look = shown[panel.method]
            _panel(axes, row, panel, look)
            title(axes, panel.method, look, panel.error, 16)
            if i % across == 0:
                axes.set_ylabel(f"predicted {row.target}")
            else:
                axes.tick_params(labelleft=False)
            if several or i + across >= len(panels):
                axes.set_xlabel(f"true {row.target}")
            else:
                axes.tick_params(labelbottom=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
    return figure


def _panel(axes: Axes, row: TargetRow, panel: PredictionPanel, look: Appearance) -> None:
    ends = [row.low, row.high]
    axes.plot(ends, ends, color=GREY, lw=1, zorder=2)
    x, y = (np.clip(own, row.low, row.high) for own in (panel.true, panel.predicted))
    inside = (x == panel.true) & (y == panel.predicted)
    size = float(np.clip(4000 / max(len(x), 1), 6, 22))
    axes.scatter(x[inside], y[inside], s=size, color=look.color, alpha=0.45, linewidths=0, zorder=3)
    axes.scatter(
        x[~inside], y[~inside], s=2 * size, color=look.color, marker="^", clip_on=False, zorder=4
    )
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(FuncFormatter(plain_ticks))
