"""Choice of each method's setting, in each replicate on its own validation data."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bridle.data.dataset import Dataset
from bridle.engine.spec import RunSpec
from bridle.grammar import Value
from bridle.methods.catalogue import method as find
from bridle.study.bounds import ONE_SE
from bridle.study.configurations import Configuration
from bridle.study.grids import beyond
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.plan import Plan, PlannedRun
from bridle.study.stored import StoredRun

Place = tuple[str, int]
"""A method's label and a replicate."""

Selected = dict[Place, PlannedRun]
"""The selected run of each method label and replicate."""


def contenders(
    plan: Plan, done: Mapping[str, StoredRun], dataset: Dataset
) -> dict[Place, list[PlannedRun]]:
    """Return for each method and replicate the finished runs that may be selected, the best first.

    Args:
        plan: its `criterion` and `select` say how settings are chosen.
        done: the finished runs by name.
        dataset: what the plan trains on.
    """
    groups: dict[Place, list[PlannedRun]] = defaultdict(list)
    for run in plan.runs:
        if run.name in done:
            groups[run.method, run.replicate].append(run)
    return {place: leading(plan, group, done, dataset) for place, group in groups.items()}


def leading(
    plan: Plan, group: Iterable[PlannedRun], done: Mapping[str, StoredRun], dataset: Dataset
) -> list[PlannedRun]:
    """Return those of a method's finished runs of a replicate that may be selected, the best first.

    As further runs finish, runs leave this list for good, and only new ones enter. So the list and the new runs
    determine later lists. Ties go to the first in plan order; where every finished run diverged, the
    first of them stands for all.
    """
    by_number = {run.configuration: run for run in group}
    ranked = [by_number[number] for number in sorted(by_number)]
    ranked.sort(key=lambda run: done[run.name].merit(plan.criterion), reverse=True)
    best = done[ranked[0].name].scores["val_score"]
    if plan.select != ONE_SE:
        return ranked[:1]
    enough = best - standard_error(best, dataset.sizes.validation)
    rest = [run for run in ranked[1:] if done[run.name].scores["val_score"] >= enough]
    return [ranked[0], *rest]


def select(plan: Plan, done: Mapping[str, StoredRun], dataset: Dataset) -> Selected:
    """Return the selected run of each method and replicate that has a finished one.

    By default the best: with the criterion `accuracy` that of the highest validation score, then of the lowest
    validation loss; with `log-loss` the other way round. With `rmse` and `loss` lower scores are better. By the one-
    standard-error rule (Breiman and others, Classification and Regression Trees, 1984, section 3.4.3) the strongest
    among those whose validation score lies within one standard error of the best.
    """
    return {
        place: _strongest(found, done) for place, found in contenders(plan, done, dataset).items()
    }


def standard_error(accuracy: float, examples: int) -> float:
    """Return the standard error of a share of right answers among a number of examples."""
    return math.sqrt(accuracy * (1 - accuracy) / examples)


def _strongest(found: list[PlannedRun], done: Mapping[str, StoredRun]) -> PlannedRun:
    """Return the most regularized of `found`: the best itself, or a run stronger than it."""
    chosen = found[0]
    for run in found[1:]:  # better runs first
        if stronger(run.spec, chosen.spec):
            chosen = run
    return chosen


def stronger(one: RunSpec, other: RunSpec) -> bool:
    """Say whether a run is regularized more than another of the same methods.

    That is, no strength is nearer to its neutral value, one is farther from it, and all else is equal. Most settings of
    joined methods cannot be ordered in this way, and neither can learning rates.
    """
    if one.learning_rate != other.learning_rate:
        return False
    more = False
    for name, values in one.setting.items():
        strength = find(name).strength()
        for key, value in values.items():
            if value == other.setting[name][key]:
                continue
            if strength is None or strength.neutral is None or key != strength.name:
                return False
            ours, theirs = (
                _distance(v, strength.neutral) for v in (value, other.setting[name][key])
            )
            if np.any(ours < theirs):
                return False
            more = True
    return more


def _distance(value: Any, neutral: Any) -> np.ndarray:
    """Return the distance of a strength (one number, or one per layer) from its neutral value."""
    values = np.asarray(value, np.float64)
    return -values if neutral == math.inf else np.abs(values - neutral)


def most_chosen(plan: Plan, selected: Selected, method: str) -> int | None:
    """Return the configuration selected in most replicates (in a tie the first); `None` if there is none."""
    chosen = Counter(run.configuration for (label, _), run in selected.items() if label == method)
    if not chosen:
        return None
    return min(chosen, key=lambda configuration: (-chosen[configuration], configuration))


def flat(configuration: Configuration) -> dict[str, Value]:
    """Return a configuration's values by flat name, the learning rate among them."""
    return {**configuration["hyperparameters"], LEARNING_RATE: configuration["learning_rate"]}


def numbers(plan: Plan, method: str, key: str) -> list[float]:
    """Return the different numbers that a method tried for a hyperparameter, ascending."""
    values = (flat(configuration)[key] for configuration in plan.configurations[method])
    return sorted({v for v in values if isinstance(v, int | float) and not isinstance(v, bool)})


def at_edge(plan: Plan, selected: Selected, method: str) -> tuple[str, int] | None:
    """Return the hyperparameter with its most frequent value at an edge of what was tried, inside its domain.

    Returns:
        The hyperparameter's flat name, and -1 for the low or 1 for the high edge; `None` if it lies inside, or if fewer
        than three values were tried.
    """
    best = most_chosen(plan, selected, method)
    if best is None:
        return None
    for key, value in flat(plan.configurations[method][best]).items():
        tried = numbers(plan, method, key)
        if len(tried) < 3 or not isinstance(value, int | float):
            continue
        for side, edge in ((-1, tried[0]), (1, tried[-1])):
            if value == edge and beyond(method, key, tried, side):
                return key, side
    return None
