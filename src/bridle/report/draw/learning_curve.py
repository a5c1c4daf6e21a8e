"""Draws the learning curve: test accuracy against training examples, doubling by doubling."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bridle.numbers import percent
from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.figures.diagnosis import LearningCurve
from bridle.report.palette import BLUE, GREY, INK

SIGNAL = BLUE

Side = Literal["top", "center", "bottom"]


def draw(record: LearningCurve) -> Figure:
    """Draw points, mean and interval at each size; chance and the reference as lines."""
    with style():
        figure = new_figure(WIDTH, 4.2)
        axes = figure.add_subplot()
        sizes = np.array(record.examples, float)
        low, mean, high = (100 * np.array(part) for part in (record.low, record.mean, record.high))
        axes.fill_between(sizes, low, high, color=SIGNAL, alpha=0.18, lw=0)
        for size, scores in zip(sizes, record.scores, strict=True):
            spots = 100 * np.array(scores)
            axes.plot(np.full(len(spots), size), spots, "o", color=SIGNAL, ms=3.5, alpha=0.45)
        axes.plot(sizes, mean, "-o", color=SIGNAL, ms=6, mec="white", mew=0.8)
        name, score = record.reference
        least, most = axes.get_ylim()
        if 100 * record.chance > least - (most - least):
            above = score >= record.chance
            level(axes, record.chance, "chance", GREY, "top" if above else "bottom")
            level(axes, score, name, INK, "bottom" if above else "top")
        else:  # far below: drawn to scale it would flatten the curve
            level(axes, score, name, INK)
            text = f"chance: {percent(record.chance, 1)}, below this picture"
            axes.annotate(text, (0.99, 0.03), xycoords="axes fraction", ha="right", color=GREY)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([float(size) for size in sizes]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("training examples (logarithmic)")
        percent_axis(axes, "test accuracy")
    return figure


def level(axes: Axes, accuracy: float, name: str, color: str, va: Side = "center") -> None:
    """Draw a dashed line at an accuracy, with its name at the right."""
    if np.isfinite(accuracy):
        axes.axhline(100 * accuracy, color=color, lw=1.1, ls=(0, (4, 3)), zorder=1)
        axes.annotate(
            name,
            (1, 100 * accuracy),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va=va,
            fontsize=8.5,
            color=color,
        )


def percent_axis(axes: Axes, name: str) -> None:
    """Label the y axis, and show no accuracy beyond 100 %."""
    axes.set_ylabel(f"{name} (%)")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -2), min(high, 102))
