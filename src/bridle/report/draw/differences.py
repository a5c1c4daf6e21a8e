"""Draws the forest plot of differences to no regularization."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.numbers import signed
from bridle.report.draw.common import WIDTH, method_rows, new_figure, style
from bridle.report.figures.differences import DifferencesFigure
from bridle.report.palette import GREY, INK, VERDICTS

_SHAPES = {"helps": "^", "hurts": "v", "no practical difference": "s"}


def draw(record: DifferencesFigure) -> Figure:
    """Draw one row for each method, intervals over the margin's band."""
    rows = len(record.differences)
    with style():
        figure = new_figure(WIDTH, 1.2 + 0.42 * rows)
        axes = figure.add_subplot()
        axes.axvspan(-record.margin, record.margin, color="#EEF1F5", lw=0, zorder=0)
        axes.axvline(0, color=GREY, lw=1.2, zorder=1)
        for i, d in enumerate(record.differences):
            shade = VERDICTS[d.verdict]
            if len(d.pairs) > 1:
                axes.plot(
                    d.pairs,
                    np.full(len(d.pairs), i + 0.2),
                    ".",
                    color=shade,
                    alpha=0.35,
                    ms=4.5,
                    mew=0,
                )
            if np.isfinite(d.low):
                axes.plot([d.low, d.high], [i, i], color=shade, lw=2.6, solid_capstyle="butt")
            axes.plot(
                d.difference,
                i,
                _SHAPES.get(d.verdict, "o"),
                color=shade,
                ms=7.5,
                mec="white",
                mew=0.8,
            )
        reach = _limits(record)
        axes.set_xlim(*reach)
        axes.set_ylim(rows - 0.4, -0.6)
        method_rows(axes, [d.method for d in record.differences], 34)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        beside = axes.secondary_yaxis("right")
        beside.set_yticks(range(rows), [f"{d.text}  {d.verdict}" for d in record.differences])
        beside.tick_params(length=0, labelsize=9)
        beside.spines["right"].set_visible(False)
        for tick, d in zip(beside.get_yticklabels(), record.differences, strict=True):
            tick.set_color(VERDICTS[d.verdict])
        axes.xaxis.set_major_locator(MaxNLocator(9))
        decimals = max(len(f"{tick:.6g}".partition(".")[2]) for tick in axes.get_xticks())
        axes.xaxis.set_major_formatter(lambda value, _: signed(value, decimals))
        better = ", positive is better" if record.measure.lower else ""
        unit = f" ({record.measure.points})" if record.measure.points else ""
        axes.set_xlabel(
            f"test {record.measure.metric} against {record.baseline}{better}{unit}; shaded: the margin",
            color=INK,
        )
    return figure


def _limits(record: DifferencesFigure) -> tuple[float, float]:
    """Return an axis that shows every interval, and as many single replicates as leave the intervals legible."""
    ends = [d.difference for d in record.differences]
    ends += [e for d in record.differences for e in (d.low, d.high) if np.isfinite(e)]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    # the whole margin, unless the intervals would be too small beside it
    reach = min(1.1 * record.margin, 2.5 * max(-low, high, 1e-9))
    low, high = min(low, -reach), max(high, reach)
    pairs = np.concatenate([d.pairs for d in record.differences])
    span = max(high - low, 1e-9)
    low = max(min(low, float(pairs.min(initial=low))), low - span)
    high = min(max(high, float(pairs.max(initial=high))), high + span)
    room = 0.04 * max(high - low, 1e-9)
    return low - room, high + room
