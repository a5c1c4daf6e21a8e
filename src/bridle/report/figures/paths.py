"""`paths`: every setting of every method, from no regularization to the strongest, in one replicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bridle.errors import UserError
from bridle.methods.composition import Composition
from bridle.report.figures.base import Reading, floats, need_methods
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
"""The replicate whose networks are shown: the first, whatever its scores."""

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
        traces: [4, 4, epochs] the `QUANTITIES` over epochs: mean, smallest and largest value of all replicates, and the
            value of the shown replicate. A run that ended early keeps its last value.
        weights: of the shown network; None if they were not kept.
        surface: [side, side, classes] its probabilities over the plane; None without a plane or weights.
    """

    method: str
    text: str
    rate: float
    chosen: int
    scores: Floats
    traces: Floats
    weights: Kernels | None
    surface: Floats | None


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
        replicate: the replicate whose networks are shown.
        settings: the settings of all methods.
        paths: one for each method with a result.
        epochs: [epochs] the epochs of the traces.
        plane: where boundaries are drawn; None if they are not drawn.
        classes: names of the classes; empty if numbers are learned.
        scale: the weights' axis is arsinh(w / scale): linear around 0, logarithmic far from it.
        end: the axis goes from -end to end.
        keep: which weights the study kept, one of `KEEP`.
    """

    replicate: int
    settings: tuple[PathSetting, ...]
    paths: tuple[Path, ...]
    epochs: Floats
    plane: Plane | None
    classes: tuple[str, ...]
    scale: float
    end: float
    keep: str


def collect(reading: Reading) -> PathsFigure:
    """Read the runs of every setting, and predict with the kept networks of the shown replicate."""
    plan, study, labels = reading.plan, reading.study, need_methods(reading.answer)
    places = [(label, i) for label in labels for i in range(len(plan.configurations[label]))]
    kernels: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    names = {(r.method, r.configuration): r.name for r in plan.runs if r.replicate == REPLICATE}
    for label, i in places:
        if names[label, i] not in study.kept_weights:
            continue
        try:
            kernels[label, i] = study.weights(label, REPLICATE, i)
        except UserError:  # before a study is finished, a file may be missing
            if study.complete:
                raise
    flats = {place: _kernels(arrays) for place, arrays in kernels.items()}
    scale, end = weight_axis([flats[place] for place in flats if place[0] == labels[0]])
    shown, grid = _plane(reading, list(kernels.values()))
    epochs, traces = _traces(reading)
    found = []
    for label, i in places:
        own = _runs(reading, label, plan.configurations[label][i])
        surface = None
        if shown is not None and (label, i) in kernels:
            side = len(shown.x)
            asked = study.asked(label, REPLICATE, i, grid)
            surface = np.asarray(asked, np.float64).reshape(side, side, -1)
        found.append(
            PathSetting(
                reading.name(label),
                _text(label, plan.configurations[label], i),
                float(plan.configurations[label][i]["learning_rate"]),
                int(own["selected"].sum()),
                _scores(own, plan.replicates),
                traces.get((label, i), np.full((4, 4, len(epochs)), np.nan)),
                weights_on(flats[label, i], scale, end) if (label, i) in flats else None,
                surface,
            )
        )
    return PathsFigure(
        REPLICATE,
        tuple(found),
        tuple(_path(reading, label, places, found) for label in labels),
        epochs,
        shown,
        tuple(reading.dataset.task.names) if reading.dataset.task.predicts == "classes" else (),
        scale,
        end,
        plan.keep,
    )


def _path(
    reading: Reading, label: str, places: list[tuple[str, int]], found: Sequence[PathSetting]
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


def _runs(reading: Reading, label: str, configuration: Configuration) -> pd.DataFrame:
    runs = reading.results
    same = runs["hyperparameters"] == hyperparameters_json(configuration)
    return runs[(runs["method"] == label) & same]


def _scores(own: pd.DataFrame, replicates: int) -> Floats:
    scores = np.full((len(PARTS), replicates), np.nan)
    for row, part in zip(scores, PARTS, strict=True):
        row[own["replicate"].to_numpy(int)] = floats(own[part])
    return scores


def _traces(reading: Reading) -> tuple[Floats, dict[tuple[str, int], Floats]]:
    """Return the epochs shown, and the traces of every setting."""
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
    return epochs.astype(np.float64), {key: over_replicates(own) for key, own in values.items()}


def over_replicates(values: Floats) -> Floats:
    """Return mean, smallest and largest value over replicates, and the shown replicate's: [4 quantities, 4, epochs].

    Args:
        values: [replicates, 4 quantities, epochs], NaN without a run.
    """
    there = np.isfinite(values)
    count = there.sum(axis=0)
    mean = np.where(there, values, 0).sum(axis=0) / np.maximum(count, 1)
    low = np.where(there, values, np.inf).min(axis=0)
    high = np.where(there, values, -np.inf).max(axis=0)
    found = np.stack([mean, low, high, values[REPLICATE]], axis=1)
    found[:, :3][(count == 0)[:, None].repeat(3, axis=1)] = np.nan
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


def _plane(reading: Reading, kept: list[dict[str, np.ndarray]]) -> tuple[Plane | None, np.ndarray]:
    """Return the plane over which to predict, with its grid's examples; None without classes, or if it is slow."""
    dataset = reading.dataset
    width = len(dataset.features)
    if dataset.task.predicts != "classes" or width < 2 or not kept:
        return None, np.empty(0)
    side = SIDE if width == 2 else FEWER
    # a convolution's kernel is used at every pixel
    each = sum(
        value.size * (width if value.ndim == 4 else 1)
        for name, value in kept[0].items()
        if name.endswith("/kernel")
    )
    if side * side * each * len(kept) > WORK:
        return None, np.empty(0)
    return plane(dataset.replicate(REPLICATE, reading.plan.seed), dataset.features, side)


def caption(record: PathsFigure) -> str:
    """Say how to read the figure."""
    text = (
        f"Networks of replicate {record.replicate}, the first one trained, whatever its scores; bands: all "
        "replicates, from lowest to highest. Settings are chosen by validation scores alone; test scores of other "
        "settings are shown to learn from, not to choose by."
    )
    if record.plane is not None and record.plane.share < 1:
        text += (
            " The data have more than two features: the boundary is drawn in the plane through their mean along their "
            f"two principal axes, in which {100 * record.plane.share:.0f} % of their variance lies; points are "
            "projected onto it, so colour and point may differ where the prediction is right."
        )
    return text
