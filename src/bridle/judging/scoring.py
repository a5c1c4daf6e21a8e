"""Scores of runs, computed from their predictions by a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, shown
from bridle.judging import probabilities, values
from bridle.judging.reading import LocatedTable
from bridle.judging.runs import Runs
from bridle.judging.scores import Scores
from bridle.metrics import Metric
from bridle.statistics.checks import Floats
from bridle.tasks import TASKS

READ: Mapping[str, Callable[[LocatedTable], tuple[Floats, npt.NDArray[Any]]]] = {
    "classes": probabilities.read,
    "values": values.read,
}
"""The function that reads predictions `[rows, K]` and targets from a table, by what a task predicts."""


def measured(
    table: LocatedTable, runs: Mapping[str, Runs], metric: Metric
) -> tuple[dict[str, Runs], Scores, Floats]:
    """Score predictions by a metric, instead of the scores in the table of runs.

    Args:
        table: one row for each run and example, with the columns method, replicate, example, those of predictions and
            targets (`probabilities`, `values`), and weight if examples do not all count alike; dataset and
            hyperparameters as the runs have them.
        runs: of each data set.
        metric: one without noise.

    Returns:
        The runs with their new scores; the meaning of these; and each row's part of its run's score, oriented so that
        higher is better.

    Raises:
        UserError: a column is missing, a row holds no prediction, or a run has no such score.
    """
    if metric.noise:
        raise UserError(
            f"{metric.name} cannot be computed from predictions; it needs the networks themselves. "
            "Predict noisy inputs yourself, and judge by accuracy."
        )
    predictions, targets = READ[TASKS.get(metric.task).task.predicts](table)
    weights = _weights(table)
    keys = ["dataset"] if table.has("dataset") else []
    keys += ["hyperparameters"] if table.has("hyperparameters") else []
    frame = pd.DataFrame(
        {
            "method": table.texts("method"),
            "replicate": table.texts("replicate", plain=True),
            **{key: table.optional_texts(key) for key in keys},
        },
        index=table.frame.index,
    )
    frame["place"] = np.arange(len(frame))
    parts = np.full(len(frame), np.nan)
    scores: dict[tuple[str, ...], float] = {}
    for run, own in frame.groupby(["method", "replicate", *keys], sort=False):
        rows, name = own["place"].to_numpy(), tuple(map(str, run))
        of = () if weights is None else (_some(table, weights, rows, name),)
        parts[rows] = metric.sign * metric.parts(predictions[rows], targets[rows], *of)
        scores[name] = float(parts[rows].mean())
        if np.isnan(scores[name]):
            raise UserError(
                f"{table.name}: the {metric.words} of method {shown(name[0])}, replicate {shown(name[1])} is not "
                "known: all its targets are equal."
            )
    found = {name: _scored(table, name, own, keys, scores) for name, own in runs.items()}
    largest = float(np.nanmax(np.abs(list(scores.values()))))
    return found, Scores(metric.words, metric.scale, metric.lower, largest, metric.name), parts


def _weights(table: LocatedTable) -> Floats | None:
    """Return the weight of each row's example; None if all count alike."""
    if not table.has("weight"):
        return None
    found = table.numbers("weight")
    wrong = ~(found >= 0)
    if wrong.any():
        row = table.frame.index[int(np.flatnonzero(wrong)[0])]
        raise UserError(
            f"{table.place(row)}, column {table.called('weight')}: expected a weight of 0 or more, received "
            f"{table.column('weight')[row]}."
        )
    return np.asarray(found, np.float64)


def _some(
    table: LocatedTable, weights: Floats, rows: npt.NDArray[Any], run: tuple[str, ...]
) -> Floats:
    """Return the weights of a run's rows, which must not all be 0."""
    own: Floats = weights[rows]
    if not own.any():
        raise UserError(
            f"{table.name}: every weight of method {shown(run[0])}, replicate {shown(run[1])} is 0. Give its test "
            "examples weights above 0, or leave the column out."
        )
    return own


def _scored(
    table: LocatedTable,
    dataset: str,
    runs: Runs,
    keys: list[str],
    scores: Mapping[tuple[str, ...], float],
) -> Runs:
    """Return runs of a data set with the scores of their predictions; runs without a score still have none."""
    found = {}
    for method in runs.methods:
        own = runs.scores[method].copy()
        for place, replicate in enumerate(runs.replicates):
            if np.isnan(own[place]):
                continue
            more = {"dataset": dataset, "hyperparameters": ""}
            if "hyperparameters" in keys and runs.settings:
                more["hyperparameters"] = runs.settings[method][replicate]
            run = (method, replicate, *(more[key] for key in keys))
            if run not in scores:
                raise UserError(
                    f"{table.name} has no predictions of method {shown(method)}, replicate {shown(replicate)}, "
                    "which has a score."
                )
            own[place] = scores[run]
        found[method] = own
    return replace(runs, scores=found, train_scores={})
