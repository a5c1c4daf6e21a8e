"""Draws learning curves: for every method a panel of losses, and below it one of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bridle.report.draw.common import WIDTH, columns, new_figure, plain_log_axis, style, title
from bridle.report.figures.curves import Curves, CurvesFigure
from bridle.report.palette import GREY, Appearance, looks
from bridle.study.plan import BASELINE

_MOST = 5
SHADE = "#9097A0"


def draw(record: CurvesFigure) -> Figure:
    """Draw losses and scores as small multiples on common axes."""
    panels = len(record.curves)
    across = columns(panels, _MOST)
    blocks = -(-panels // across)
    with style():
        figure = new_figure(WIDTH if across > 2 else 4.2 * across, 0.5 + 3.6 * blocks)
        grid: Any = figure.subplots(2 * blocks, across, sharex=True, squeeze=False)
        shown = looks(curves.method for curves in record.curves)
        for i, curves in enumerate(record.curves):
            look = shown[curves.method]
            row, column = 2 * (i // across), i % across
            upper, lower = grid[row, column], grid[row + 1, column]
            for axes, quantity in ((upper, "loss"), (lower, "score")):
                _panel(axes, record, curves, quantity, look)
            title(upper, curves.method, look, width=20)
            if curves.undertrained:
                _mark(lower, look)
            for axes in (upper, lower):
                axes.tick_params(labelleft=column == 0, labelbottom=axes is lower)
            if column == 0:
                upper.set_ylabel("loss")
                unit = f" ({record.unit})" if record.unit else ""
                lower.set_ylabel(f"{record.metric}{unit}")
            lower.set_xlabel("epoch")
        for i in range(panels, blocks * across):
            for k in (0, 1):
                grid[2 * (i // across) + k, i % across].set_visible(False)
        _scales(record, grid, panels, across)
        _legend(figure, record)
    return figure


def _panel(
    axes: Axes, record: CurvesFigure, curves: Curves, quantity: str, look: Appearance
) -> None:
    factor = record.factor if quantity == "score" else 1.0
    baseline = record.baseline
    if baseline is not None and curves.method != BASELINE:
        grey = baseline.bands["val", quantity]
        axes.plot(grey.epochs, factor * grey.mean, color=SHADE, lw=1.5, zorder=2.5)
    shade = look.color
    for part, dash, alpha in (("train", (0, (4, 1.6)), 0.1), ("val", "-", 0.2)):
        b = curves.bands[part, quantity]
        alone = len(b.epochs) == 1
        axes.plot(
            b.epochs,
            factor * b.mean,
            color=shade,
            lw=1.7,
            ls=dash,
            zorder=3,
            marker=look.marker if alone or part == "val" else "",
            markevery=_marked(len(b.epochs)),
            ms=4,
        )
        if curves.replicates > 1:
            axes.fill_between(
                b.epochs, factor * b.low, factor * b.high, color=shade, alpha=alpha, lw=0, zorder=2
            )
    if len(curves.best):
        axes.plot(
            curves.best,
            np.zeros(len(curves.best)),
            "|",
            color=shade,
            ms=9,
            mew=1.5,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            zorder=4,
        )


def _mark(axes: Axes, look: Appearance) -> None:
    """Write below the end of the curves that they are still improving."""
    axes.text(
        0.98,
        0.03,
        "still improving →",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=8,
        color=look.color,
        fontweight="bold",
        zorder=5,
    )


def _marked(epochs: int) -> list[int]:
    """Return which epochs have a marker: about five, the last one among them."""
    every = max(-(-epochs // 5), 1)
    return list(range((epochs - 1) % every, epochs, every))


def _scales(record: CurvesFigure, grid: Any, panels: int, across: int) -> None:
    """Set one axis for all losses and one for all scores, on which a few extreme values have no influence."""
    for k, quantity in ((0, "loss"), (1, "score")):
        factor = record.factor if quantity == "score" else 1.0
        bands = [c.bands[part, quantity] for c in record.curves for part in ("train", "val")]
        means = factor * np.concatenate([b.mean for b in bands])
        means = means[np.isfinite(means)]
        log = quantity == "loss" and record.log_loss
        if log:
            means = means[means > 0]
        if not len(means):
            continue
        low, high = float(means.min()), float(means.max())
        if quantity == "score":  # the first epochs may start low
            low = min(float(np.quantile(means, 0.02)), high - 1e-3 * max(abs(high), 1))
            room = 0.08 * (high - low)
            limits = (low - room, min(high + room, factor + room) if factor == 100 else high + room)
        elif log:
            low = max(low, float(np.quantile(means, 0.01)) / 2)
            limits = (low / 1.35, high * 1.35)
        else:
            room = 0.08 * max(high - low, 1e-9)
            limits = (low - room, min(high, 3 * float(np.quantile(means, 0.98))) + room)
        for i in range(panels):
            axes = grid[2 * (i // across) + k, i % across]
            if log:
                axes.set_yscale("log")
                plain_log_axis(axes.yaxis)
            else:
                axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.set_ylim(*limits)


def _legend(figure: Figure, record: CurvesFigure) -> None:
    handles = [
        Line2D([], [], color=GREY, lw=1.7, label="validation"),
        Line2D([], [], color=GREY, lw=1.7, ls=(0, (4, 1.6)), label="training"),
    ]
    if record.baseline is not None and len(record.curves) > 1:
        handles.append(Line2D([], [], color=SHADE, lw=1.5, label="validation, no regularization"))
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), fontsize=9)
