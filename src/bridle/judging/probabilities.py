"""What each run believed of each test example, scored by a metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import UserError, listed_names, shown
from bridle.judging.reading import Table
from bridle.judging.runs import Runs
from bridle.judging.scores import Scores
from bridle.metrics import Metric
from bridle.statistics.checks import Floats

EXAMPLE = (
    "the columns method, replicate, example, target and for each class its probability: p_NAME"
)

OFF = 1e-2
"""Probabilities written with few decimals sum to 1 but for so much."""


def measured(
    table: Table, runs: Mapping[str, Runs], metric: Metric
) -> tuple[dict[str, Runs], Scores, Floats]:
    """Score probabilities by a metric, in place of the scores that the runs came with.

    Args:
        table: one row for each run and example, with the columns method, replicate, example, target and
            a column `p_NAME` for each class; dataset and hyperparameters as the runs have them.
        runs: of each data set.
        metric: one without noise.

    Returns:
        The runs with their new scores, what these are, and each row's part of its run's score, oriented
        so that higher is better.

    Raises:
        UserError: a column is missing, or a row holds no probabilities.
    """
    if metric.noise:
        raise UserError(
            f"{metric.name} needs the networks themselves; from predictions it cannot be told. "
            "Predict noisy inputs yourself, and judge by accuracy."
        )
    table.need(("method", "replicate", "example", "target"), EXAMPLE)
    logits, targets = _logits(table), _targets(table)
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
    values = np.full(len(frame), np.nan)
    scores: dict[tuple[str, ...], float] = {}
    for run, own in frame.groupby(["method", "replicate", *keys], sort=False):
        rows = own["place"].to_numpy()
        values[rows] = metric.sign * metric.parts(logits[rows], targets[rows])
        scores[tuple(map(str, run))] = float(values[rows].mean())
    found = {name: _scored(table, name, own, keys, scores) for name, own in runs.items()}
    largest = float(np.nanmax(np.abs(list(scores.values()))))
    return found, Scores(metric.words, metric.scale, metric.lower, largest, metric.name), values


def _logits(table: Table) -> Floats:
    """Return the logarithms of the probabilities [rows, classes]."""
    names = list(table.columns.classes)
    if len(names) < 2:
        known = listed_names(table.columns.labels)
        raise UserError(
            f"{table.name} has no two columns of probabilities. Its columns: {known}. Expected {EXAMPLE}."
        )
    p = np.stack([table.numbers(f"p_{name}") for name in names], axis=1)
    wrong = ~((p >= 0).all(axis=1) & (np.abs(p.sum(axis=1) - 1) <= OFF))
    if wrong.any():
        row = table.frame.index[int(np.flatnonzero(wrong)[0])]
        raise UserError(
            f"{table.place(row)}: expected probabilities that sum to 1, received "
            f"{p[wrong][0].tolist()}."
        )
    # an impossible event that happened would cost infinitely much; as scikit-learn does
    logits: Floats = np.log(np.maximum(p, np.finfo(np.float64).eps))
    return logits


def _targets(table: Table) -> npt.NDArray[np.int64]:
    """Return the position of each row's true class among the columns."""
    names = list(table.columns.classes)
    texts = table.texts("target", plain=True).str.lower()
    places = texts.map({name: place for place, name in enumerate(names)})
    unknown = places.isna()
    if unknown.any():
        row = unknown[unknown].index[0]
        raise UserError(
            f"{table.place(row)}: the target {shown(texts[row])} has no column of probabilities "
            f"{shown('p_' + texts[row])}. Classes with one: {listed_names(names)}."
        )
    return np.asarray(places, np.int64)


def _scored(
    table: Table,
    dataset: str,
    runs: Runs,
    keys: list[str],
    scores: Mapping[tuple[str, ...], float],
) -> Runs:
    """Return runs of a data set with the scores of their predictions; those without a score stay so."""
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
