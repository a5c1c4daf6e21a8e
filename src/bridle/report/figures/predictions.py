"""`predictions`: predicted numbers against true ones, for regressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.metrics.values import rmse
from bridle.numbers import many
from bridle.report.figures.base import need_methods, need_predictions
from bridle.statistics.checks import Floats
from bridle.verdict.answer import Answer
from bridle.verdict.evidence import Predictions
from bridle.verdict.measure import measure_of

POINTS = 500
"""Maximum number of test examples drawn in a panel."""

TARGETS = 4
"""Maximum number of targets drawn."""

SHARE = 0.998
"""The axes hold this share of the true and predicted values; the others lie on the edge."""


@dataclass(frozen=True)
class PredictionPanel:
    """What one method predicts of one target.

    Attributes:
        method: its name, as tables write it.
        true: [n] in the target's unit.
        predicted: [n].
        size: number of all predictions; those drawn are evenly spread over them.
        error: root mean squared error, mean over replicates, as text.
        outside: number of drawn predictions beyond the axes.
    """

    method: str
    true: Floats
    predicted: Floats
    size: int
    error: str
    outside: int


@dataclass(frozen=True)
class TargetRow:
    """The panels of one target.

    Attributes:
        target: its name.
        panels: one for each method, the baseline first.
        low: lower end of both axes.
        high: upper end.
    """

    target: str
    panels: tuple[PredictionPanel, ...]
    low: float
    high: float


@dataclass(frozen=True)
class PredictionsFigure:
    """Predicted against true values as small multiples.

    Attributes:
        rows: one for each target.
        targets: number of all targets, including those that are not drawn.
        methods: number of all methods, including those that are not drawn.
        replicates: the most of any method; they are drawn together.
    """

    rows: tuple[TargetRow, ...]
    targets: int
    methods: int
    replicates: int


def record(answer: Answer) -> PredictionsFigure:
    """Gather the test predictions of the selected runs, all replicates together.

    A single target is drawn for every method; several targets for the baseline and the best method.

    Raises:
        NotShownError: no run has finished.
    """
    evidence, predictions = answer.evidence, need_predictions(answer)
    there, names = need_methods(answer), predictions.task.names
    labels = there[:2] if len(names) > 1 else there
    drawn = [_all(predictions, label, evidence.done(label)) for label in labels]
    methods = [answer.name(label) for label in labels]
    rows = tuple(
        _row(name, methods, [[run[..., t] for run in own] for own in drawn])
        for t, name in enumerate(names[:TARGETS])
    )
    most = max(len(evidence.done(label)) for label in labels)
    return PredictionsFigure(rows, len(names), len(there), most)


def _all(predictions: Predictions, label: str, replicates: list[int]) -> list[Floats]:
    """Return true and predicted values of a method's runs, each [2, n, T]."""
    found = []
    for number in replicates:
        both = np.stack([predictions.targets(number), predictions.decided(label, number)])
        found.append(both.astype(np.float64))
    return found


def _row(target: str, methods: list[str], runs: list[list[Floats]]) -> TargetRow:
    """Return the panels of a target, from each method's runs [2, n]."""
    values = [np.concatenate(own, axis=1) for own in runs]
    every = np.concatenate([own.ravel() for own in values])
    ends = np.quantile(every[np.isfinite(every)], ((1 - SHARE) / 2, (1 + SHARE) / 2))
    room = 0.05 * float(ends[1] - ends[0]) or 0.5
    low, high = float(ends[0]) - room, float(ends[1]) + room
    errors = [float(np.mean([_error(run) for run in own])) for own in runs]
    written = measure_of("rmse", float(np.median(errors)))
    panels = []
    for method, own, error in zip(methods, values, errors, strict=True):
        size = own.shape[1]
        chosen = np.unique(np.linspace(0, size - 1, min(size, POINTS)).astype(int))
        true, shown = own[:, chosen]
        beyond = (np.minimum(true, shown) < low) | (np.maximum(true, shown) > high)
        text = f"{written.metric} {written.score(error)}"
        panels.append(PredictionPanel(method, true, shown, size, text, int(beyond.sum())))
    return TargetRow(target, tuple(panels), low, high)


def _error(run: Floats) -> float:
    return float(rmse(run[1][:, None], run[0][:, None]).mean())


def caption(record: PredictionsFigure) -> str:
    """Say how to read the figure."""
    panels = [panel for row in record.rows for panel in row.panels]
    text = (
        "Test examples: what the selected networks predict, over what is true, in the target's unit. On the diagonal a "
        "prediction is right; the number is the root mean squared error (RMSE)"
    )
    if record.replicates > 1:
        text += (
            f", the mean over {many(record.replicates, 'replicate')}, whose points lie in one panel"
        )
    text += "."
    if any(len(panel.true) < panel.size for panel in panels):
        most = max(panel.size for panel in panels)
        text += f" Of {most:,} predictions {max(len(p.true) for p in panels):,} are drawn, evenly chosen."
    if any(panel.outside for panel in panels):
        text += " Triangles on the edge lie beyond it."
    if record.targets > 1 and record.methods > 2:
        text += " Of the methods, no regularization and the best are shown."
    if record.targets > len(record.rows):
        text += f" Of {record.targets} targets the first {len(record.rows)} are shown."
    return text


def alt(record: PredictionsFigure) -> str:
    """Describe the figure to those who do not see it."""
    rows = [
        f"{row.target}: {', '.join(f'{panel.method} {panel.error}' for panel in row.panels)}"
        for row in record.rows
    ]
    return f"Predicted against true values of test examples. {'; '.join(rows)}."
