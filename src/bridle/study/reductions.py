"""Reductions of a comparison where time is short, in a declared order; what was asked for explicitly is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bridle.data.dataset import Dataset
from bridle.study.plan import BASELINE, Plan
from bridle.study.request import QUICK, Request, first_methods, make_plan, usual_methods

LEAST_METHODS = 3
"""Minimum number of methods beside the baseline after a reduction."""

LEAST_CONFIGURATIONS = QUICK["configurations"]
"""Minimum number of configurations: with fewer there is nothing to choose from."""

PREFERRED_REPLICATES = 5
"""Number of replicates below which epochs are reduced first."""

LEAST_REPLICATES = {"fresh": 3, "overlapping": 3, "fixed_test": 4}
"""Minimum number of replicates by design: fewer allow no verdict, or no useful one."""

LEAST_EPOCHS = 3
"""Epochs are at most halved, and not reduced below this number."""


@dataclass(frozen=True)
class Amounts:
    """What may be reduced.

    Attributes:
        configurations: of each method.
        replicates: how many.
        epochs: of each run, at most.
        methods: beside the baseline.
    """

    configurations: int
    replicates: int
    epochs: int
    methods: int


def amounts(plan: Plan) -> Amounts:
    """Return a plan's."""
    return Amounts(
        configurations=max(map(len, plan.configurations.values())),
        replicates=plan.replicates,
        epochs=plan.epochs,
        methods=sum(label != BASELINE for label in plan.methods),
    )


def steps(plan: Plan, request: Request, dataset: Dataset) -> list[tuple[str, int]]:
    """Return the reductions in order, with their limits; what was asked for explicitly is not reduced.

    First the configurations of each method, then replicates while verdicts hardly suffer, then epochs, then
    replicates while there are verdicts, then methods.
    """
    now = amounts(plan)
    found = []
    if request.configurations is None and not request.grid:
        found.append(("configurations", LEAST_CONFIGURATIONS))
    if not isinstance(request.replicates, int):
        found.append(("replicates", PREFERRED_REPLICATES))
    if request.epochs is None:
        whole = dataset.defaults.epochs if plan.pilot is None else plan.epochs
        found.append(("epochs", max(LEAST_EPOCHS, whole // 2)))
    if not isinstance(request.replicates, int):
        found.append(("replicates", LEAST_REPLICATES[plan.design]))
    if request.methods is None:
        found.append(("methods", LEAST_METHODS))
    return [(name, least) for name, least in found if least < getattr(now, name)]


def reduced(
    now: Amounts, wanted: list[tuple[str, int]], fits: Callable[[Amounts], bool]
) -> Amounts:
    """Return the largest amounts that fit; each step of `wanted` is taken only if all earlier ones are not enough.

    Args:
        now: what was asked for.
        wanted: the reductions in order, with their limits.
        fits: says whether amounts fit; if amounts fit, smaller ones do.

    Returns:
        Amounts that fit, or the smallest, which do not.
    """
    if fits(now):
        return now
    for name, least in wanted:
        lowest = replace(now, **{name: least})
        if not fits(lowest):
            now = lowest
            continue
        low, high = least, getattr(now, name)  # `low` fits, `high` does not
        while high - low > 1:
            middle = (low + high) // 2
            if fits(replace(now, **{name: middle})):
                low = middle
            else:
                high = middle
        return replace(now, **{name: low})
    return now


def sketch(plan: Plan, wanted: Amounts) -> Plan:
    """Return quickly a plan with as many runs of the same programs as that of `with_amounts`."""
    labels = plan.methods
    if wanted.methods < amounts(plan).methods:
        kept = {BASELINE, *first_methods()[: wanted.methods]}
        labels = tuple(label for label in labels if label in kept)
    tried = {label: plan.configurations[label][: wanted.configurations] for label in labels}
    return replace(
        plan,
        methods=labels,
        configurations=tried,
        replicates=wanted.replicates,
        epochs=wanted.epochs,
    )


def with_amounts(plan: Plan, request: Request, dataset: Dataset, wanted: Amounts) -> Plan:
    """Return the plan of a request with other amounts, as if they had been asked for."""
    now = amounts(plan)
    if wanted == replace(now, replicates=wanted.replicates):
        return replace(plan, replicates=wanted.replicates)
    methods = request.methods
    if wanted.methods < now.methods:
        kept = {BASELINE, *first_methods()[: wanted.methods]}
        methods = [name for name in usual_methods().split(",") if name in kept]
    same = wanted.configurations == now.configurations and not request.quick
    made = make_plan(
        dataset,
        replace(
            request,
            quick=False,
            methods=methods,
            configurations=request.configurations if same else wanted.configurations,
            replicates=wanted.replicates,
            epochs=wanted.epochs,
        ),
    )
    return replace(made, pilot=plan.pilot, notes=plan.notes, until_decided=plan.until_decided)


def least(plan: Plan, dataset: Dataset, request: Request) -> Amounts:
    """Return the smallest amounts that still give a useful answer to a request."""
    found = amounts(plan)
    for name, amount in steps(plan, request, dataset):
        found = replace(found, **{name: amount})
    return found
