"""Draws the critical-difference diagram: an axis of ranks, names beside it, bars for methods not told apart."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from bridle.report.draw.common import WIDTH, new_figure, style, wrapped
from bridle.report.figures.ranks import RanksFigure, caption
from bridle.report.palette import GREY, INK, looks

_SHAPES = {"better": "^", "worse": "v"}
_LINE = 0.36
"""Inches from name to name."""


def draw(record: RanksFigure) -> Figure:
    """Draw the better half of the methods to the left, the others to the right, as Demšar does."""
    count = len(record.ranks)
    half = math.ceil(count / 2)
    bars = len(record.groups)
    depth = 0.5 * bars + half + 0.6
    with style():
        figure = new_figure(WIDTH, 1.0 + _LINE * (depth + 0.6))
        axes = figure.add_subplot()
        axes.set_xlim(1 - 0.42 * (count - 1), count + 0.42 * (count - 1))
        axes.set_ylim(depth, -0.9)
        axes.set_axis_off()
        axes.plot([1, count], [0, 0], color=INK, lw=1.2)
        for tick in range(1, count + 1):
            axes.plot([tick, tick], [0, -0.18], color=INK, lw=1.2)
            axes.text(tick, -0.3, str(tick), ha="center", va="bottom", fontsize=9, color="#5b6168")
        for level, (best, last) in enumerate(record.groups):
            y = 0.4 + 0.5 * level
            ends = record.ranks[best][1] - 0.03, record.ranks[last][1] + 0.03
            axes.plot(ends, [y, y], color=GREY, lw=5, alpha=0.55, solid_capstyle="round")
        shown = looks(method for method, _, _ in record.ranks)
        for place, (method, rank, standing) in enumerate(record.ranks):
            left = place < half
            line = place if left else count - 1 - place
            y = 0.5 * bars + 0.8 + line
            edge = 1 - 0.06 * (count - 1) if left else count + 0.06 * (count - 1)
            look = shown[method]
            shade = look.text
            axes.plot([rank, rank, edge], [0, y, y], color=shade, lw=1.1)
            axes.plot(
                rank, 0, _SHAPES.get(standing, "o"), color=shade, ms=7.5, mec="white", mew=0.8
            )
            told = f"  {standing}" if standing in _SHAPES else ""
            text = f"{look.glyph} {wrapped(method)}  {rank:.2f}{told}"
            axes.text(
                edge + (-0.03 if left else 0.03) * (count - 1) / 2,
                y,
                text,
                ha="right" if left else "left",
                va="center",
                fontsize=10,
                color=shade,
                fontweight="bold" if told or method == record.baseline else "normal",
            )
        axes.set_title(caption(record), fontsize=9.5, fontweight="normal", color="#5b6168")
    return figure
