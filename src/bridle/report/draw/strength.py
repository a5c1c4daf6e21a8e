"""Draws validation scores over what each method was tuned by."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator

from bridle.report.draw.common import WIDTH, columns, new_figure, plain_log_axis, style, title
from bridle.report.figures.strength import StrengthFigure, Tuning
from bridle.report.palette import FAINT, Appearance, looks


def draw(record: StrengthFigure) -> Figure:
    """Draw one panel for each method, scores on a common axis."""
    panels = len(record.tunings)
    across = columns(panels)
    down = -(-panels // across)
    with style():
        figure = new_figure(WIDTH if across > 2 else 4.2 * across, 0.2 + 2.45 * down)
        grid: Any = figure.subplots(down, across, sharey=True, squeeze=False)
        shown = looks(tuning.method for tuning in record.tunings)
        for i, tuning in enumerate(record.tunings):
            axes = grid.flat[i]
            _panel(axes, record, tuning, shown[tuning.method])
            title(axes, tuning.method, shown[tuning.method], width=24)
            if i % across == 0:
                unit = f" ({record.unit})" if record.unit else ""
                axes.set_ylabel(f"validation {record.metric}{unit}")
        for axes in grid.flat[panels:]:
            axes.set_visible(False)
        grid[0, 0].set_ylim(*_limits(record))
        grid[0, 0].yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    return figure


def _panel(axes: Axes, record: StrengthFigure, t: Tuning, look: Appearance) -> None:
    shade, factor = look.color, record.factor
    if np.isfinite(record.reference):
        axes.axhline(factor * record.reference, color=FAINT, lw=1.5, zorder=1)
    if record.replicates > 1 and not t.ticks:
        axes.fill_between(
            t.x, factor * t.low, factor * t.high, color=shade, alpha=0.16, lw=0, zorder=2
        )
    elif record.replicates > 1:
        axes.vlines(t.x, factor * t.low, factor * t.high, color=shade, alpha=0.4, lw=2.5, zorder=2)
    if not t.ticks:
        axes.plot(t.x, factor * t.mean, color=shade, lw=1.7, ls=look.dash, zorder=3)
    for face, which in ((shade, ~t.added), ("white", t.added)):
        axes.plot(
            t.x[which],
            factor * t.mean[which],
            look.marker,
            ms=4.6,
            color=shade,
            mfc=face,
            zorder=3,
        )
    if t.edge:
        end = -1 if t.edge > 0 else 0
        axes.axvline(float(t.x[end]), color=shade, lw=1, ls=":", zorder=1)
        axes.annotate(
            "edge →" if t.edge > 0 else "← edge",
            (float(t.x[end]), 0.03),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-4 * t.edge, 0),
            textcoords="offset points",
            ha="right" if t.edge > 0 else "left",
            color=look.text,
            fontsize=8.5,
        )
    total = max(int(t.chosen.sum()), 1)
    there = t.chosen > 0
    axes.scatter(
        t.x[there],
        factor * t.mean[there],
        s=50 + 260 * t.chosen[there] / total,
        facecolors="none",
        edgecolors=shade,
        linewidths=1.5,
        zorder=4,
    )
    axes.set_xlabel(t.axis)
    if t.ticks:
        axes.set_xticks(t.x, list(t.ticks), fontsize=7.5 if len(t.x) > 5 else 8.5)
        axes.set_xlim(t.x[0] - 0.6, t.x[-1] + 0.6)
    elif t.log:
        axes.set_xscale("log")
        axes.set_xlim(t.x[0] / 1.6, t.x[-1] * 1.6)
        decades = np.log10(t.x[-1] / t.x[0])
        axes.xaxis.set_major_locator(
            LogLocator(numticks=5)
            if decades >= 1.9
            else FixedLocator(list(t.x[:: max(len(t.x) // 4, 1)]))
        )
        plain_log_axis(axes.xaxis)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        room = 0.09 * float(t.x[-1] - t.x[0]) or 0.5
        axes.set_xlim(t.x[0] - room, t.x[-1] + room)


def _limits(record: StrengthFigure) -> tuple[float, float]:
    """Return an axis for the scores that settings gone wrong do not flatten; never shorter than half of all."""
    factor = -record.factor if record.lower else record.factor
    means = factor * np.concatenate([t.mean for t in record.tunings])
    lows = factor * np.concatenate([t.high if record.lower else t.low for t in record.tunings])
    highs = factor * np.concatenate([t.low if record.lower else t.high for t in record.tunings])
    means, lows, highs = (v[np.isfinite(v)] for v in (means, lows, highs))
    if not len(means):
        return 0.0, 1.0
    top = float(highs.max())
    middle = float(np.median(means))
    bottom = max(float(lows.min()), middle - 4 * max(top - middle, 0.02 * abs(middle)))
    room = 0.06 * max(top - bottom, 1e-6)
    return (-top - room, room - bottom) if record.lower else (bottom - room, top + room)
