"""Draws shares on permuted targets as a histogram, and that on true targets as a line."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.draw.learning_curve import SIGNAL, axis_name
from bridle.report.figures.diagnosis import PermutedTargets
from bridle.report.palette import GREY

BINS = 12
"""Across the permutations, however far from them the true targets lie."""

LEAST = 1 / 150
"""Minimum width of a bin, as a share of the axis."""


def draw(record: PermutedTargets) -> Figure:
    """Draw one count for each permutation."""
    w = record.words
    factor = w.measure.factor
    scores, observed = factor * np.array(record.scores), factor * record.observed
    everything = np.append(scores, observed)
    margin = max(0.06 * float(np.ptp(everything)), 0.005 * factor)
    ends = float(everything.min()) - margin, float(everything.max()) + margin
    with style():
        figure = new_figure(WIDTH, 3.0)
        axes = figure.add_subplot()
        width = max(float(np.ptp(scores)) / BINS, LEAST * (ends[1] - ends[0]))
        edges = scores.min() - width / 2 + width * np.arange(BINS + 2)
        axes.hist(scores, bins=edges.tolist(), color=GREY, alpha=0.7, edgecolor="white", lw=0.4)
        if np.ptp(scores) < (ends[1] - ends[0]) / 3:
            _range(axes, record, observed)
        axes.axvline(observed, color=SIGNAL, lw=2.2)
        left = observed > sum(ends) / 2
        axes.annotate(
            f"true {w.targets}: {w.number(record.observed)}\np = {record.p:.2g}",
            (observed, 0.96),
            xycoords=("data", "axes fraction"),
            xytext=(-8 if left else 8, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            color=SIGNAL,
            fontweight="bold",
        )
        axes.set_xlim(*ends)
        axes.set_ylim(top=1.35 * axes.get_ylim()[1])  # room for the words
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.set_xlabel(axis_name(w, "test"))
        axes.set_ylabel("permutations")
    return figure


def _range(axes: Axes, record: PermutedTargets, observed: float) -> None:
    """Write what permutations gave, where it is a narrow part of the axis, beside it."""
    w = record.words
    least, most = min(record.scores), max(record.scores)
    right = w.measure.factor * most < observed
    axes.annotate(
        f"permuted: {w.number(least)} to {w.number(most)}",
        (w.measure.factor * (most if right else least), 0.4),
        xycoords=("data", "axes fraction"),
        xytext=(10 if right else -10, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        color=GREY,
    )
