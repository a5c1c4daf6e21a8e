"""The plan that reproduces one of the works that Bridle starts from."""

from __future__ import annotations

from dataclasses import asdict, replace

from bridle.data import load
from bridle.errors import unknown
from bridle.methods.schedules.base import CONSTANT
from bridle.origins import Origin
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan


def plan_of(
    work: Origin,
    scale: str = "laptop",
    epochs: int | None = None,
    replicates: int | None = None,
    seed: int = 0,
) -> Plan:
    """Return the plan that reproduces a work.

    Args:
        work: the origin.
        scale: `laptop` or `smoke`.
        epochs: instead of the scale's.
        replicates: instead of the scale's.
        seed: from which the replicates follow.

    Raises:
        UserError: an unknown scale, or a number outside its domain.
    """
    if scale not in work.scales:
        raise unknown("scale", scale, work.scales)
    chosen = work.scales[scale]
    request = Request(
        methods=work.methods,
        widths=work.widths,
        activation="relu",
        batch_size=work.batch_size,
        optimizer="adam",
        learning_rate=work.learning_rate,
        schedule=CONSTANT,
        epochs=chosen.epochs if epochs is None else epochs,
        replicates=chosen.replicates if replicates is None else replicates,
        seed=seed,
    )
    plan = make_plan(load(chosen.dataset), request)
    return replace(
        plan,
        origin=work.name,
        notes=(*work.unstated, *work.remarks),
        published=tuple(asdict(figure) for figure in work.published),
        claims=tuple(asdict(claim) for claim in work.claims),
    )
