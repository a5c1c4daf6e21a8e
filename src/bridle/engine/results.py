"""What becomes of a run that has ended: its scores, weights and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax
import numpy as np

from bridle.engine.lanes import DIVERGED, RUNNING
from bridle.engine.spec import RunResult, RunSpec
from bridle.methods.base import Model

PARTS = {"train": "train", "val": "validation", "test": "test"}
"""The parts of a split by the beginning of their scores' names."""


@dataclass
class Job:
    """A run on its way through a program: its place in the queue, and what is known of it so far."""

    index: int
    run: RunSpec
    history: list[np.ndarray] = field(default_factory=list)
    status: int = RUNNING
    best_epoch: int = 0
    model: Model | None = None
    summary: dict[str, float] = field(default_factory=dict)
    share: float = float("nan")


def result_of(
    job: Job, logits: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]
) -> RunResult:
    """Return the result of a job that has ended.

    Args:
        job: with the model that predicts.
        logits: `[n, K]` on each of `PARTS`, by the beginning of its scores' names.
        targets: `[n]` likewise.
    """
    assert job.model is not None
    scores = dict(job.summary)
    for part in PARTS:
        loss, score = loss_and_accuracy(logits[part], targets[part])
        scores[f"{part}_loss"], scores[f"{part}_score"] = loss, score
    diverged = job.status == DIVERGED
    return RunResult(
        diverged=diverged,
        epochs_run=len(job.history),
        best_epoch=job.best_epoch,
        history=np.stack(job.history),
        scores={name: float("nan") for name in scores} if diverged else scores,
        weights=jax.tree.map(np.asarray, {**job.model.params, **job.model.statistics}),
        predictions={PARTS[part]: logits[part] for part in ("val", "test")},
        share=float("nan") if diverged else job.share,
    )


def loss_and_accuracy(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy of `logits [n, K]` on `targets [n]`; NaN where there are none."""
    if not len(targets):
        return float("nan"), float("nan")
    full = logits.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        top = full.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(full - top).sum(axis=1))
        losses = log_sum - full[np.arange(len(full)), targets]
    return float(losses.mean()), float((full.argmax(axis=1) == targets).mean())
