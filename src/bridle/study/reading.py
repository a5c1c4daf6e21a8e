"""Reading a study in another metric or by another margin, which its plan then records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.statistics.margin import Margin
from bridle.study.folders import sole_work
from bridle.study.members import members
from bridle.study.plan import Plan, read_plan, write_plan
from bridle.study.request import margin_text


def set_reading(
    folder: Path,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
) -> None:
    """Write another margin or metric into the plan of every study in a folder; all readers then find the same verdicts.

    Without a new margin it is that of `read_by`.

    Raises:
        UserError: there is no such metric, the margin does not fit it, or another process works on the study.
    """
    if margin is None and metric is None:
        return
    for place in members(folder).values():
        _set_reading(place, margin, metric)


def _set_reading(
    folder: Path, margin: Margin | str | float | None, metric: Metric | str | None
) -> None:
    path = folder / "study.json"
    with sole_work(folder):
        plan, request, computed_by = read_plan(path)
        wanted = (
            plan
            if metric is None
            else read_by(plan, read_metric(metric, read_metric(plan.metric).task))
        )
        if margin is not None:
            wanted = replace(wanted, margin=margin_text(margin, read_metric(wanted.metric)))
        if plan != wanted:
            write_plan(path, wanted, request, computed_by)


def read_by(plan: Plan, metric: Metric) -> Plan:
    """Return a plan that judges runs by a metric, with a margin that means something in it.

    A share stays the same, and another margin is kept in its own metric. In the metric that was planned the margin is
    that stated before training; in any other the default.
    """
    if metric.name == plan.metric or Margin.parse(plan.margin).kind == "share":
        return replace(plan, metric=metric.name)
    stated = plan.stated if metric.name == plan.primary else None
    return replace(plan, metric=metric.name, margin=margin_text(stated, metric))
