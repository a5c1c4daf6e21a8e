"""The effect of a method on a run: every run is compared with its pair, the same run without the method."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.study.plan import BASELINE, Plan, PlannedRun
from bridle.study.schema import SCORES
from bridle.study.selection import Place, Selected
from bridle.study.stored import StoredRun
from bridle.tasks import Task

ROUNDING = 1e-6
"""Share of a step up to which a method counts as inert: the rounding error of adding up the gradient in
single precision, some units of 6e-8. Methods that act at all have shares of at least 1e-4."""

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Influence:
    """The effect of a method on a run.

    Attributes:
        share: the method's share of the run's training, from 0 to 1: of the step after the last one, or of the epochs
            that it cut off or took back, whichever is larger; NaN if unknown. The share of the step is known only
            where every part of a joined method has a neutral strength.
        score_change: test score minus that of the pair; NaN without a pair.
        weights_change: ‖w − w of the pair‖ / ‖w of the pair‖; NaN if either is not kept.
        predictions_changed: how much of the predictions of test examples differs, as the task measures it (the share
            put into another class); likewise.
        inert: whether nothing changed: the run equals its pair, or the share is below rounding. `None` if unknown.
        idle: whether the parts with a neutral strength did nothing beside those without: l2 beside batch norm.
    """

    share: float
    score_change: float
    weights_change: float
    predictions_changed: float
    inert: bool | None
    idle: bool = False


def pairs(plan: Plan) -> dict[str, PlannedRun]:
    """Return each run's pair by the run's name: `none` with the same replicate and learning rate, where planned."""
    without = {
        (run.replicate, run.spec.learning_rate): run for run in plan.runs if run.method == BASELINE
    }
    found = {}
    for run in plan.runs:
        pair = without.get((run.replicate, run.spec.learning_rate))
        if run.method != BASELINE and pair is not None:
            found[run.name] = pair
    return found


def influences(
    task: Task,
    plan: Plan,
    done: Mapping[str, StoredRun],
    shares: Mapping[str, float],
    selected: Iterable[PlannedRun],
    arrays: Callable[[str, str], Arrays | None],
) -> dict[str, Influence]:
    """Return what the method did to each finished run with a method, by name.

    Args:
        task: what is learned.
        plan: the study's.
        done: the finished runs.
        shares: of the step, by name.
        selected: the runs whose weights and predictions are compared.
        arrays: reads the `weights` or `predictions` of a run by its name; `None` if they are not kept.
    """
    chosen = {run.name for run in selected}
    own = pairs(plan)
    found = {}
    for run in plan.runs:
        stored = done.get(run.name)
        if stored is None or run.method == BASELINE:
            continue
        pair = own.get(run.name)
        other = None if pair is None else done.get(pair.name)
        of_step, of_epochs = _shares(stored, plan.epochs, shares.get(run.name))
        known, others = parts(run.method)
        # batch norm cannot be switched off: beside it the share is that of the other parts alone
        share, change = _larger(math.nan if others else of_step, of_epochs), math.nan
        weights = predictions = math.nan
        if other is not None:
            change = stored.scores["test_score"] - other.scores["test_score"]
            if run.name in chosen:
                weights, predictions = _changes(task, run.name, other.name, arrays)
        same = None if other is None else _same(stored, other)
        inert = None
        if stored.status == "done" and (same is not None or not math.isnan(share)):
            inert = bool(same) or share <= ROUNDING
        idle = bool(known and others) and max(of_step, of_epochs) <= ROUNDING
        found[run.name] = Influence(share, change, weights, predictions, inert, idle)
    return found


def throughout(
    selected: Selected, done: Mapping[str, StoredRun], said: Callable[[str], bool]
) -> set[str]:
    """Return the methods for which something is true in every finished selected run.

    Args:
        selected: the selected run of each method and replicate.
        done: the finished runs.
        said: whether it is true of a run, by name.
    """
    found: dict[str, list[bool]] = {}
    for (label, _), run in selected.items():
        if done[run.name].status == "done":
            found.setdefault(label, []).append(said(run.name))
    return {label for label, every in found.items() if all(every)}


def causes(
    rates: Mapping[Place, float], changes: Mapping[Place, float], inert: Collection[str]
) -> frozenset[str]:
    """Return why scores of methods that did nothing differ from the baseline's.

    Args:
        rates: the learning rate of each finished selected run, by method and replicate.
        changes: how far its test score is from that of its pair; NaN without a pair.
        inert: methods that did nothing in any of them.

    Returns:
        `rates` where a replicate has another learning rate than the baseline's; `rounding` where a run's score is not
        that of the baseline's run at the same rate, or where there is no such run.
    """
    found = set()
    for (label, replicate), rate in rates.items():
        if label not in inert:
            continue
        if rates.get((BASELINE, replicate), rate) != rate:
            found.add("rates")
        if changes.get((label, replicate), math.nan) != 0:
            found.add("rounding")
    return frozenset(found) or frozenset({"rounding"})


def parts(label: str) -> tuple[list[str], list[str]]:
    """Return the parts of a method with a known share of a step, and the others."""
    known: list[str] = []
    others: list[str] = []
    for name in Composition.parse(label).names:
        (known if method(name).in_step() else others).append(name)
    return known, others


def _shares(stored: StoredRun, epochs: int, of_step: float | None) -> tuple[float, float]:
    """Return a run's shares of the step, NaN if unknown, and of the epochs."""
    if stored.status != "done":
        return math.nan, math.nan
    return math.nan if of_step is None else of_step, 1 - stored.best_epoch / epochs


def _larger(of_step: float, of_epochs: float) -> float:
    """Return the larger share; NaN if that of the step is unknown and no epoch was cut off."""
    if math.isnan(of_step):
        return of_epochs if of_epochs > 0 else math.nan
    return max(of_step, of_epochs)


def _same(stored: StoredRun, other: StoredRun) -> bool:
    """Say whether two runs agree in all measurements except the penalty."""
    measured = [key for key in SCORES if key != "penalty"]
    return (stored.status, stored.best_epoch) == (other.status, other.best_epoch) and all(
        stored.scores[key] == other.scores[key] for key in measured
    )


def _changes(
    task: Task, run: str, pair: str, arrays: Callable[[str, str], Arrays | None]
) -> tuple[float, float]:
    """Return how far the weights are from the pair's, and how far the predictions on the test set."""
    weights, others = arrays("weights", run), arrays("weights", pair)
    logits, without = arrays("predictions", run), arrays("predictions", pair)
    if weights is None or others is None or logits is None or without is None:
        return math.nan, math.nan
    common = [name for name in others if name in weights]
    # several models (a further axis) count by their mean
    moved = sum(
        float(np.square(weights[n] - others[n], dtype=float).sum())
        * (others[n].size / max(weights[n].size, 1))
        for n in common
    )
    size = sum(float(np.square(others[n], dtype=float).sum()) for n in common)
    changed = task.changed(logits["test"], without["test"])
    return math.sqrt(moved / size) if size else math.nan, changed
