"""The results of a run that has ended: its scores, weights and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax
import numpy as np

from bridle.data.dataset import Split
from bridle.engine.lanes import DIVERGED, RUNNING
from bridle.engine.spec import RunResult, RunSpec
from bridle.methods.hook_types import Variables
from bridle.tasks import Task

PARTS = {"train": "train", "val": "validation", "test": "test"}
"""The parts of a split by the beginning of their scores' names."""


@dataclass
class Job:
    """A run in a program: its place in the queue, and its results so far."""

    index: int
    run: RunSpec
    history: list[np.ndarray] = field(default_factory=list)
    status: int = RUNNING
    best_epoch: int = 0
    model: Variables | None = None
    summary: dict[str, float] = field(default_factory=dict)
    share: float = float("nan")


def result_of(
    job: Job,
    task: Task,
    split: Split,
    outputs: Mapping[str, np.ndarray],
    rows: Mapping[str, np.ndarray],
) -> RunResult:
    """Return the result of a job that has ended.

    Args:
        job: holds the model that predicts.
        task: what it learned.
        split: of its replicate.
        outputs: of the network `[n, K]` on each of `PARTS`, by the beginning of its scores' names.
        rows: which examples of the split these are, `[n]`.
    """
    assert job.model is not None
    scores, predictions = dict(job.summary), {}
    for part, at in rows.items():
        predictions[part] = task.decode(outputs[part], split.target_scaling)
        loss, score = float("nan"), float("nan")
        if len(at):
            loss, score = task.measure(
                predictions[part], split.targets[at], split.target_scaling, split.weights_of(at)
            )
        scores[f"{part}_loss"], scores[f"{part}_score"] = loss, score
    diverged = job.status == DIVERGED
    return RunResult(
        diverged=diverged,
        epochs_run=len(job.history),
        best_epoch=job.best_epoch,
        history=np.stack(job.history),
        scores={name: float("nan") for name in scores} if diverged else scores,
        weights=jax.tree.map(np.asarray, {**job.model.params, **job.model.statistics}),
        predictions={PARTS[part]: predictions[part] for part in ("val", "test")},
        share=float("nan") if diverged else job.share,
    )
