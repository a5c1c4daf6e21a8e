"""Pictures of an experiment's statements: what was measured, as records, one kind for each way to show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bridle.experiments import measures
from bridle.experiments.effects import MEASURES, history, pairs_of
from bridle.experiments.outcome import StatementResult
from bridle.experiments.paired import EXAMPLES, Trained
from bridle.report.figures.base import NotShownError
from bridle.report.figures.planes import Plane, plane
from bridle.statistics.checks import Floats
from bridle.study.prediction import predict_seen

SIDE = 120
"""Grid points along each axis of a boundary."""

UNITS = 40
"""Units whose correlations are drawn, the first that vary."""


@dataclass(frozen=True)
class ReplicateLine:
    """One line with a value of every replicate at every place.

    Attributes:
        method: its label.
        values: `[replicates, places]`, NaN where a run ended earlier.
    """

    method: str
    values: Floats


@dataclass(frozen=True)
class LinePanel:
    """Lines over one axis.

    Attributes:
        title: what is special about it.
        x: the places.
        lines: one for each method.
    """

    title: str
    x: Floats
    lines: tuple[ReplicateLine, ...]


@dataclass(frozen=True)
class LinesFigure:
    """Panels of lines.

    Attributes:
        across: name of the horizontal axis.
        up: name of the vertical axis.
        panels: side by side, with one vertical axis.
        logarithmic: whether the horizontal axis is.
        percent: whether values are shares.
    """

    across: str
    up: str
    panels: tuple[LinePanel, ...]
    logarithmic: bool = False
    percent: bool = False


@dataclass(frozen=True)
class PairsFigure:
    """For every case the quantity of a method and of what it is measured against, replicate by replicate.

    Attributes:
        quantity: name of the axis.
        percent: whether it is a share.
        cases: name, labels of the two (the second empty if there is none), and their values `[replicates]`.
    """

    quantity: str
    percent: bool
    cases: tuple[tuple[str, str, str, Floats, Floats], ...]


@dataclass(frozen=True)
class WeightSizesFigure:
    """Sizes of weights, and how many are exactly zero.

    Attributes:
        methods: label, sizes of the weights that are not 0, and the share that is 0.
    """

    methods: tuple[tuple[str, Floats, float], ...]


@dataclass(frozen=True)
class FeaturesFigure:
    """How much of each input a network uses.

    Attributes:
        relevant: number of relevant inputs, the first ones.
        methods: label, norms of the inputs' weights `[replicates, inputs]`, precision and recall of the inputs kept.
    """

    relevant: int
    methods: tuple[tuple[str, Floats, float, float], ...]


@dataclass(frozen=True)
class SmoothnessFigure:
    """Boundaries with their lengths.

    Attributes:
        plane: where they are drawn.
        methods: label, the second class's probability `[side, side]` and the mean length of the boundary.
    """

    plane: Plane
    methods: tuple[tuple[str, Floats, float], ...]


@dataclass(frozen=True)
class CorrelationsFigure:
    """Correlations of hidden units.

    Attributes:
        methods: label, correlations `[units, units]`, and the mean absolute one of all units.
    """

    methods: tuple[tuple[str, Floats, float], ...]


@dataclass(frozen=True)
class SetsFigure:
    """How far every technique is behind the best on every data set.

    Attributes:
        sets: names.
        methods: labels.
        behind: `[methods, sets]`, best mean score minus its own, as shares.
    """

    sets: tuple[str, ...]
    methods: tuple[str, ...]
    behind: Floats


ExperimentFigure = (
    LinesFigure
    | PairsFigure
    | WeightSizesFigure
    | FeaturesFigure
    | SmoothnessFigure
    | CorrelationsFigure
    | SetsFigure
)


def collect(result: StatementResult, trained: Trained) -> ExperimentFigure:
    """Return the picture of a statement.

    Args:
        result: the statement, decided.
        trained: the studies by the names of the trials.

    Raises:
        NotShownError: nothing of it was measured.
    """
    if not result.cases:
        raise NotShownError("nothing of it was measured at this scale")
    return KINDS[result.statement.picture](result, trained)


def _pairs(result: StatementResult, trained: Trained) -> PairsFigure:
    measure = MEASURES[result.statement.measure]
    found = tuple(
        (r.case.name, r.case.method, r.case.against, r.effect.method, r.effect.against)
        for r in result.cases
    )
    return PairsFigure(measure.quantity, measure.factor == 100, found)


def _methods(result: StatementResult) -> tuple[str, ...]:
    """Return the labels of a statement's cases, what they are measured against first."""
    against = [r.case.against for r in result.cases if r.case.against]
    return tuple(dict.fromkeys([*against, *(r.case.method for r in result.cases)]))


def _weights(result: StatementResult, trained: Trained) -> WeightSizesFigure:
    study = trained[result.cases[0].case.trials[0]]
    found = []
    for label in _methods(result):
        every = [
            kernel.ravel()
            for r in range(study.plan.replicates)
            for name, kernel in study.weights(label, r).items()
            if name.endswith("kernel")
        ]
        sizes = np.abs(np.concatenate(every)).astype(np.float64)
        found.append((label, sizes[sizes > 0], float(np.mean(sizes == 0))))
    return WeightSizesFigure(tuple(found))


def _features(result: StatementResult, trained: Trained) -> FeaturesFigure:
    from bridle.data.generated import RELEVANT

    study = trained[result.cases[0].case.trials[0]]
    found = []
    for label in dict.fromkeys(("none", *_methods(result))):
        kernels = [study.weights(label, r)[measures.FIRST] for r in range(study.plan.replicates)]
        norms = np.stack([measures.input_norms(kernel) for kernel in kernels])
        kept = [measures.precision_recall(measures.used(kernel), RELEVANT) for kernel in kernels]
        precision, recall = np.nanmean(np.array(kept), axis=0)
        found.append((label, norms, float(precision), float(recall)))
    return FeaturesFigure(RELEVANT, tuple(found))


_CURVES = {"training": "train_score", "train_loss": "train_loss"}
"""Columns of a history that show a measure; of others the validation loss does."""


def _curves(result: StatementResult, trained: Trained) -> LinesFigure:
    column = _CURVES.get(result.statement.measure, "val_loss")
    panels = []
    for found in result.cases:
        study = trained[found.case.trials[0]]
        x = np.arange(1, study.plan.epochs + 1, dtype=np.float64)
        labels = dict.fromkeys(("none", found.case.method))
        lines = tuple(
            ReplicateLine(label, _padded(trained, found.case.trials[0], label, column))
            for label in labels
        )
        panels.append(LinePanel(found.case.name, x, lines))
    up = {"train_score": "training accuracy", "train_loss": "training loss"}.get(
        column, "validation loss"
    )
    return LinesFigure("epoch", up, tuple(panels), percent=column == "train_score")


def _padded(trained: Trained, name: str, label: str, column: str) -> Floats:
    study = trained[name]
    found = np.full((study.plan.replicates, study.plan.epochs), np.nan)
    for replicate in range(study.plan.replicates):
        values = history(study, label, replicate, 0, column)
        found[replicate, : len(values)] = values
    return found


def _rates(result: StatementResult, trained: Trained) -> LinesFigure:
    study = trained[result.cases[0].case.trials[0]]
    rates, labels = study.plan.learning_rates, _methods(result)
    epochs = result.statement.measure == "epochs"

    def value(label: str, replicate: int, rate: float) -> float:
        losses = history(study, label, replicate, rate, "train_loss")
        if epochs:
            return float(measures.epochs_below(losses, 0.1)) if len(losses) else np.nan
        scores = history(study, label, replicate, rate, "val_score")
        return float(scores[-1]) if len(scores) == study.plan.epochs else np.nan

    lines = tuple(
        ReplicateLine(
            label,
            np.array(
                [[value(label, r, rate) for rate in rates] for r in range(study.plan.replicates)]
            ),
        )
        for label in labels
    )
    up = MEASURES["epochs"].quantity if epochs else "validation accuracy at the end"
    panel = LinePanel("", np.array(rates), lines)
    return LinesFigure("learning rate", up, (panel,), logarithmic=True, percent=not epochs)


def _sizes(result: StatementResult, trained: Trained) -> LinesFigure:
    """Return the scores of the first case's two methods by the number of training examples."""
    case = result.cases[0].case
    names = [
        name
        for name, study in trained.items()
        if {case.method, case.against} <= set(study.plan.methods)
    ]
    names.sort(key=lambda name: trained[name].dataset.sizes.train)
    x = np.array([trained[name].dataset.sizes.train for name in names], np.float64)
    labels = sorted({case.method, case.against}, key=lambda label: label != "none")
    return _by_trial(trained, names, x, tuple(labels), "training images")


def _widths(result: StatementResult, trained: Trained) -> LinesFigure:
    names = sorted(trained, key=lambda name: trained[name].plan.widths)
    x = np.array([trained[name].plan.widths[0] for name in names], np.float64)
    return _by_trial(
        trained, names, x, trained[names[0]].plan.methods, "units in each hidden layer"
    )


def _by_trial(
    trained: Trained, names: list[str], x: Floats, labels: tuple[str, ...], across: str
) -> LinesFigure:
    lines = []
    for label in labels:
        most = max(trained[name].plan.replicates for name in names)
        errors = np.full((most, len(names)), np.nan)
        for place, name in enumerate(names):
            own = 1 - trained[name].test_scores()[label]
            errors[: len(own), place] = own
        lines.append(ReplicateLine(label, errors))
    return LinesFigure(
        across, "test error", (LinePanel("", x, tuple(lines)),), logarithmic=True, percent=True
    )


def _boundaries(result: StatementResult, trained: Trained) -> SmoothnessFigure:
    study = trained[result.cases[0].case.trials[0]]
    split = study.dataset.replicate(0, study.plan.seed)
    found, grid = plane(split, study.dataset.features, SIDE)
    lengths = {r.case.method: r.effect.method for r in result.cases}
    lengths["none"] = result.cases[0].effect.against
    surfaces = []
    for label in _methods(result):
        run, weights = study.selected[label, 0], study.weights(label, 0)
        p = predict_seen(run, weights, study.dataset, split, grid)[:, 1].reshape(SIDE, SIDE)
        surfaces.append((label, p.astype(np.float64), float(np.nanmean(lengths[label]))))
    return SmoothnessFigure(found, tuple(surfaces))


def _correlations(result: StatementResult, trained: Trained) -> CorrelationsFigure:
    case, effect = result.cases[0].case, result.cases[0].effect
    study = trained[case.trials[0]]
    split = study.dataset.replicate(0, study.plan.seed)
    x = split.seen(split.test[:EXAMPLES])
    found = []
    for label, values in ((case.against, effect.against), (case.method, effect.method)):
        units = measures.hidden(study.weights(label, 0), x, study.plan.activation)
        units = units[:, units.std(axis=0) > 1e-9][:, :UNITS]
        table = np.atleast_2d(np.corrcoef(units.T))
        found.append((label, table, float(np.nanmean(values))))
    return CorrelationsFigure(tuple(found))


def _sets(result: StatementResult, trained: Trained) -> SetsFigure:
    methods = tuple(r.case.method for r in result.cases)
    names = [name for name in result.cases[0].case.trials if name in trained]
    means = np.array(
        [[np.nanmean(pairs_of(trained[name]).scores[m]) for name in names] for m in methods]
    )
    return SetsFigure(tuple(names), methods, means.max(axis=0) - means)


KINDS: dict[str, Callable[[StatementResult, Trained], ExperimentFigure]] = {
    "pairs": _pairs,
    "weights": _weights,
    "features": _features,
    "curves": _curves,
    "rates": _rates,
    "sizes": _sizes,
    "widths": _widths,
    "boundaries": _boundaries,
    "correlations": _correlations,
    "sets": _sets,
}
"""Every kind of picture by the name that statements use."""
