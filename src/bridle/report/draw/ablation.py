"""Draws the effects of an ablation: ingredients at the left, pairs at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bridle.numbers import signed, spoken
from bridle.report.draw.common import WIDTH, method_rows, new_figure, style
from bridle.report.figures.ablation import AblationFigure, DrawnEffect
from bridle.report.palette import GREY, INK, VERDICTS
from bridle.verdict.ablation import Kind

_MARKS: dict[Kind, tuple[str, str, float]] = {
    "alone": ("o", "#6699CC", -0.26),
    "on average": ("D", "#7A5C00", 0.0),
    "in the whole": ("s", "#332288", 0.26),
}
"""Marker, colour and place in its row of each kind of effect."""


def draw(record: AblationFigure) -> Figure:
    """Draw a row for each ingredient with its three effects, and a row for each pair."""
    rows = max(len(record.ingredients), 0.62 * len(record.pairs))
    with style():
        figure = new_figure(WIDTH, 1.6 + 0.62 * rows)
        panels: Any = figure.subplots(1, 2 if record.pairs else 1, squeeze=False)[0]
        _ingredients(panels[0], record)
        every = [effect for own in record.effects.values() for effect in own]
        _frame(panels[0], record, every, "with the ingredient minus without it")
        if record.pairs:
            _pairs(panels[1], record)
            own = [effect for _, _, effect in record.pairs]
            _frame(panels[1], record, own, "beyond the sum of both")
    return figure


def _ingredients(axes: Axes, record: AblationFigure) -> None:
    for kind, (marker, shade, place) in _MARKS.items():
        for i, effect in enumerate(record.effects.get(kind, ())):
            _bar(axes, effect, i + place, shade, marker, kind if i == 0 else "")
    axes.set_ylim(len(record.ingredients) - 0.4, -0.6)
    method_rows(axes, record.ingredients, 20)
    axes.set_title(f"All together {record.whole.text}", pad=26)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=9, borderpad=0, borderaxespad=0.3
    )


def _pairs(axes: Axes, record: AblationFigure) -> None:
    for i, (_, _, effect) in enumerate(record.pairs):
        _bar(axes, effect, i, VERDICTS[effect.verdict], "o")
    names = [f"{spoken(a)} × {spoken(b)}" for a, b, _ in record.pairs]
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_title("Interactions", pad=26)


def _bar(
    axes: Axes, effect: DrawnEffect, y: float, shade: str, marker: str, label: str = ""
) -> None:
    if np.isfinite(effect.low):
        axes.plot([effect.low, effect.high], [y, y], color=shade, lw=2.4, solid_capstyle="butt")
    axes.plot(effect.difference, y, marker, color=shade, ms=7, mec="white", mew=0.8, label=label)


def _frame(axes: Axes, record: AblationFigure, effects: Sequence[DrawnEffect], what: str) -> None:
    axes.axvspan(-record.margin, record.margin, color="#EEF1F5", lw=0, zorder=0)
    axes.axvline(0, color=GREY, lw=1.2, zorder=1)
    ends = [end for e in effects for end in (e.difference, e.low, e.high) if np.isfinite(end)]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    # the whole margin, unless the intervals would be too small beside it
    reach = min(1.1 * record.margin, 2.5 * max(-low, high, 1e-9))
    low, high = min(low, -reach), max(high, reach)
    room = 0.05 * max(high - low, 1e-9)
    axes.set_xlim(low - room, high + room)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    decimals = max(len(f"{tick:.6g}".partition(".")[2]) for tick in axes.get_xticks())
    axes.xaxis.set_major_formatter(lambda value, _: signed(value, decimals))
    better = ", positive is better" if record.measure.lower else ""
    unit = f" ({record.measure.points})" if record.measure.points else ""
    axes.set_xlabel(f"test {record.measure.metric} {what}{better}{unit}", color=INK)
