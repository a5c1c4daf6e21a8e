"""`paths`: every setting of every method, from no regularization to the strongest, in one replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bridle.errors import UserError
from bridle.methods.composition import Composition
from bridle.report.figures.base import StudyReading, floats, need_methods
from bridle.report.figures.planes import Plane, plane
from bridle.statistics.checks import Floats
from bridle.study import settings
from bridle.study.configurations import Configuration
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.plan import BASELINE, hyperparameters_json
from bridle.study.selection import flat

if TYPE_CHECKING:
    import pandas as pd

REPLICATE = 0
"""The replicate whose networks are shown at first: the first one, whatever its scores."""

NETWORKS = 1500
"""Maximum number of networks of a page, above which further replicates are left out."""

SIDE, FEWER = 64, 40
"""Grid points along each axis for data with two features, and for data with more."""

WORK = 3e11
"""Maximum number of multiplications for all boundaries of a page; if they need more, none is drawn."""

BINS = 81
EPOCHS = 80
"""Maximum number of epochs in a curve; longer curves show evenly spread epochs."""

QUANTITIES = ("train_loss", "val_loss", "train_score", "val_score")
PARTS = ("train_score", "val_score", "test_score")


@dataclass(frozen=True)
class Kernels:
    """The kernels of one network.

    Attributes:
        density: [BINS] share of all weights in each bin of the axis; weights that are exactly 0 are left out.
        zeros: share that is exactly 0.
        count: number of weights.
    """

    density: Floats
    zeros: float
    count: int


@dataclass(frozen=True)
class PathSetting:
    """One setting of a method, trained in every replicate.

    Attributes:
        method: its name, as tables write it.
        text: the values that tell it apart from the method's other settings at the same learning rate: `rate 0.3`.
        rate: its learning rate.
        chosen: number of replicates in which validation chose it.
        scores: [3, replicates] training, validation and test score; NaN without a run.
        traces: [4, 3, epochs] the `QUANTITIES` over epochs: mean, smallest and largest value of all replicates. A run
            that ended early keeps its last value.
    """

    method: str
    text: str
    rate: float
    chosen: int
    scores: Floats
    traces: Floats


@dataclass(frozen=True)
class ReplicatePath:
    """The networks of one replicate, in the order of the settings.

    Attributes:
        replicate: its number.
        plane: where boundaries are drawn; None if they are not drawn.
        weights: of each setting's network; None if they were not kept.
        surfaces: [side, side, classes] its probabilities over the plane; None without a plane or weights.
        traces: [settings, 4, epochs] the `QUANTITIES` over epochs; NaN without a run.
    """

    replicate: int
    plane: Plane | None
    weights: tuple[Kernels | None, ...]
    surfaces: tuple[Floats | None, ...]
    traces: Floats


@dataclass(frozen=True)
class Path:
    """A method's settings in order, from no regularization to the strongest.

    Attributes:
        method: its name, as tables write it.
        rates: the learning rates at which the method was tried, ascending.
        stops: for each rate, places in `PathsFigure.settings`: no regularization at that rate, if it was trained, then
            the method from its weakest to its greatest strength.
        start: places of the rate and the stop chosen in most replicates.
    """

    method: str
    rates: tuple[float, ...]
    stops: tuple[tuple[int, ...], ...]
    start: tuple[int, int]


@dataclass(frozen=True)
class PathsFigure:
    """The effect of every method's strength on boundary, weights, curves and scores.

    Attributes:
        settings: the settings of all methods.
        shown: the networks of the replicate that is shown at first, then of others of which all weights were kept.
        paths: one for each method with a result.
        epochs: [epochs] the epochs of the traces.
        classes: names of the classes; empty if numbers are learned.
        scale: the weights' axis is arsinh(w / scale): linear around 0, logarithmic far from it.
        end: the axis goes from -end to end.
        keep: which weights the study kept, one of `KEEP`.
    """

    settings: tuple[PathSetting, ...]
    shown: tuple[ReplicatePath, ...]
    paths: tuple[Path, ...]
    epochs: Floats
    classes: tuple[str, ...]
    scale: float
    end: float
    keep: str


def collect(reading: StudyReading) -> PathsFigure:
    """Read the runs of every setting, and predict with the kept networks of the shown replicates."""
    plan, labels = reading.plan, need_methods(reading.answer)
    places = [(label, i) for label in labels for i in range(len(plan.configurations[label]))]
    kernels = _kept(reading, places, REPLICATE)
    unregularized = [_kernels(arrays) for place, arrays in kernels.items() if place[0] == labels[0]]
    scale, end = weight_axis(unregularized)
    epochs, traces = _traces(reading)
    work = _work(reading, list(kernels.values()))
    most = NETWORKS // len(places)
    if 0 < work <= WORK:
        most = min(most, int(WORK / work))
    nothing = np.full((plan.replicates, len(QUANTITIES), len(epochs)), np.nan)
    every = np.stack([traces.get(place, nothing) for place in places])
    shown = []
    for replicate in (REPLICATE, *plan.kept_replicates[1 : max(most, 1)]):
        own = kernels if replicate == REPLICATE else _kept(reading, places, replicate)
        over, surfaces = _surfaces(reading, own, replicate) if 0 < work <= WORK else (None, {})
        on_axis = {place: weights_on(_kernels(arrays), scale, end) for place, arrays in own.items()}
        shown.append(
            ReplicatePath(
                replicate,
                over,
                tuple(map(on_axis.get, places)),
                tuple(map(surfaces.get, places)),
                every[:, replicate],
            )
        )
    settings = [
        _setting(reading, label, i, over_replicates(own))
        for (label, i), own in zip(places, every, strict=True)
    ]
    return PathsFigure(
        tuple(settings),
        tuple(shown),
        tuple(_path(reading, label, places, settings) for label in labels),
        epochs,
        tuple(reading.dataset.task.names) if reading.dataset.task.predicts == "classes" else (),
        scale,
        end,
        plan.keep,
    )


_Place: TypeAlias = tuple[str, int]
"""The label of a method and the place of its configuration."""

_Arrays: TypeAlias = dict[str, np.ndarray]


def _kept(reading: StudyReading, places: Sequence[_Place], replicate: int) -> dict[_Place, _Arrays]:
    """Return the weights of the networks of a replicate that were kept."""
    study = reading.study
    names = {
        (r.method, r.configuration): r.name for r in reading.plan.runs if r.replicate == replicate
    }
    found = {}
    for label, i in places:
        if names[label, i] not in study.kept_weights:
            continue
        try:
            found[label, i] = study.weights(label, replicate, i)
        except UserError:  # before a study is finished, a file may be missing
            if study.complete:
                raise
    return found


def _setting(reading: StudyReading, label: str, i: int, traces: Floats) -> PathSetting:
    configurations = reading.plan.configurations[label]
    own = _runs(reading, label, configurations[i])
    return PathSetting(
        reading.name(label),
        _text(label, configurations, i),
        float(configurations[i]["learning_rate"]),
        int(own["selected"].sum()),
        _scores(own, reading.plan.replicates),
        traces,
    )


def _surfaces(
    reading: StudyReading, own: Mapping[_Place, _Arrays], replicate: int
) -> tuple[Plane, dict[_Place, Floats]]:
    """Return the plane of a replicate, and what its networks predict over it."""
    dataset = reading.dataset
    side = _side(len(dataset.features))
    over, grid = plane(dataset.replicate(replicate, reading.plan.seed), dataset.features, side)
    return over, {
        (label, i): np.asarray(reading.study.asked(label, replicate, i, grid), np.float64).reshape(
            side, side, -1
        )
        for label, i in own
    }


def _side(width: int) -> int:
    return SIDE if width == 2 else FEWER


def _path(
    reading: StudyReading, label: str, places: list[tuple[str, int]], found: Sequence[PathSetting]
) -> Path:
    """Put the settings of a method in order, at each learning rate."""
    configurations = reading.plan.configurations[label]
    order = sorted(range(len(configurations)), key=lambda i: _strength(label, configurations[i], i))
    rates = sorted({float(c["learning_rate"]) for c in configurations})
    nothing = {
        found[place].rate: place for place, (name, _) in enumerate(places) if name == BASELINE
    }
    stops = []
    for rate in rates:
        own = [i for i in order if configurations[i]["learning_rate"] == rate]
        first = [nothing[rate]] if rate in nothing and label != BASELINE else []
        stops.append([*first, *(places.index((label, i)) for i in own)])
    start = max(
        ((k, j) for k, own in enumerate(stops) for j in range(len(own))),
        key=lambda at: (places[stops[at[0]][at[1]]][0] == label, found[stops[at[0]][at[1]]].chosen),
    )
    return Path(reading.name(label), tuple(rates), tuple(map(tuple, stops)), start)


def _strength(label: str, configuration: Configuration, place: int) -> tuple[float, ...]:
    """Return the distances of a setting's strengths from their neutral values, then its place in the plan."""
    values = flat(configuration)
    alone = len(Composition.parse(label).names) == 1
    found = []
    for method, hyperparameter in Composition.parse(label).tunable():
        value = values[hyperparameter.name if alone else f"{method}.{hyperparameter.name}"]
        neutral = hyperparameter.neutral
        if isinstance(neutral, int | float):
            size = float(np.mean(np.asarray(value, np.float64)))
            found.append(-size if np.isinf(neutral) else abs(size - neutral))
    return (*found, place)


def _text(label: str, configurations: Sequence[Configuration], i: int) -> str:
    """Return the values that tell a setting apart from the method's others at the same learning rate."""
    worth = [k for k in settings.worth_saying(label, configurations) if k != LEARNING_RATE]
    values = flat(configurations[i])
    return settings.words(label, {k: values[k] for k in worth}, configurations) if worth else ""


def _runs(reading: StudyReading, label: str, configuration: Configuration) -> pd.DataFrame:
    runs = reading.results
    same = runs["hyperparameters"] == hyperparameters_json(configuration)
    return runs[(runs["method"] == label) & same]


def _scores(own: pd.DataFrame, replicates: int) -> Floats:
    scores = np.full((len(PARTS), replicates), np.nan)
    for row, part in zip(scores, PARTS, strict=True):
        row[own["replicate"].to_numpy(int)] = floats(own[part])
    return scores


def _traces(reading: StudyReading) -> tuple[Floats, dict[tuple[str, int], Floats]]:
    """Return the epochs shown, and the traces of every setting: [replicates, 4, epochs]."""
    histories = reading.study.histories(selected=False)
    last = int(histories["epoch"].max()) if len(histories) else 0
    epochs = np.unique(np.linspace(1, max(last, 1), min(max(last, 1), EPOCHS)).round().astype(int))
    values: dict[tuple[str, int], Floats] = {}
    table = floats(histories[list(QUANTITIES)])
    begins = np.flatnonzero(floats(histories["epoch"]) == 1)
    keys = histories.iloc[begins][["method", "configuration", "replicate"]]
    rows = zip(keys.itertuples(index=False), np.split(table, begins[1:]), strict=True)
    for (label, i, replicate), history in rows if len(begins) else ():
        shape = (reading.plan.replicates, len(QUANTITIES), len(epochs))
        own = values.setdefault((str(label), int(i)), np.full(shape, np.nan))
        own[int(replicate)] = history[np.minimum(epochs, len(history)) - 1].T
    for own in values.values():
        own[~np.isfinite(own)] = np.nan
    return epochs.astype(np.float64), values


def over_replicates(values: Floats) -> Floats:
    """Return mean, smallest and largest value over replicates: [4 quantities, 3, epochs].

    Args:
        values: [replicates, 4 quantities, epochs], NaN without a run.
    """
    there = np.isfinite(values)
    count = there.sum(axis=0)
    mean = np.where(there, values, 0).sum(axis=0) / np.maximum(count, 1)
    low = np.where(there, values, np.inf).min(axis=0)
    high = np.where(there, values, -np.inf).max(axis=0)
    found = np.stack([mean, low, high], axis=1)
    found[(count == 0)[:, None].repeat(3, axis=1)] = np.nan
    return found


def _kernels(arrays: dict[str, np.ndarray]) -> Floats:
    kernels = [np.ravel(v) for name, v in sorted(arrays.items()) if name.endswith("/kernel")]
    return np.concatenate(kernels).astype(np.float64)


def weight_axis(unregularized: list[Floats]) -> tuple[float, float]:
    """Return scale and end of the weights' axis, from networks without regularization."""
    sizes = np.abs(np.concatenate(unregularized)) if unregularized else np.ones(1)
    sizes = sizes[(sizes > 0) & np.isfinite(sizes)]
    if not len(sizes):
        return 1.0, 1.0
    scale = float(10 ** np.floor(np.log10(np.median(sizes)))) / 2
    return scale, float(np.arcsinh(3 * np.quantile(sizes, 0.999) / scale))


def weights_on(values: Floats, scale: float, end: float) -> Kernels:
    """Return how weights lie on an axis of that scale and end."""
    nonzero = values[(values != 0) & np.isfinite(values)]
    placed = np.arcsinh(nonzero / scale).clip(-end, end)
    counts, _ = np.histogram(placed, bins=BINS, range=(-end, end))
    return Kernels(counts / max(len(values), 1), float(np.mean(values == 0)), len(values))


def _work(reading: StudyReading, kept: list[_Arrays]) -> float:
    """Return the multiplications for the boundaries of a replicate; 0 where there are none to draw."""
    width = len(reading.dataset.features)
    if reading.dataset.task.predicts != "classes" or width < 2 or not kept:
        return 0.0
    # a convolution's kernel is used at every pixel
    each = sum(
        value.size * (width if value.ndim == 4 else 1)
        for name, value in kept[0].items()
        if name.endswith("/kernel")
    )
    return float(_side(width) ** 2 * each * len(kept))


def caption(record: PathsFigure) -> str:
    """Say how to read the figure."""
    text = (
        f"Networks of replicate {REPLICATE}, the first one trained, whatever its scores; bands: all "
        "replicates, from lowest to highest. Settings are chosen by validation scores alone; test scores of other "
        "settings are shown to learn from, not to choose by."
    )
    if len(record.shown) > 1:
        text += (
            " That replicate was fixed before training; others, up to replicate "
            f"{record.shown[-1].replicate}, can be chosen to see how much luck is in a network."
        )
    first = record.shown[0].plane
    if first is not None and first.share < 1:
        text += (
            " The data have more than two features: the boundary is drawn in the plane through their mean along their "
            f"two principal axes, in which {100 * first.share:.0f} % of their variance lies; points are "
            "projected onto it, so colour and point may differ where the prediction is right."
        )
    return text
