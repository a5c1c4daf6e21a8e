"""Draws validation scores over two hyperparameters that were tuned jointly, as squares: the darker, the better."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from bridle.numbers import number
from bridle.report.figures.strength import JointTuning, StrengthFigure
from bridle.report.palette import Appearance

_SHADES = LinearSegmentedColormap.from_list("shades", ["#f7fafc", "#b9d3e6", "#5f97c0", "#1f5a8c"])
_DARK = 1.7
"""Sum of red, green and blue, each up to 1, below which text on a square is white."""

_DIGITS_FIT = 7
"""Maximum number of columns of squares that have room for their scores."""


def scale(record: StrengthFigure, limits: tuple[float, float]) -> ScalarMappable:
    """Return the colours of scores within limits, dark where better."""
    shades = _SHADES.reversed() if record.lower else _SHADES
    return ScalarMappable(Normalize(min(limits), max(limits), clip=True), shades)


def panel(
    axes: Axes, record: StrengthFigure, s: JointTuning, look: Appearance, colors: ScalarMappable
) -> None:
    """Draw one method's squares, with rings around the settings chosen."""
    down, across = s.mean.shape
    scores = record.factor * s.mean
    total = max(int(s.chosen.sum()), 1)
    digits = 1 if record.factor == 100 else 3
    for row, column in zip(*np.nonzero(np.isfinite(scores)), strict=True):
        score = float(scores[row, column])
        color = tuple(colors.to_rgba(np.array([score]))[0])
        axes.add_patch(
            Rectangle(
                (column - 0.48, row - 0.48),
                0.96,
                0.96,
                facecolor=color,
                edgecolor="#5b6168" if s.added[row, column] else "#d5dbe0",
                linestyle="--" if s.added[row, column] else "-",
                linewidth=0.8,
            )
        )
        share = s.chosen[row, column] / total
        if share:
            size = 340 + 300 * share
            for ring, width in (("white", 3.4), (look.color, 1.8)):  # seen on light and dark
                axes.scatter(
                    column,
                    row,
                    size,
                    facecolors="none",
                    edgecolors=ring,
                    linewidths=width,
                    zorder=3,
                )
        if across <= _DIGITS_FIT:
            dark = sum(color[:3]) < _DARK
            axes.text(
                column,
                row,
                f"{score:.{digits}f}",
                ha="center",
                va="center",
                fontsize=7.5,
                color="white" if dark else "#1f2328",
                zorder=4,
            )
    axes.set_xlim(-0.6, across - 0.4)
    axes.set_ylim(-0.6, down - 0.4)
    axes.set_xticks(range(across), [number(value) for value in s.x])
    axes.set_yticks(range(down), [number(value) for value in s.y])
    axes.set_xlabel(s.axes[0])
    axes.set_ylabel(s.axes[1])
    axes.grid(visible=False)
