"""`strength`: the validation score at every setting that was tried."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.numbers import number
from bridle.report.figures.base import NotShownError, StudyReading, floats, need_methods
from bridle.statistics.checks import Floats
from bridle.study import settings
from bridle.study.grids import spread
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.plan import BASELINE
from bridle.study.selection import flat
from bridle.tasks import CRITERIA
from bridle.verdict.measure import Measure, measure_of


@dataclass(frozen=True)
class Tuning:
    """One method's scores over its configurations.

    Attributes:
        method: its name, as tables write it.
        axis: what was varied, in words.
        x: [configurations] its values, ascending; 1, 2, … where several things varied together.
        ticks: [configurations] texts for the axis if values are not drawn to scale; else empty.
        log: whether the axis is logarithmic.
        mean: [configurations] validation score over replicates.
        low: [configurations] mean minus one standard deviation of replicates.
        high: [configurations] mean plus one.
        chosen: [configurations] number of replicates in which it was selected.
        added: [configurations] whether refinement added it.
        edge: -1 or 1 if the setting chosen most often lies at the low or high end and values beyond exist; else 0.
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
class JointTuning:
    """One method's scores over two hyperparameters that were tuned jointly.

    Attributes:
        method: its name, as tables write it.
        axes: what was varied across and upwards, in words.
        x: [across] values, ascending.
        y: [up] values, ascending.
        mean: [up, across] mean validation score, the best if several settings lie there; NaN if none was tried.
        chosen: [up, across] number of replicates in which it was selected.
        added: [up, across] whether refinement added it.
    """

    method: str
    axes: tuple[str, str]
    x: Floats
    y: Floats
    mean: Floats
    chosen: npt.NDArray[np.int64]
    added: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StrengthFigure:
    """Validation score against strength.

    Attributes:
        tunings: one for each method whose settings lie along one axis.
        surfaces: one for each method with settings over two hyperparameters: strength and learning rate, or the
            strengths of two methods.
        reference: the best mean validation score of the baseline's configurations; NaN without one.
        metric: name of the score.
        factor: from score to what is shown.
        unit: of the score.
        replicates: how many there are.
        lower: whether lower is better.
        rule: how settings were chosen, in words.
    """

    tunings: tuple[Tuning, ...]
    surfaces: tuple[JointTuning, ...]
    reference: float
    metric: str
    factor: float
    unit: str
    replicates: int
    lower: bool
    rule: str


def collect(reading: StudyReading) -> StrengthFigure:
    """Average validation scores over replicates for every configuration."""
    shapes = [_shape(reading, label) for label in need_methods(reading.answer)]
    found = [shape for shape in shapes if shape is not None]
    if not found:
        raise NotShownError("no method had more than one configuration")
    runs, column, measure = reading.results, _column(reading), _measure(reading)
    baseline = runs[(runs["method"] == BASELINE) & runs[column].notna()]
    means = floats(baseline.groupby("hyperparameters")[column].mean())
    best = float(means.min() if measure.lower else means.max()) if len(means) else float("nan")
    return StrengthFigure(
        tuple(shape for shape in found if isinstance(shape, Tuning)),
        tuple(shape for shape in found if isinstance(shape, JointTuning)),
        best,
        measure.metric,
        measure.factor,
        measure.unit.strip(),
        reading.plan.replicates,
        measure.lower,
        _ONE_SE if reading.answer.evidence.one_se else "best",
    )


_ONE_SE = "strongest within one standard error of the best"


def _column(reading: StudyReading) -> str:
    """Return the column of results that settings were chosen by."""
    return CRITERIA[reading.plan.criterion].order[0][0]


def _measure(reading: StudyReading) -> Measure:
    """Return how that column is written."""
    if reading.plan.criterion == "loss":
        return Measure("loss", 1.0, "", "", 3, lower=True)
    return measure_of(reading.plan.criterion)


@dataclass(frozen=True)
class _Tried:
    """One configuration of a method: its values, and how it did."""

    values: dict[str, Any]
    mean: float
    deviation: float
    times: int
    added: bool


def _shape(reading: StudyReading, label: str) -> Tuning | JointTuning | None:
    configurations = reading.plan.configurations[label]
    keys = settings.tuned(configurations)
    if not keys:
        return None
    flats: list[dict[str, Any]] = [flat(c) for c in configurations]
    order = sorted(range(len(flats)), key=lambda i: _key(flats[i], keys))
    runs = reading.results[reading.results["method"] == label]
    texts = runs["hyperparameters"].map(lambda text: json.dumps(json.loads(text), sort_keys=True))
    tried = []
    for i in order:
        same = runs[texts == json.dumps(flats[i], sort_keys=True)]
        scores = floats(same[_column(reading)])
        scores = scores[np.isfinite(scores)]
        average = float(scores.mean()) if len(scores) else np.nan
        deviation = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
        times = int(same["selected"].astype(str).str.lower().isin(["true", "1"]).sum())
        tried.append(_Tried(flats[i], average, deviation, times, "round" in configurations[i]))
    strengths = [key for key in keys if key != LEARNING_RATE]
    across = strengths if len(strengths) == 2 else keys
    if len(across) == 2 and all(_numeric(one.values[key]) for one in tried for key in across):
        return _surface(reading, label, tried, sorted(across, key=LEARNING_RATE.__eq__), keys)
    return _line(reading, label, tried, keys)


def _surface(
    reading: StudyReading, label: str, tried: list[_Tried], across: list[str], keys: list[str]
) -> JointTuning:
    """Arrange a method's configurations over two hyperparameters."""
    x, y = (sorted({float(one.values[key]) for one in tried}) for key in across)
    better = min if _measure(reading).lower else max
    mean = np.full((len(y), len(x)), np.nan)
    chosen, added = np.zeros(mean.shape, np.int64), np.zeros(mean.shape, bool)
    for one in tried:
        place = y.index(float(one.values[across[1]])), x.index(float(one.values[across[0]]))
        known = np.isfinite(mean[place])
        mean[place] = better(mean[place], one.mean) if known else one.mean
        added[place] = one.added and (added[place] or not known)
        chosen[place] += one.times
    joined = LEARNING_RATE not in across
    names = [
        key.replace(".", " ").replace("_", " ") if joined else _name(key, keys) for key in across
    ]
    return JointTuning(
        reading.name(label), (names[0], names[1]), floats(x), floats(y), mean, chosen, added
    )


def _line(reading: StudyReading, label: str, tried: list[_Tried], keys: list[str]) -> Tuning:
    """Arrange a method's configurations along one axis."""
    mean = floats([one.mean for one in tried])
    deviation = floats([one.deviation for one in tried])
    # no accuracy is below 0 or above 1, nor most losses below 0
    low = np.where(mean < 0, mean - deviation, (mean - deviation).clip(0))
    high = (mean + deviation).clip(None, _measure(reading).span)
    chosen = np.array([one.times for one in tried], np.int64)
    path = (mean, low, high, chosen, np.array([one.added for one in tried]))
    names = [_name(key, keys) for key in keys]
    if len(keys) == 1 and all(_numeric(one.values[keys[0]]) for one in tried):
        x = floats([one.values[keys[0]] for one in tried])
        log = spread(list(x)) or keys[0] == LEARNING_RATE
        return Tuning(reading.name(label), names[0], x, (), log, *path, _edge(reading, label, x))
    ticks = tuple("\n".join(number(one.values[key]) for key in keys) for one in tried)
    x = np.arange(1.0, len(tried) + 1)
    return Tuning(reading.name(label), ", ".join(names), x, ticks, False, *path, 0)


def _name(key: str, keys: list[str]) -> str:
    return "learning rate" if key == LEARNING_RATE else settings.name(key, keys)


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _edge(reading: StudyReading, label: str, x: Floats) -> int:
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
    text = (
        f"Mean validation {record.metric} at every setting tried; rings mark the settings chosen "
    )
    text += f"(the {record.rule} in each replicate), larger where more replicates chose them."
    if record.surfaces:
        text += " Squares: the darker, the better; all of one scale."
    if record.tunings and record.replicates > 1:
        text += " Bands: one standard deviation over replicates."
    if any(t.added.any() for t in record.tunings) or any(s.added.any() for s in record.surfaces):
        text += " Hollow, or with a dashed border: settings that refinement added."
    if any(t.edge for t in record.tunings):
        text += " Edge: the setting chosen most often is the last one tried; a better one may lie beyond."
    if record.tunings and np.isfinite(record.reference):
        text += " Grey line: the best that no regularization reached."
    return f"{text} Where scores hardly differ, the setting hardly matters."


def alt(record: StrengthFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = []
    for t in record.tunings:
        if np.isfinite(t.mean).any():
            best = int(np.nanargmin(t.mean) if record.lower else np.nanargmax(t.mean))
            at = t.ticks[best].replace("\n", ", ") if t.ticks else number(float(t.x[best]))
            end = ", chosen at the edge of what was tried" if t.edge else ""
            parts.append(f"{t.method} best at {t.axis} {at}{end}")
    for s in record.surfaces:
        if np.isfinite(s.mean).any():
            best = int(np.nanargmin(s.mean) if record.lower else np.nanargmax(s.mean))
            up, across = np.unravel_index(best, s.mean.shape)
            at = f"{s.axes[0]} {number(float(s.x[across]))}, {s.axes[1]} {number(float(s.y[up]))}"
            parts.append(f"{s.method} best at {at}")
    return f"Validation {record.metric} over tuned settings: {'; '.join(parts)}."
