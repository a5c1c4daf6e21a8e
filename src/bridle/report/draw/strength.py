"""Draws validation scores at every setting that was tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator

from bridle.report.draw import surfaces
from bridle.report.draw.common import WIDTH, columns, new_figure, plain_log_axis, style, title
from bridle.report.figures.strength import JointTuning, StrengthFigure, Tuning
from bridle.report.palette import FAINT, Appearance, looks


def draw(record: StrengthFigure) -> Figure:
    """Draw one panel for each method: lines on a common axis, then squares on a common scale."""
    lines, squares = len(record.tunings), len(record.surfaces)
    across = columns(max(lines, squares))
    rows = (-(-lines // across), -(-squares // across))
    with style():
        figure = new_figure(WIDTH if across > 2 else 4.2 * across, 0.2 + 2.45 * sum(rows))
        grid: Any = figure.subplots(sum(rows), across, squeeze=False)
        methods = [t.method for t in record.tunings] + [s.method for s in record.surfaces]
        shown = looks(methods)
        unit = f" ({record.unit})" if record.unit else ""
        upper, lower = grid[: rows[0]].flat, grid[rows[0] :].flat
        for i, (axes, tuning) in enumerate(zip(upper, record.tunings, strict=False)):
            _panel(axes, record, tuning, shown[tuning.method])
            title(axes, tuning.method, shown[tuning.method], width=24)
            axes.set_ylim(*_limits(record, record.tunings))
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            if i % across == 0:
                axes.set_ylabel(f"validation {record.metric}{unit}")
            else:
                axes.tick_params(labelleft=False)
        colors = surfaces.scale(record, _limits(record, record.surfaces))
        for axes, surface in zip(lower, record.surfaces, strict=False):
            surfaces.panel(axes, record, surface, shown[surface.method], colors)
            title(axes, surface.method, shown[surface.method], width=24)
        if squares:
            bar = figure.colorbar(colors, ax=list(grid[rows[0] :].flat), aspect=30, pad=0.015)
            bar.set_label(f"validation {record.metric}{unit}")
            bar.outline.set_visible(False)
        for axes in [*upper[lines:], *lower[squares:]]:
            axes.set_visible(False)
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
            else FixedLocator([t.x[0], t.x[(len(t.x) - 1) // 2], t.x[-1]])
        )
        plain_log_axis(axes.xaxis)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        room = 0.09 * float(t.x[-1] - t.x[0]) or 0.5
        axes.set_xlim(t.x[0] - room, t.x[-1] + room)


def _limits(record: StrengthFigure, shapes: Sequence[Tuning | JointTuning]) -> tuple[float, float]:
    """Return the limits of the axis of scores. At least half of the scores lie within; very bad ones may not."""
    factor = -record.factor if record.lower else record.factor
    spread = [
        (s.mean, s.low, s.high) if isinstance(s, Tuning) else (s.mean.ravel(),) * 3 for s in shapes
    ]
    if not spread:
        return 0.0, 1.0
    means, ends, others = (factor * np.concatenate(parts) for parts in zip(*spread, strict=True))
    lows, highs = (others, ends) if record.lower else (ends, others)
    means, lows, highs = (v[np.isfinite(v)] for v in (means, lows, highs))
    if not len(means):
        return 0.0, 1.0
    top = float(highs.max())
    middle = float(np.median(means))
    bottom = max(float(lows.min()), middle - 4 * max(top - middle, 0.02 * abs(middle)))
    room = 0.06 * max(top - bottom, 1e-6)
    return (-top - room, room - bottom) if record.lower else (bottom - room, top + room)
