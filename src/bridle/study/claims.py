"""Published rankings that a study can test, and how its plan differs from the published work."""

from __future__ import annotations

import math

from bridle.data import load
from bridle.grammar import parse_call
from bridle.numbers import many
from bridle.origins import Claim, Origin, PublishedRankings, origins, rankings
from bridle.study.plan import Plan

LEAST = 0.1
"""Minimum share of a work's training examples and training steps that a study needs to test its rankings."""


def claimed(plan: Plan) -> PublishedRankings | None:
    """Return what was published of a plan's methods on its data set; None if nothing was.

    It follows from the data set and methods of the plan. The plan itself holds it only
    where it reproduces a work.
    """
    if plan.claims:
        own, work = tuple(Claim(**claim) for claim in plan.claims), origins().get(plan.origin or "")
        ranked = {label: label for claim in own for label in (claim.better, claim.worse)}
        if work is None:
            return PublishedRankings(plan.origin or "", own, ())
        return PublishedRankings(work.name, own, _otherwise(plan, work, ranked), _short(plan, work))
    found = rankings(plan.dataset, plan.methods)
    if found is None:
        return None
    otherwise = _otherwise(plan, found.work, found.labels)
    return PublishedRankings(found.work.name, found.claims, otherwise, _short(plan, found.work))


def comparable(plan: Plan) -> bool:
    """Say whether a work's figures can be compared with a plan's: where it has its data, and training enough."""
    work = origins().get(plan.origin or "")
    if work is None:
        return True
    return load(work.scales["laptop"].dataset).spec == plan.dataset and not _short(plan, work)


def _otherwise(plan: Plan, work: Origin, labels: dict[str, str]) -> tuple[str, ...]:
    """Return in words how a plan differs from the work's own scale."""
    scale, found = work.scales["laptop"], []
    if any(len(plan.configurations[label]) > 1 for label in labels.values()):
        found.append("settings chosen by validation")
    found += [
        f"{label} instead of {own}"
        for own, label in labels.items()
        if label != own and len(plan.configurations[label]) == 1
    ]
    if plan.dataset != load(scale.dataset).spec:
        examples = [load(spec).sizes.train for spec in (plan.dataset, scale.dataset)]
        found.append("{:,} training examples instead of {:,}".format(*examples))
    if parse_call(plan.network).name != "mlp":
        found.append(f"a {parse_call(plan.network).name} instead of a dense network")
    if plan.epochs != scale.epochs:
        found.append(f"{many(plan.epochs, 'epoch')} instead of {scale.epochs}")
    return tuple(found)


def _short(plan: Plan, work: Origin) -> tuple[str, ...]:
    """Return in words what a plan has too little of to test a work's rankings."""
    scale = work.scales["laptop"]
    examples = [load(spec).sizes.train for spec in (plan.dataset, scale.dataset)]
    epochs, batches = (plan.epochs, scale.epochs), (plan.batch_size, work.batch_size)
    steps = [e * math.ceil(n / b) for e, n, b in zip(epochs, examples, batches, strict=True)]
    amounts = {"training examples": examples, "training steps": steps}
    return tuple(
        f"{here:,} {what} instead of {there:,}"
        for what, (here, there) in amounts.items()
        if here < LEAST * there
    )
