"""Reading a study in another metric or by another margin, which its plan then records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.statistics.margin import Margin
from bridle.study.folders import sole_work
from bridle.study.members import members
from bridle.study.plan import read_plan, write_plan
from bridle.study.request import margin_text


def set_reading(
    folder: Path,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
) -> None:
    """Write another margin or metric into the plan of every study in a folder; all readers then find the same verdicts.

    A margin in one metric's own unit means nothing in another's; without a new margin, the default replaces it.

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
        wanted_metric = plan.metric if metric is None else metric
        chosen = read_metric(wanted_metric, read_metric(plan.metric).task)
        if margin is None and (chosen.name == plan.metric or plan.margin.endswith("%")):
            margin = plan.margin
        wanted = replace(plan, margin=margin_text(margin, chosen), metric=chosen.name)
        if plan != wanted:
            write_plan(path, wanted, request, computed_by)
