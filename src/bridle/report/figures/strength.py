"""`strength`: the validation score over what each method was tuned by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.numbers import number
from bridle.report.figures.base import Floats, NotShownError, Reading, floats
from bridle.study import settings
from bridle.study.configurations import LEARNING_RATE
from bridle.study.grids import spread
from bridle.study.plan import BASELINE
from bridle.study.selection import flat
from bridle.tasks import CRITERIA
from bridle.verdict.measure import Measure
from bridle.verdict.measure import measure as measure_of


@dataclass(frozen=True)
class Tuning:
    """One method's scores over its configurations.

    Attributes:
        method: its name, as tables write it.
        axis: what was varied, in words.
        x: [configurations] its values, ascending; 1, 2, … where several things varied together.
        ticks: [configurations] texts for the axis where values are not drawn to scale; else empty.
        log: whether the axis is logarithmic.
        mean: [configurations] validation score over replicates.
        low: [configurations] mean minus one standard deviation of replicates.
        high: [configurations] mean plus one.
        chosen: [configurations] in how many replicates it was selected.
        added: [configurations] whether refinement added it.
        edge: -1 or 1 where the setting chosen most often lies at the low or high end and values beyond exist; else 0.
    """

    method: str
    axis: str
    x: Floats
    ticks: tuple[str, ...]
    log: bool
    mean: Floats
    low: Floats
    high: Floats
    chosen: npt.NDArray[np.int64]
    added: npt.NDArray[np.bool_]
    edge: int


@dataclass(frozen=True)
class StrengthFigure:
    """Validation score against strength.

    Attributes:
        tunings: one for each method with a choice.
        reference: the best mean validation score of the baseline's configurations; NaN without one.
        metric: name of the score.
        factor: from score to what is shown.
        unit: of the score.
        replicates: how many there are.
        lower: whether lower is better.
        rule: how settings were chosen, in words.
    """

    tunings: tuple[Tuning, ...]
    reference: float
    metric: str
    factor: float
    unit: str
    replicates: int
    lower: bool
    rule: str


def collect(reading: Reading) -> StrengthFigure:
    """Average validation scores over replicates for every configuration."""
    tunings = [
        found for label in reading.need_methods() if (found := _tuning(reading, label)) is not None
    ]
    if not tunings:
        raise NotShownError("no method had more than one configuration")
    runs, column, measure = reading.results, _column(reading), _measure(reading)
    baseline = runs[(runs["method"] == BASELINE) & runs[column].notna()]
    means = floats(baseline.groupby("hyperparameters")[column].mean())
    best = float(means.min() if measure.lower else means.max()) if len(means) else float("nan")
    return StrengthFigure(
        tuple(tunings),
        best,
        measure.metric,
        measure.factor,
        measure.unit.strip(),
        reading.plan.replicates,
        measure.lower,
        _ONE_SE if reading.answer.evidence.one_se else "best",
    )


_ONE_SE = "strongest within one standard error of the best"


def _column(reading: Reading) -> str:
    """Return the column of results that settings were chosen by."""
    return CRITERIA[reading.plan.criterion].order[0][0]


def _measure(reading: Reading) -> Measure:
    """Return how that column is written."""
    if reading.plan.criterion == "loss":
        return Measure("loss", 1.0, "", "", 3, lower=True)
    return measure_of(reading.plan.criterion)


def _tuning(reading: Reading, label: str) -> Tuning | None:
    configurations = reading.plan.configurations[label]
    keys = settings.tuned(configurations)
    if not keys:
        return None
    runs = reading.results[reading.results["method"] == label]
    flats: list[dict[str, Any]] = [flat(c) for c in configurations]
    order = sorted(range(len(flats)), key=lambda i: _key(flats[i], keys))
    flats = [flats[i] for i in order]
    added = np.array(["round" in configurations[i] for i in order])
    texts = runs["hyperparameters"].map(lambda text: json.dumps(json.loads(text), sort_keys=True))
    numeric = len(keys) == 1 and all(
        isinstance(f[keys[0]], int | float) and not isinstance(f[keys[0]], bool) for f in flats
    )
    rows = []
    for values in flats:
        same = runs[texts == json.dumps(values, sort_keys=True)]
        scores = floats(same[_column(reading)])
        scores = scores[np.isfinite(scores)]
        average = float(scores.mean()) if len(scores) else np.nan
        deviation = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
        times = int(same["selected"].astype(str).str.lower().isin(["true", "1"]).sum())
        rows.append((average, average - deviation, average + deviation, times))
    mean, low, high = (floats(column) for column in list(zip(*rows, strict=True))[:3])
    # no accuracy is below 0 or above 1, nor most losses below 0
    low, high = np.where(mean < 0, low, low.clip(0)), high.clip(None, _measure(reading).span)
    chosen = np.array([row[3] for row in rows], np.int64)
    names = [settings.name(key, keys).replace("lr", "learning rate") for key in keys]
    if numeric:
        x = floats([f[keys[0]] for f in flats])
        log = spread(list(x)) or keys[0] == LEARNING_RATE
        edge = _edge(reading, label, x)
        path = (mean, low, high, chosen, added, edge)
        return Tuning(reading.name(label), names[0], x, (), log, *path)
    ticks = tuple("\n".join(number(f[key]) for key in keys) for f in flats)
    x = np.arange(1.0, len(flats) + 1)
    path = (mean, low, high, chosen, added, 0)
    return Tuning(reading.name(label), ", ".join(names), x, ticks, False, *path)


def _edge(reading: Reading, label: str, x: Floats) -> int:
    """Return at which end of its values a method's most chosen setting lies, if that is worth a warning."""
    key, chosen = reading.answer.evidence.at_edge.get(label), reading.answer.chosen(label)
    if key is None or chosen is None or reading.answer.chance is not None:
        return 0
    value = chosen.setting.hyperparameters[key]
    return 1 if value == x[-1] else -1 if value == x[0] else 0


def _key(flat: dict[str, Any], keys: list[str]) -> tuple[tuple[int, float, str], ...]:
    """Order numbers by size and anything else after them by its text."""
    return tuple(
        (0, float(flat[key]), "")
        if isinstance(flat[key], int | float)
        else (1, 0.0, str(flat[key]))
        for key in keys
    )


def caption(record: StrengthFigure) -> str:
    """Say how to read the figure."""
    text = f"Mean validation {record.metric} at every setting tried"
    if record.replicates > 1:
        text += ", with a band of one standard deviation over replicates"
    text += (
        f"; rings mark the settings chosen (the {record.rule} in each replicate), larger where more "
        "replicates chose them."
    )
    if any(t.added.any() for t in record.tunings):
        text += " Hollow: settings that refinement added."
    if any(t.edge for t in record.tunings):
        text += " Edge: the setting chosen most often is the last one tried; a better one may lie beyond."
    if np.isfinite(record.reference):
        text += " Grey line: the best that no regularization reached. A flat curve means that strength hardly matters."
    return text


def alt(record: StrengthFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = []
    for t in record.tunings:
        if np.isfinite(t.mean).any():
            best = int(np.nanargmin(t.mean) if record.lower else np.nanargmax(t.mean))
            at = t.ticks[best].replace("\n", ", ") if t.ticks else number(float(t.x[best]))
            end = ", chosen at the edge of what was tried" if t.edge else ""
            parts.append(f"{t.method} best at {t.axis} {at}{end}")
    return f"Validation {record.metric} over tuned settings: {'; '.join(parts)}."
