"""Whether a study's networks were trained for long enough, from validation data alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bridle.engine.spec import HISTORY
from bridle.methods.schedules.base import CONSTANT
from bridle.metrics import metric
from bridle.statistics.checks import Floats
from bridle.statistics.margin import Margin
from bridle.statistics.undertrained import gains, speedups, too_short, undertrained
from bridle.study.plan import BASELINE, Plan, PlannedRun
from bridle.study.selection import Place
from bridle.study.stored import StoredRun
from bridle.tasks import CRITERIA


@dataclass(frozen=True)
class Improvement:
    """How much validation scores and losses improved at the end of training, per doubling of the epochs.

    Attributes:
        scores: for each method [replicates], of what settings are chosen by; NaN without a run.
        losses: likewise of the loss, positive where it falls.
        faster: by how much more the loss gains at the end than before.
        margin: how large a gain of `scores` must be to matter.
        reached: the baseline's mean of what settings are chosen by, at the end; NaN if unknown.
    """

    scores: Mapping[str, Floats]
    losses: Mapping[str, Floats]
    faster: Mapping[str, Floats]
    margin: float
    reached: float = np.nan

    @property
    def too_short(self) -> bool:
        """Whether there are runs, but too few epochs to measure the improvement of any."""
        return bool(np.isfinite(self.reached)) and too_short(self.scores)

    def undertrained(self, level: float) -> dict[str, bool | None]:
        """Say of each method whether more epochs would have improved it."""
        return undertrained(self.scores, self.losses, self.faster, self.margin, level)


def improvement(
    plan: Plan, done: Mapping[str, StoredRun], history: Callable[[str], np.ndarray], recorded: str
) -> Improvement:
    """Return how much each method still improved at the end of training.

    Args:
        plan: the study's.
        done: the finished runs by name.
        history: reads a run's history `[epochs, len(HISTORY)]` by its name.
        recorded: the metric of the histories' scores.
    """
    columns = (CRITERIA[plan.criterion].order[0], ("val_loss", -1))
    groups: dict[Place, list[PlannedRun]] = defaultdict(list)
    for run in plan.runs:
        if run.name in done and done[run.name].status == "done":
            groups[run.method, run.replicate].append(run)
    scores, losses, faster = (_unknown(plan) for _ in range(3))
    base, rates = np.full(plan.replicates, np.nan), _rates(plan)
    baseline = BASELINE if BASELINE in plan.methods else plan.methods[0]
    places, signs = [HISTORY.index(column) for column, _ in columns], [s for _, s in columns]
    for (label, replicate), runs in groups.items():  # one at a time: histories may be long
        own = [
            signs
            * _predicting(history(run.name)[:, places], done[run.name].best_epoch, plan.epochs)
            for run in runs
        ]
        score, loss = np.max(own, axis=0).T
        scores[label][replicate] = gains(score, rates)
        losses[label][replicate] = gains(loss, rates)
        faster[label][replicate] = speedups(loss, rates)
        if label == baseline:
            base[replicate] = score[-1]
    known = float(np.nanmean(base)) if np.isfinite(base).any() else np.nan
    return Improvement(scores, losses, faster, least_gain(plan, recorded, known), known)


def _unknown(plan: Plan) -> dict[str, Floats]:
    return {label: np.full(plan.replicates, np.nan) for label in plan.methods}


def _predicting(history: np.ndarray, best: int, epochs: int) -> Floats:
    """Return [epochs, columns] of the weights that would predict: after the `best` epoch these stay the same."""
    held = np.minimum(np.arange(epochs), best - 1)
    return np.asarray(history[held], float)


def _rates(plan: Plan) -> Floats | None:
    """Return [epochs] of the plan's schedule, in the middle of each epoch; None where it is constant."""
    if plan.schedule == CONSTANT:
        return None
    from jax import numpy as jnp

    from bridle.optimizers.catalogue import schedule  # imports JAX too

    progress = (jnp.arange(plan.epochs) + 0.5) / plan.epochs
    return np.asarray(schedule(plan.schedule).factor(progress), float)


def alike(plan: Plan, recorded: str) -> bool:
    """Say whether settings are chosen by what runs are judged by, so that a margin is in the unit of both."""
    column, _ = CRITERIA[plan.criterion].order[0]
    return metric(plan.metric).name == (recorded if column == "val_score" else "log-loss")


def least_gain(plan: Plan, recorded: str, reached: float) -> float:
    """Return the plan's margin in the unit of what settings are chosen by.

    Args:
        plan: the study's.
        recorded: as of `improvement`.
        reached: as of `Improvement`.
    """
    _, sign = CRITERIA[plan.criterion].order[0]
    margin = Margin.parse(plan.margin)
    if margin.kind != "share" and not alike(plan, recorded):
        margin = Margin()
    if margin.kind == "share" and sign < 0 and reached > 0:
        return 0.0  # the loss is negative: a logarithm, of which no share means anything
    return margin.absolute("accuracy" if sign > 0 else "loss", reached)
