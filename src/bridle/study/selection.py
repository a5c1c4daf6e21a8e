"""Which setting a method gets: per replicate, the one that is best on that replicate's validation data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bridle.study.plan import Plan, PlannedRun
from bridle.study.store import StoredRun

Selected = dict[tuple[str, int], PlannedRun]
"""The selected run of each method label and replicate."""


def select(
    runs: Iterable[PlannedRun], done: Mapping[str, StoredRun], criterion: str = "accuracy"
) -> Selected:
    """Return the best finished run of each method and replicate; ties go to the first in plan order.

    With the criterion `accuracy` the best has the highest validation score, then the lowest validation loss; with
    `log-loss` the other way round.

    Where every finished run of a method and replicate diverged, the first of them stands for it.
    """
    best: Selected = {}
    for run in runs:
        if run.name not in done:
            continue
        place = (run.method, run.replicate)
        merit = done[run.name].merit(criterion)
        if place not in best or merit > done[best[place].name].merit(criterion):
            best[place] = run
    return best


def most_chosen(plan: Plan, selected: Selected, method: str) -> int | None:
    """Return the configuration selected in most replicates (ties: the first), or `None` if none is."""
    chosen = Counter(run.configuration for (label, _), run in selected.items() if label == method)
    if not chosen:
        return None
    return min(chosen, key=lambda configuration: (-chosen[configuration], configuration))


def at_edge(plan: Plan, selected: Selected, method: str) -> tuple[str, int] | None:
    """Say whether the most chosen value of a method lies at the edge of what was tried.

    Returns:
        The hyperparameter's flat name, and -1 for the low or 1 for the high edge; `None` if it lies inside, or if fewer
        than three values were tried.
    """
    configurations = plan.configurations[method]
    best = most_chosen(plan, selected, method)
    if best is None:
        return None
    flats = [{**c["hyperparameters"], "learning_rate": c["learning_rate"]} for c in configurations]
    for key, value in flats[best].items():
        numbers = {
            number
            for flat in flats
            if isinstance(number := flat[key], int | float) and not isinstance(number, bool)
        }
        if len(numbers) < 3 or not isinstance(value, int | float):
            continue
        if value in (min(numbers), max(numbers)):
            return key, -1 if value == min(numbers) else 1
    return None
