"""Draws shares on permuted targets as a histogram, and that on true targets as a line."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.draw.learning_curve import SIGNAL, axis_name
from bridle.report.figures.diagnosis import PermutedTargets
from bridle.report.palette import FAINT

BINS = 40
"""Number of bins across the whole axis."""


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
        axes.hist(
            scores, bins=np.linspace(*ends, BINS).tolist(), color=FAINT, edgecolor="white", lw=0.6
        )
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
