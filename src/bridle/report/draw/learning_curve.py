"""Draws the learning curve: the share of test examples against training examples, doubling by doubling."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bridle.diagnosis.wording import Wording
from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.figures.diagnosis import LearningCurve
from bridle.report.palette import BLUE, GREY, INK

SIGNAL = BLUE

Side = Literal["top", "center", "bottom"]


def draw(record: LearningCurve) -> Figure:
    """Draw points, mean and interval at each size; chance and the reference as lines."""
    w = record.words
    factor = w.measure.factor
    with style():
        figure = new_figure(WIDTH, 4.2)
        axes = figure.add_subplot()
        sizes = np.array(record.examples, float)
        low, mean, high = (
            factor * np.array(part) for part in (record.low, record.mean, record.high)
        )
        axes.fill_between(sizes, low, high, color=SIGNAL, alpha=0.18, lw=0)
        for size, scores in zip(sizes, record.scores, strict=True):
            spots = factor * np.array(scores)
            axes.plot(np.full(len(spots), size), spots, "o", color=SIGNAL, ms=3.5, alpha=0.45)
        axes.plot(sizes, mean, "-o", color=SIGNAL, ms=6, mec="white", mew=0.8)
        name, score = record.reference
        least, most = axes.get_ylim()
        if factor * record.chance > least - (most - least):
            above = score >= record.chance
            level(axes, factor * record.chance, w.chance_name, GREY, "top" if above else "bottom")
            level(axes, factor * score, name, INK, "bottom" if above else "top")
        else:  # far below: to scale, the curve would be flat
            level(axes, factor * score, name, INK)
            text = f"{w.chance_name}: {w.number(record.chance)}, below this picture"
            axes.annotate(text, (0.99, 0.03), xycoords="axes fraction", ha="right", color=GREY)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([float(size) for size in sizes]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("training examples (logarithmic)")
        share_axis(axes, w, "test")
    return figure


def level(axes: Axes, value: float, name: str, color: str, va: Side = "center") -> None:
    """Draw a dashed line at a share, in the axis's units, with its name at the right."""
    if np.isfinite(value):
        axes.axhline(value, color=color, lw=1.1, ls=(0, (4, 3)), zorder=1)
        axes.annotate(
            name,
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va=va,
            fontsize=8.5,
            color=color,
        )


def axis_name(w: Wording, part: str = "") -> str:
    """Return an axis's label: `test accuracy (%)`, `R²`."""
    unit = f" ({w.measure.unit.strip()})" if w.measure.unit else ""
    return f"{part} {w.share}{unit}".strip()


def share_axis(axes: Axes, w: Wording, part: str = "") -> None:
    """Label the y axis, and limit it to possible shares."""
    axes.set_ylabel(axis_name(w, part))
    low, high = axes.get_ylim()
    room, factor = 0.02, w.measure.factor
    axes.set_ylim(max(low, factor * (w.own.lowest - room)), min(high, factor * (1 + room)))
