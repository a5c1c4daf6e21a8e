"""The plan that reproduces one of the works that Bridle starts from."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from bridle.data import load, shortest
from bridle.errors import unknown
from bridle.lines import command_line
from bridle.methods.schedules.base import CONSTANT
from bridle.origins import Origin, origins, varied
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan


def plan_of(
    work: Origin,
    scale: str = "laptop",
    epochs: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Return the plan that reproduces a work.

    Args:
        work: the origin, or what `varied` made of it.
        scale: `laptop`, `paper` or `smoke`.
        epochs: instead of the scale's.
        replicates: instead of the scale's.
        seed: from which the replicates follow; 0 by default.

    Raises:
        UserError: an unknown scale, or a number outside its domain.
    """
    if scale not in work.scales:
        raise unknown("scale", scale, work.scales)
    chosen = work.scales[scale]
    request = Request(
        methods=work.methods,
        network=work.network,
        widths=work.widths,
        activation="relu",
        batch_size=work.batch_size,
        optimizer="adam",
        learning_rate=work.learning_rate,
        configurations=chosen.configurations,
        schedule=CONSTANT,
        epochs=chosen.epochs if epochs is None else epochs,
        replicates=chosen.replicates if replicates is None else replicates,
        seed=0 if seed is None else seed,
    )
    plan = make_plan(load(chosen.dataset), request)
    return replace(
        plan,
        origin=work.name,
        notes=(*work.unstated, *work.remarks),
        published=tuple(asdict(figure) for figure in work.published),
        claims=tuple(asdict(claim) for claim in work.claims),
    )


def reproduced(plan: Plan) -> Origin | None:
    """Return the work that a plan reproduces, as `varied` made it; None if it reproduces no work of one comparison."""
    work = origins().get(plan.origin or "")
    return None if work is None else varied(work, **_otherwise(plan, work))


def _otherwise(plan: Plan, work: Origin) -> dict[str, Any]:
    """Return what a plan has otherwise than its work, as `varied` takes it."""
    scales = [*work.scales.values(), *(work.variations.tuned.values() if work.variations else ())]
    own = {load(scale.dataset).spec for scale in scales}
    return {
        "tuned": any(len(tried) > 1 for tried in plan.configurations.values()),
        "data": None if plan.dataset in own else shortest(plan.dataset),
        "network": None if plan.network == work.network else plan.network,
    }


def command_that_reproduces(plan: Plan) -> str:
    """Return the command line of a plan that reproduces a work; empty if it reproduces none."""
    if plan.origin is None:
        return ""
    words: list[object] = ["reproduce", plan.origin]
    work = reproduced(plan)
    if work is None:
        return command_line(*words)
    for name, value in _otherwise(plan, origins()[work.name]).items():
        if value:
            words += [f"--{name}"] if value is True else [f"--{name}", value]

    def fits(name: str) -> tuple[bool, ...]:
        there = work.scales[name]
        amounts = (there.epochs == plan.epochs, there.replicates == plan.replicates)
        return (load(there.dataset).spec == plan.dataset, *amounts, name == "laptop")

    scale = max(work.scales, key=fits)
    words += [] if scale == "laptop" else ["--scale", scale]
    for name in ("epochs", "replicates"):
        if getattr(plan, name) != getattr(work.scales[scale], name):
            words += [f"--{name}", getattr(plan, name)]
    words += ["--seed", plan.seed] if plan.seed else []
    return command_line(*words)
