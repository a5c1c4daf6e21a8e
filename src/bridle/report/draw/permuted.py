"""Draws accuracies on permuted labels as a histogram, and that on true labels as a line."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.numbers import percent
from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.draw.learning_curve import SIGNAL
from bridle.report.figures.diagnosis import PermutedLabels
from bridle.report.palette import FAINT

BINS = 40
"""Across the whole axis."""


def draw(record: PermutedLabels) -> Figure:
    """Draw one count for each permutation."""
    scores, observed = 100 * np.array(record.scores), 100 * record.observed
    everything = np.append(scores, observed)
    margin = max(0.06 * float(np.ptp(everything)), 0.5)
    ends = float(everything.min()) - margin, float(everything.max()) + margin
    with style():
        figure = new_figure(WIDTH, 3.0)
        axes = figure.add_subplot()
        axes.hist(
            scores, bins=np.linspace(*ends, BINS).tolist(), color=FAINT, edgecolor="white", lw=0.6
        )
        axes.axvline(observed, color=SIGNAL, lw=2.2)
        left = observed > sum(ends) / 2
        axes.annotate(
            f"true labels: {percent(record.observed, 1)}\np = {record.p:.2g}",
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
        axes.set_xlabel("test accuracy (%)")
        axes.set_ylabel("permutations")
    return figure
