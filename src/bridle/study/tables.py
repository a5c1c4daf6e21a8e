"""The study's tables: every run in plan order, and the leaderboard."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridle.files import write_whole
from bridle.metrics import Metric
from bridle.statistics.best import in_order
from bridle.study.bite import Bite
from bridle.study.plan import Plan, hyperparameters_json
from bridle.study.schema import SCORES
from bridle.study.selection import Selected, most_chosen
from bridle.study.store import StoredRun

if TYPE_CHECKING:
    import pandas as pd

    from bridle.statistics import Comparison

RESULTS = (
    "dataset",
    "method",
    "hyperparameters",
    "replicate",
    "selected",
    "status",
    "epochs_run",
    "best_epoch",
    "metric",
    *SCORES,
    "share",
    "score_change",
    "weights_change",
    "predictions_changed",
    "inert",
)
LEADERBOARD = (
    "rank",
    "method",
    "hyperparameters",
    "metric",
    "score",
    "difference",
    "difference_low",
    "difference_high",
    "wins",
    "train_score",
    "gap",
    "exact_zeros",
    "share",
    "predictions_changed",
    "inert",
    "replicates",
    "failed",
    "verdict",
)
_LOSSES = {"log-loss": "train_loss"}
"""Metrics that are the training loss: what is known of the training rows, whose predictions are not kept."""


def results_table(
    plan: Plan,
    done: Mapping[str, StoredRun],
    selected: Selected,
    bites: Mapping[str, Bite],
    metric: str,
) -> pd.DataFrame:
    """Return one row for each finished run, in plan order, with the columns `RESULTS`; runs are scored by `metric`."""
    import pandas as pd

    rows = []
    for run in plan.runs:
        if run.name not in done:
            continue
        stored = done[run.name]
        chosen = selected.get((run.method, run.replicate))
        rows.append(
            {
                "dataset": plan.dataset,
                "method": run.method,
                "hyperparameters": hyperparameters_json(
                    plan.configurations[run.method][run.configuration]
                ),
                "replicate": run.replicate,
                "selected": chosen is not None and chosen.name == run.name,
                "status": stored.status,
                "epochs_run": stored.epochs_run,
                "best_epoch": stored.best_epoch,
                "metric": metric,
                **stored.scores,
                **(asdict(bites[run.name]) if run.name in bites else {}),
            }
        )
    frame = pd.DataFrame(rows, columns=list(RESULTS))
    return frame.astype({"inert": "boolean"})


def leaderboard_table(
    plan: Plan,
    done: Mapping[str, StoredRun],
    selected: Selected,
    metric: Metric,
    recorded: Metric,
    scores: Mapping[str, np.ndarray],
    comparison: Comparison | None,
    bites: Mapping[str, Bite],
) -> pd.DataFrame:
    """Return one row for each method, best first, with the columns `LEADERBOARD`.

    Scores are means over the selected runs, in the metric's own unit; differences are to `none` within replicates, with
    simultaneous intervals, positive where a method is better. Where replicates are missing, methods stand in the order
    of their differences, which rest on shared replicates; one that shares none with `none` has no rank.

    Args:
        plan: the study's.
        done: its finished runs.
        selected: those that count.
        metric: what they are judged by.
        recorded: what every run was scored by.
        scores: for each method [replicates], NaN where no run finished.
        comparison: the statistics, where there is a baseline.
        bites: what methods did, by the run's name.
    """
    import pandas as pd

    from bridle.statistics import failed

    rows, means = {}, {}
    for label in plan.methods:
        chosen = [done[run.name] for (name, _), run in selected.items() if name == label]
        finished = [stored for stored in chosen if stored.status == "done"]
        bitten = [
            bites[run.name]
            for (name, _), run in selected.items()
            if name == label and run.name in bites
        ]
        best = most_chosen(plan, selected, label)
        mean = {
            key: float(np.mean([stored.scores[key] for stored in finished]))
            if finished
            else math.nan
            for key in ("train_score", "train_loss", "exact_zeros")
        }
        own = scores[label][~np.isnan(scores[label])]
        score = float(own.mean()) if len(own) else math.nan
        training = _LOSSES | {recorded.name: "train_score"}
        train = mean[training[metric.name]] if metric.name in training else math.nan
        row = {
            "method": label,
            "hyperparameters": ""
            if best is None
            else hyperparameters_json(plan.configurations[label][best]),
            "metric": metric.name,
            "score": score,
            "difference": math.nan,
            "difference_low": math.nan,
            "difference_high": math.nan,
            "wins": pd.NA,
            "train_score": train,
            "gap": metric.sign * (train - score),
            "exact_zeros": mean["exact_zeros"],
            "share": _mean([bite.share for bite in bitten]),
            "predictions_changed": _mean([bite.predictions_changed for bite in bitten]),
            "inert": sum(bite.inert is True for bite in bitten) if bitten else pd.NA,
            "replicates": len(finished),
            "failed": int(
                failed(
                    recorded.sign * np.array([stored.scores["test_score"] for stored in finished]),
                    recorded.scale,
                ).sum()
            ),
            "verdict": "baseline" if label == "none" else "no verdict",
        }
        if comparison is not None and label != comparison.baseline:
            row |= comparison.row(label)
        rows[label], means[label] = row, metric.sign * score
    ranks = in_order(means if comparison is None else comparison.placed(means))
    ordered = [rows[label] | {"rank": rank} for label, rank in ranks.items()]
    frame = pd.DataFrame(ordered, columns=list(LEADERBOARD))
    whole = {"replicates": "int64", "failed": "int64"}
    return frame.astype({"wins": "Int64", "inert": "Int64", "rank": "Int64", **whole})


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the values that are known, NaN where none is."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV: the same text for the same content everywhere."""
    plain = frame.copy()
    for column in plain.select_dtypes(["bool", "boolean"]):
        plain[column] = plain[column].map({True: "true", False: "false"})
    return plain.to_csv(index=False, lineterminator="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table, whole or not at all."""
    write_whole(path, csv_text(frame))
