"""Draws the pictures of an experiment's statements."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bridle.report.draw.common import (
    WIDTH,
    columns,
    new_figure,
    plain_log_axis,
    style,
    title,
    wrapped,
)
from bridle.report.figures.experiments import (
    CorrelationsFigure,
    ExperimentFigure,
    FeaturesFigure,
    LinesFigure,
    PairsFigure,
    SetsFigure,
    SmoothnessFigure,
    WeightSizesFigure,
)
from bridle.report.palette import FAINT, GREY, class_colors, looks

_HEIGHT = 3.3


def draw(record: ExperimentFigure) -> Figure:
    """Draw a picture."""
    with style():
        match record:
            case LinesFigure():
                return _lines(record)
            case PairsFigure():
                return _pairs(record)
            case WeightSizesFigure():
                return _weights(record)
            case FeaturesFigure():
                return _features(record)
            case SmoothnessFigure():
                return _boundaries(record)
            case CorrelationsFigure():
                return _correlations(record)
            case SetsFigure():
                return _sets(record)


def _percent(axis: Axis, decimals: int | None = None) -> None:
    axis.set_major_formatter(PercentFormatter(1.0, decimals, " %"))


def _lines(record: LinesFigure) -> Figure:
    panels = record.panels
    figure = new_figure(min(WIDTH, 6.5 * len(panels)), _HEIGHT)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    shown = looks(dict.fromkeys(line.method for panel in panels for line in panel.lines))
    for place, (panel, own) in enumerate(zip(panels, axes, strict=True)):
        for line in panel.lines:
            look, finite = shown[line.method], np.isfinite(line.values)
            few = len(panel.x) < 30  # places that were chosen, not epochs
            # a mean over the runs that have not stopped would jump
            seen = finite.any(axis=0) if few or not finite.all(axis=0).any() else finite.all(axis=0)
            x, values = panel.x[seen], line.values[:, seen]
            own.fill_between(
                x,
                np.nanmin(values, axis=0),
                np.nanmax(values, axis=0),
                color=look.color,
                alpha=0.15,
                lw=0,
            )
            own.plot(
                x,
                np.nanmean(values, axis=0),
                color=look.color,
                ls=look.dash,
                marker=look.marker if few else None,
                ms=5,
                label=wrapped(line.method, 34),
            )
        if record.logarithmic:
            own.set_xscale("log")
            own.set_xticks(panel.x)
            plain_log_axis(own.xaxis)
        own.set_xlabel(record.across)
        own.set_title(panel.title)
        if record.percent:
            _percent(own.yaxis)
        if place == 0:
            own.set_ylabel(record.up)
        own.legend(fontsize=9)
    return figure


def _pairs(record: PairsFigure) -> Figure:
    count = len(record.cases)
    figure = new_figure(min(WIDTH, 3.6 + 2.1 * count), _HEIGHT)
    axes = figure.add_subplot()
    shown = looks(
        dict.fromkeys(m for _, one, other, _, _ in record.cases for m in (one, other) if m)
    )
    named: set[str] = set()
    for place, (_, method, against, own, other) in enumerate(record.cases):
        both = ((against, other, place - 0.17), (method, own, place + 0.17))
        if against:
            for low, high in zip(other, own, strict=True):
                axes.plot([place - 0.17, place + 0.17], [low, high], color=FAINT, lw=0.8, zorder=1)
        for label, values, x in both:
            if not label:
                continue
            look = shown[label]
            axes.scatter(
                np.full(len(values), x),
                values,
                s=26,
                color=look.color,
                marker=look.marker,
                alpha=0.8,
                lw=0,
                zorder=2,
                label=None if label in named else wrapped(label),
            )
            named.add(label)
            axes.hlines(np.nanmean(values), x - 0.12, x + 0.12, color=look.color, lw=2.2, zorder=3)
    axes.set_xlim(-0.6, count - 0.4)
    axes.set_xticks(range(count), [textwrap.fill(name, 18) for name, *_ in record.cases])
    axes.grid(visible=False, axis="x")
    axes.set_ylabel(textwrap.fill(record.quantity, 34))
    axes.margins(y=0.12)
    if record.percent:
        _percent(axes.yaxis)
        every = np.concatenate(
            [values for *_, own, other in record.cases for values in (own, other)]
        )
        low, high = axes.get_ylim()
        if np.nanmin(every) >= 0 and np.nanmax(every) <= 1:  # shares end where there are no more
            axes.set_ylim(max(low, -0.01), min(high, 1.01))
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _weights(record: WeightSizesFigure) -> Figure:
    count = len(record.methods)
    figure = new_figure(min(WIDTH, 3.4 * count), _HEIGHT)
    axes = figure.subplots(1, count, sharey=True, squeeze=False)[0]
    shown = looks(label for label, _, _ in record.methods)
    smallest = min(float(sizes.min()) for _, sizes, _ in record.methods)
    low = max(np.log10(smallest), -8.0)
    bins = np.linspace(low, 1.0, 46)
    for own, (label, sizes, zeros) in zip(axes, record.methods, strict=True):
        logs = np.clip(np.log10(sizes), low, 1.0)
        counts = np.histogram(logs, bins)[0] / len(sizes) * (1 - zeros)
        own.bar(bins[:-1], counts, np.diff(bins), align="edge", color=shown[label].color)
        own.bar(low - 0.9, zeros, 0.5, color=shown[label].text)
        own.text(low - 0.9, zeros, f" {100 * zeros:.1f} %", ha="center", va="bottom", fontsize=8.5)
        whole = [x for x in range(int(np.ceil(low)) + 1, 2) if x % 2 == 0]
        own.set_xticks([low - 0.9, *whole], ["0", *(f"1e{x}".replace("1e0", "1") for x in whole)])
        own.set_xlabel("size of a weight")
        _percent(own.yaxis, 0)
        title(own, label, shown[label])
    axes[0].set_ylabel("share of all weights")
    top = max(ax.get_ylim()[1] for ax in axes)
    axes[0].set_ylim(0, 1.1 * top)
    return figure


def _features(record: FeaturesFigure) -> Figure:
    count = len(record.methods)
    across = columns(count, 3)
    rows = -(-count // across)
    figure = new_figure(min(WIDTH, 3.8 * across), 2.3 * rows + 0.4)
    axes = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False)
    shown = looks(label for label, *_ in record.methods)
    for own, (label, norms, precision, recall) in zip(axes.flat, record.methods, strict=False):
        largest = norms.max(axis=1, keepdims=True)
        relative = (norms / np.where(largest > 0, largest, 1.0)).mean(axis=0)
        places = np.arange(1, len(relative) + 1)
        colors = [shown[label].color if p <= record.relevant else GREY for p in places]
        own.bar(places, relative, color=colors)
        own.axvline(record.relevant + 0.5, color=FAINT, lw=1)
        title(own, label, shown[label])
        told = f"precision {precision:.2f}, recall {recall:.2f}"
        own.text(0.98, 0.95, told, transform=own.transAxes, ha="right", va="top", fontsize=8.5)
    for own in axes.flat[count:]:
        own.set_axis_off()
    for own in axes[-1]:
        own.set_xlabel("input")
    for own in axes[:, 0]:
        own.set_ylabel("norm, relative")
    axes.flat[0].set_ylim(0, 1.3)
    return figure


def _boundaries(record: SmoothnessFigure) -> Figure:
    count = len(record.methods)
    across = columns(count, 3)
    rows = -(-count // across)
    figure = new_figure(min(WIDTH, 3.4 * across), 2.7 * rows)
    axes = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False)
    shown = looks(label for label, _, _ in record.methods)
    two = class_colors(2)
    for own, (label, p, length) in zip(axes.flat, record.methods, strict=False):
        where = record.plane
        own.contourf(where.x, where.y, p, levels=[-1, 0.5, 2], colors=two, alpha=0.18)
        own.contour(where.x, where.y, p, levels=[0.5], colors="#1f2328", linewidths=1.6)
        for kind in (0, 1):
            points = where.points[where.labels == kind]
            own.scatter(*points.T, s=9, color=two[kind], marker="os"[kind], lw=0, alpha=0.8)
        title(own, label, shown[label], f"length {length:.1f}")
        own.grid(visible=False)
    for own in axes.flat[count:]:
        own.set_axis_off()
    return figure


def _correlations(record: CorrelationsFigure) -> Figure:
    figure = new_figure(7.6, 3.6)
    axes = figure.subplots(1, len(record.methods), squeeze=False)[0]
    shown, image = looks(label for label, _, _ in record.methods), None
    for own, (label, table, mean) in zip(axes, record.methods, strict=True):
        image = own.imshow(table, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        title(own, label, shown[label], f"mean size {mean:.3f}")
        own.grid(visible=False)
        own.set_xlabel("unit")
    axes[0].set_ylabel("unit")
    if image is not None:
        figure.colorbar(image, ax=list(axes), label="correlation", shrink=0.85)
    return figure


def _sets(record: SetsFigure) -> Figure:
    figure = new_figure(WIDTH, 1.6 + 0.42 * len(record.methods))
    axes: Axes = figure.add_subplot()
    points = 100 * record.behind
    most = max(8.0, float(points.max()))
    axes.imshow(points, cmap="Greys", vmin=0, vmax=most, aspect="auto")
    for (row, column), value in np.ndenumerate(points):
        best = value == 0
        axes.text(
            column,
            row,
            "best" if best else f"{value:.1f}",
            ha="center",
            va="center",
            fontsize=8.5,
            fontweight="bold" if best else "normal",
            color="#00735C" if best else "white" if value > most / 2 else "#1f2328",
        )
    axes.set_xticks(range(len(record.sets)), list(map(_below, record.sets)))
    axes.tick_params(axis="x", labelsize=7.5)
    shown = looks(record.methods)
    axes.set_yticks(range(len(record.methods)), [f"{shown[m].glyph} {m}" for m in record.methods])
    for tick, method in zip(axes.get_yticklabels(), record.methods, strict=True):
        tick.set_color(shown[method].text)
    axes.grid(visible=False)
    return figure


def _below(name: str) -> str:
    """Return a data set's name with its arguments below it."""
    first, _, rest = name.partition(" ")
    return "\n".join([first, *textwrap.wrap(rest, 11)])
