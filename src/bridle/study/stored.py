"""A finished run as the study's database holds it, and its row there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridle.engine.spec import RunResult
from bridle.study.plan import PlannedRun
from bridle.study.schema import SCORES
from bridle.tasks import CRITERIA


@dataclass(frozen=True)
class StoredRun:
    """A finished run as the database holds it, without its history.

    Attributes:
        name: the hash of its specification.
        status: `done` or `diverged`.
        epochs_run: epochs trained.
        best_epoch: the epoch whose weights predict.
        scores: the columns `SCORES`; NaN for a diverged run.
        share: the methods' share of a training step; NaN if unknown.
    """

    name: str
    status: str
    epochs_run: int
    best_epoch: int
    scores: dict[str, float]
    share: float = math.nan

    def merit(self, criterion: str) -> tuple[float, ...]:
        """Return the signed validation score and loss that selection maximizes, the criterion first."""
        return CRITERIA[criterion].merit(self.scores)


def as_stored(name: str, result: RunResult) -> StoredRun:
    """Return a result as the database will return it."""
    status = "diverged" if result.diverged else "done"
    # the database has no negative zero
    scores = {key: float(result.scores[key]) + 0.0 for key in SCORES}
    share = float(result.share) + 0.0
    return StoredRun(name, status, result.epochs_run, result.best_epoch, scores, share)


def row_of(run: PlannedRun, result: RunResult, digests: Sequence[str]) -> tuple[Any, ...]:
    """Return a run's row without its own digest."""
    stored = as_stored(run.name, result)
    numbers = (None if math.isnan(v) else v for v in (*stored.scores.values(), stored.share))
    history = result.history.astype("<f4").tobytes()
    counts = int(stored.epochs_run), int(stored.best_epoch)
    return (
        stored.name,
        stored.status,
        *counts,
        *numbers,
        run.method,
        int(run.replicate),
        *digests,
        history,
    )


def run_of(row: Sequence[Any]) -> StoredRun:
    """Return the run that a row holds."""
    name, status, epochs_run, best_epoch, *values = row
    numbers = [math.nan if v is None else v for v in values[: len(SCORES) + 1]]
    return StoredRun(
        name, status, epochs_run, best_epoch, dict(zip(SCORES, numbers, strict=False)), numbers[-1]
    )
