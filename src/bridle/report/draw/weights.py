"""Draws weight distributions: boxes to the left, densities to the right, a row for each method."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.numbers import percent
from bridle.report.draw.common import WIDTH, method_rows, new_figure, plain_ticks, style
from bridle.report.figures.weights import SMALL, Distribution, WeightsFigure
from bridle.report.palette import GREY, INK, Appearance, looks


def draw(record: WeightsFigure) -> Figure:
    """Draw one row for each method."""
    rows = len(record.distributions)
    with style():
        figure = new_figure(WIDTH, 1.15 + 0.52 * rows)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1))
        shown = looks(d.method for d in record.distributions)
        tallest = max(float(d.density.max()) for d in record.distributions) or 1.0
        for i, d in enumerate(record.distributions):
            _box(left, record, d, i, shown[d.method])
            height = 0.86 * np.sqrt(d.density / tallest)
            shade = shown[d.method].color
            right.fill_between(
                record.centers, i + 0.42, i + 0.42 - height, color=shade, alpha=0.35, lw=0
            )
            dash = shown[d.method].dash
            right.plot(record.centers, i + 0.42 - height, color=shade, lw=1.3, ls=dash)
        for axes in (left, right):
            _axis(axes, record)
        left.set_ylim(rows - 0.5, -0.55)
        method_rows(left, [d.method for d in record.distributions], 30)
        left.set_title(
            "box: half of the weights; whiskers: 98 %", fontweight="normal", fontsize=9.5
        )
        right.set_title(
            "density of nonzero weights (root scale)", fontweight="normal", fontsize=9.5
        )
        _shares(right, record)
    return figure


def _box(axes: Axes, record: WeightsFigure, d: Distribution, place: int, look: Appearance) -> None:
    low, first, middle, third, high = record.place(d.quantiles)
    shade = look.color
    ends = np.clip(record.place([d.low, d.high]), record.centers[0], record.centers[-1])
    axes.plot(ends, [place, place], color=shade, lw=0.8, alpha=0.45)
    axes.plot([low, high], [place, place], color=shade, lw=1.8)
    for end in (low, high):
        axes.plot([end, end], [place - 0.13, place + 0.13], color=shade, lw=1.8)
    axes.barh(
        place,
        max(third - first, 1e-3),
        left=first,
        height=0.5,
        color="white",
        edgecolor=shade,
        lw=1.8,
        zorder=3,
    )
    axes.barh(
        place,
        max(third - first, 1e-3),
        left=first,
        height=0.5,
        color=shade,
        alpha=0.3,
        lw=0,
        zorder=4,
    )
    axes.plot([middle, middle], [place - 0.25, place + 0.25], color=INK, lw=1.8, zorder=5)


def _axis(axes: Axes, record: WeightsFigure) -> None:
    end = float(record.centers[-1])
    largest = float(np.sinh(end) * record.scale)
    start = int(np.ceil(np.log10(record.scale)))
    powers = [10.0**k for k in range(start, int(np.floor(np.log10(max(largest, 1e-300)))) + 1)]
    powers = powers[-4:] or [record.scale]
    ticks = [*(-p for p in reversed(powers)), 0.0, *powers]
    axes.set_xticks(record.place(ticks), [plain_ticks(t) for t in ticks])
    axes.set_xlim(-end * 1.01, end * 1.01)
    axes.axvline(0, color=GREY, lw=0.8, zorder=0)
    axes.set_xlabel("weight")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def _shares(axes: Axes, record: WeightsFigure) -> None:
    """Write shares of zero and small weights beside the densities."""
    beside: Any = axes.secondary_yaxis("right")
    texts = [f"{percent(d.zeros, 1):>8}   {percent(d.small, 1):>8}" for d in record.distributions]
    rows = len(texts)
    beside.set_yticks(range(rows), texts, family="DejaVu Sans Mono", fontsize=8.5)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    axes.annotate(
        f"exactly 0   below {SMALL:g}",
        (1, 1),
        xytext=(8, 6),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color="#5b6168",
        annotation_clip=False,
    )
