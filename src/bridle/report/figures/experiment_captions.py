"""What pictures of an experiment's statements show, in words: captions, and descriptions for those who do not see."""

from __future__ import annotations

import numpy as np

from bridle.numbers import capital, listed
from bridle.report.figures.experiments import (
    UNITS,
    CorrelationsFigure,
    ExperimentFigure,
    FeaturesFigure,
    LinesFigure,
    PairsFigure,
    ReplicateLine,
    SetsFigure,
    SmoothnessFigure,
    WeightSizesFigure,
)


def caption(figure: ExperimentFigure) -> str:
    """Say what is seen."""
    match figure:
        case LinesFigure():
            return f"{capital(figure.up)} by {figure.across}. Lines: means over replicates; bands: their range."
        case PairsFigure():
            return "Every dot is a network; lines join the two networks of a replicate, bars are means."
        case WeightSizesFigure():
            return "Sizes of all weights, of all replicates. The bar at the left is the share that is exactly zero."
        case FeaturesFigure():
            return (
                f"Norm of each input's weights, relative to the largest; the first {figure.relevant} inputs "
                "matter, the others are noise. Precision: share of the inputs kept that matter. Recall: share of "
                "those that is kept."
            )
        case SmoothnessFigure():
            return "Boundaries in replicate 0, with the training points; the length is the mean over replicates."
        case CorrelationsFigure():
            return f"Correlations of the first {UNITS} units over test examples, in replicate 0."
        case SetsFigure():
            return "Points of test accuracy behind the best technique on each data set."


def alt(figure: ExperimentFigure) -> str:
    """Describe a picture to those who do not see it."""
    match figure:
        case LinesFigure():
            ends = [
                f"{line.method} {_end(line):.3g}" for panel in figure.panels for line in panel.lines
            ]
            return f"Lines of {figure.up} by {figure.across}; at the right end: {listed(ends)}."
        case PairsFigure():
            told = [
                f"{name}: {method} {np.nanmean(own):.3g}"
                + (f", {against} {np.nanmean(other):.3g}" if against else "")
                for name, method, against, own, other in figure.cases
            ]
            return f"Dots of {figure.quantity}. {'; '.join(told)}."
        case WeightSizesFigure():
            told = [f"{label} {100 * zeros:.1f} %" for label, _, zeros in figure.methods]
            return f"Histograms of weights; exactly zero: {listed(told)}."
        case FeaturesFigure():
            told = [
                f"{label} precision {p:.2f}, recall {r:.2f}" for label, _, p, r in figure.methods
            ]
            return f"Bars of inputs' norms; {'; '.join(told)}."
        case SmoothnessFigure() | CorrelationsFigure():
            what = "length" if isinstance(figure, SmoothnessFigure) else "mean absolute correlation"
            told = [f"{label} {value:.3g}" for label, _, value in figure.methods]
            return f"Panels with their {what}: {listed(told)}."
        case SetsFigure():
            best = [
                f"{name}: {figure.methods[int(figure.behind[:, i].argmin())]}"
                for i, name in enumerate(figure.sets)
            ]
            return f"A table of shades. Best on each set: {'; '.join(best)}."


def _end(line: ReplicateLine) -> float:
    """Return the mean of a line at the last place where a run has a value."""
    there = np.flatnonzero(np.isfinite(line.values).any(axis=0))
    return float(np.nanmean(line.values[:, there[-1]])) if len(there) else float("nan")
