"""`curves`: training and validation loss and score over the epochs, for every method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.numbers import listed, many
from bridle.report.figures.base import NotShownError, StudyReading, floats, need_methods
from bridle.statistics.checks import Floats
from bridle.study.plan import BASELINE
from bridle.verdict.measure import measure_of

QUARTILES = 4
"""Minimum number of replicates for bands of their middle half; with fewer, bands span all of them."""

COLUMNS = {
    ("train", "loss"): "train_loss",
    ("val", "loss"): "val_loss",
    ("train", "score"): "train_score",
    ("val", "score"): "val_score",
}


@dataclass(frozen=True)
class Band:
    """A quantity over epochs and replicates.

    Attributes:
        epochs: [n] from 1.
        mean: [n] over replicates; runs that ended early keep their last value.
        low: [n] the smallest value; with 4 replicates or more the lower quartile.
        high: [n] the largest value, or the upper quartile.
    """

    epochs: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Curves:
    """One method's curves.

    Attributes:
        method: its name, as tables write it.
        bands: by part (`train`, `val`) and quantity (`loss`, `score`).
        stopped: whether any run ended before the others.
        best: [replicates] the epochs whose weights predict, if the method chooses them; else empty.
        replicates: number of runs.
        singles: by replicate, [2, n] its training and validation loss; NaN after it ended.
        undertrained: whether the method was still improving when training ended.
    """

    method: str
    bands: dict[tuple[str, str], Band]
    stopped: bool
    best: Floats
    replicates: int
    singles: dict[int, Floats]
    undertrained: bool = False


@dataclass(frozen=True)
class CurvesFigure:
    """Learning curves as small multiples.

    Attributes:
        curves: one for each method, the baseline first where there is one.
        metric: name of the score.
        factor: from score to what is shown.
        unit: of the score.
        log_loss: whether losses belong on a logarithmic axis.
    """

    curves: tuple[Curves, ...]
    metric: str
    factor: float
    unit: str
    log_loss: bool

    @property
    def baseline(self) -> Curves | None:
        """The baseline's curves, drawn in grey in every panel."""
        return next((c for c in self.curves if c.method == BASELINE), None)


def collect(reading: StudyReading) -> CurvesFigure:
    """Average the histories of the selected runs."""
    histories = reading.histories
    methods = [m for m in need_methods(reading.answer) if (histories["method"] == m).any()]
    if not methods:
        raise NotShownError("no history is stored")
    curves = []
    for label in methods:
        own = histories[histories["method"] == label]
        runs = reading.selected[reading.selected["method"] == label]
        own = own[own["replicate"].isin(runs["replicate"])]
        bands, tables = {}, {}
        for key, column in COLUMNS.items():
            table = own.pivot_table(
                index="epoch", columns="replicate", values=column, dropna=False
            ).sort_index()
            bands[key] = band(floats(table.index), floats(table))
            tables[key] = table
        picked = floats(runs["best_epoch"]) < floats(runs["epochs_run"])
        best = floats(runs["best_epoch"]) if picked.any() else np.empty(0)
        unfinished = label in reading.answer.undertrained
        stopped = runs["epochs_run"].nunique() > 1
        length = len(bands["val", "loss"].epochs)
        singles = {
            int(r): np.stack(
                [floats(tables[part, "loss"][r])[:length] for part in ("train", "val")]
            )
            for r in tables["val", "loss"].columns
        }
        curves.append(
            Curves(reading.name(label), bands, stopped, best, len(runs), singles, unfinished)
        )
    losses = np.concatenate(
        [c.bands[part, "loss"].mean for c in curves for part in ("train", "val")]
    )
    negative = bool((losses < 0).any())
    losses = losses[np.isfinite(losses) & (losses > 0)]
    # the task's own metric, which every run records
    measure = measure_of(reading.dataset.task.metric)
    return CurvesFigure(
        tuple(curves),
        measure.metric,
        measure.factor,
        measure.unit.strip(),
        bool(len(losses) and not negative and losses.max() / losses.min() > 20),
    )


def band(epochs: Floats, values: Floats) -> Band:
    """Average over replicates while at least half of them are training; runs that ended keep their last value.

    Args:
        epochs: [n].
        values: [n, replicates], NaN after a run has ended.
    """
    there = np.isfinite(values)
    keep = there.sum(axis=1) >= max(values.shape[1] / 2, 1)
    # a run that ended keeps its last value: the mean of the others alone would jump
    last = np.maximum.accumulate(np.where(there, np.arange(len(values))[:, None], 0), axis=0)
    epochs, values = epochs[keep], np.take_along_axis(values, last, axis=0)[keep]
    ends = (0.25, 0.75) if values.shape[1] >= QUARTILES else (0.0, 1.0)
    low, high = np.nanquantile(values, ends, axis=1)
    return Band(epochs, np.nanmean(values, axis=1), low, high)


def caption(record: CurvesFigure) -> str:
    """Say how to read the figure."""
    most = max(c.replicates for c in record.curves)
    text = "Solid: validation; dashed: training"
    if most > 1:
        band = "for the middle half of them" if most >= QUARTILES else "from lowest to highest"
        text += f"; means over {many(most, 'replicate')}, with a band {band}"
        if any(c.stopped for c in record.curves):
            text += "; a run that ended early keeps its last value, until half of them have ended"
    text += ". A solid line that leaves the dashed one is overfitting."
    if record.baseline is not None and len(record.curves) > 1:
        text += " Grey in every panel: validation without regularization."
    if any(len(c.best) for c in record.curves):
        text += " Ticks on the lower edge: the epochs whose weights were kept."
    if any(c.undertrained for c in record.curves):
        text += " Still improving: more epochs would have raised what tuning reaches on validation data."
    return text


def alt(record: CurvesFigure) -> str:
    """Describe the figure to those who do not see it."""
    ends = [
        f"{c.method} {c.bands['train', 'loss'].mean[-1]:.3g} and {c.bands['val', 'loss'].mean[-1]:.3g}"
        for c in record.curves
        if len(c.bands["val", "loss"].mean)
    ]
    text = f"Learning curves. Training and validation loss at the end: {'; '.join(ends)}."
    improving = [c.method for c in record.curves if c.undertrained]
    return f"{text} Still improving: {listed(improving)}." if improving else text
