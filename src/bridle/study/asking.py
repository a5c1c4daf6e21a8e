"""Which options ask for a study's configurations, as few as give the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bridle.numbers import number
from bridle.study.learning_rates import LEARNING_RATE, shared_rates
from bridle.study.plan import Plan
from bridle.study.selection import flat
from bridle.study.settings import grid_name, tuned, values
from bridle.study.settings import strengths as strengths_of

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset

Grid = dict[str, Sequence[Any]]
"""Values to try, by method and hyperparameter as in `l1.strength`."""


def options_that_try(
    plan: Plan, otherwise: Mapping[str, Sequence[Any]], dataset: Dataset
) -> list[str]:
    """Return the options that give the same configurations; none where the defaults do.

    Args:
        plan: the study's.
        otherwise: values in place of the plan's, by method and hyperparameter.
        dataset: the study's.
    """
    usual = dataset.defaults.learning_rate
    budget, grid = to_ask_for(plan, usual, numbered=not otherwise)
    options = [*([] if budget is None else ["--configurations", str(budget)])]
    for key, wished in {**grid, **otherwise}.items():
        options += ["--grid", f"{key}={','.join(number(value) for value in wished)}"]
    return options


def to_ask_for(
    plan: Plan, usual: float | None, *, numbered: bool = True
) -> tuple[int | None, Grid]:
    """Return the number of configurations and the shortest grid to ask for, so that the same are tried.

    Args:
        plan: the study's.
        usual: the data set's default learning rate; where it is not known, learning rates are written out.
        numbered: whether a number may be asked for: not where values are changed, of which there may then be more, and
            the baseline must try as many.

    Returns:
        The number, `None` where none is asked for, and values by method and hyperparameter.
    """
    from bridle.methods.composition import Composition
    from bridle.study.configurations import canonical_grid, configure

    compositions = [Composition.parse(label) for label in plan.methods]
    wanted = {label: [flat(c) for c in found] for label, found in plan.asked.items()}
    most = max(len(found) for found in wanted.values())
    rates = plan.learning_rates

    def same(budget: int | None, grid: Grid) -> bool:
        # with learning rates of their own, methods may try fewer than the shared ones
        if budget is not None and budget < len(rates):
            return False
        told = LEARNING_RATE in grid or len(rates) == 1
        if not told and (usual is None or rates != shared_rates(usual, None, {}, budget)):
            return False
        tried: Any = configure(compositions, rates, canonical_grid(by_method(grid)), budget)
        return {label: [flat(c) for c in found] for label, found in tried.items()} == wanted

    def shortest(budget: int | None, grid: Grid) -> Grid:
        for key in list(grid):
            without = {other: tried for other, tried in grid.items() if other != key}
            grid = without if same(budget, without) else grid
        return grid

    shared, own = _grids(plan)
    common = {key: tried for key, tried in shared.items() if key == LEARNING_RATE}
    choices = [
        (budget, shortest(budget, grid))
        for budget in (None, *[most] * numbered)
        for grid in ({}, common, shared)
        if same(budget, grid)
    ]
    if choices:
        return min(choices, key=lambda choice: (len(choice[1]), choice[0] is not None))
    return None, own


def _grids(plan: Plan) -> tuple[Grid, Grid]:
    """Return all values tried: with the learning rates that methods share, and with each method's own."""
    rates = plan.learning_rates
    shared: Grid = {} if len(rates) == 1 else {LEARNING_RATE: rates}
    own: Grid = {}
    for label, found in plan.asked.items():
        for key in dict.fromkeys([*tuned(found), *strengths_of(label), LEARNING_RATE]):
            own[grid_name(label, key)] = values(found, key)
            if key != LEARNING_RATE and key in tuned(found):
                shared[grid_name(label, key)] = values(found, key)
    return shared, own


def by_method(grid: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return a grid as Python takes it: by method, then by hyperparameter; learning rates of all methods alone."""
    found: dict[str, Any] = {}
    for key, tried in grid.items():
        label, dot, name = key.rpartition(".")
        if dot:
            found.setdefault(label, {})[name] = list(tried)
        else:
            found[key] = list(tried)
    return found
