"""Draws the share of training examples by epoch, with true and with permuted targets."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.report.draw.common import WIDTH, new_figure, style
from bridle.report.draw.learning_curve import SIGNAL, level, share_axis
from bridle.report.figures.diagnosis import Memorization
from bridle.report.palette import GREY, VERMILION

PERMUTED = VERMILION


def draw(record: Memorization) -> Figure:
    """Draw three curves with their bands, labelled where they end."""
    w = record.words
    factor = w.measure.factor
    curves = (
        (f"training, true {w.targets}", record.true, SIGNAL, "-"),
        (f"validation, true {w.targets}", record.validation, SIGNAL, (0, (5, 2))),
        (f"training, permuted {w.targets}", record.permuted, PERMUTED, "-"),
    )
    with style():
        figure = new_figure(WIDTH, 4.0)
        axes = figure.add_subplot()
        for name, runs, color, dash in curves:
            epochs = np.arange(1, runs.shape[1] + 1)
            low, high = np.quantile(factor * runs, (0.1, 0.9), axis=0)
            axes.fill_between(epochs, low, high, color=color, alpha=0.14, lw=0)
            axes.plot(epochs, factor * runs.mean(axis=0), color=color, ls=dash, label=name)
        level(axes, factor * record.chance, "chance", GREY)
        axes.set_xlabel("epoch")
        axes.margins(x=0.01)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        share_axis(axes, w)
        figure.legend(loc="outside upper left", ncols=3, fontsize=9)
    return figure
