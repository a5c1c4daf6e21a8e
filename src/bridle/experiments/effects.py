"""From trained trials to effects: how the measure of a statement is taken, oriented so that positive supports it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.data.generated import RELEVANT
from bridle.experiments import measures
from bridle.experiments.paired import CaseEffect, Quantity, StatementMeasure, Trained, each
from bridle.experiments.probes import PROBES, removal, units
from bridle.metrics import metric as read_metric
from bridle.origins import Case
from bridle.statistics import Estimate, fresh
from bridle.statistics.checks import Floats
from bridle.statistics.pairs import Pairs
from bridle.study.prediction import predict_seen
from bridle.study.reader import StudyReader
from bridle.verdict.evidence import Evidence
from bridle.verdict.study_evidence import evidence_of

SIDE = 200
"""Grid points along each axis on which boundaries are measured."""

LEVEL = 0.1
"""Training loss that counts as converged."""

WITHIN = 0.05
"""How far below the best validation accuracy a learning rate is still usable."""


def _scored(name: str) -> Callable[[Trained, Case], CaseEffect]:
    """Return a measure by a metric of predictions, with the standard error of the study's design."""

    def take(trained: Trained, case: Case) -> CaseEffect:
        study = trained[case.trials[0]]
        metric = f"robustness(noise={case.options['noise']:g})" if name == "robustness" else name
        pairs = pairs_of(study, metric)
        sign = read_metric(metric).sign
        return CaseEffect(
            pairs.estimate(case.method, case.against),
            sign * pairs.scores[case.method],
            sign * pairs.scores[case.against],
        )

    return take


@functools.lru_cache(maxsize=64)
def pairs_of(study: StudyReader, metric: str = "") -> Pairs:
    """Return the scores of a study's methods, higher is better, with the estimate of any two.

    Args:
        study: finished.
        metric: such as `log-loss`; by default the study's own.
    """
    own: Evidence = evidence_of(study, read_metric(metric) if metric else None)
    examples, rows = own.independent()
    return Pairs(own.scores, own.design, examples, own.sizes, own.test_size, rows=rows)


def _score(name: str) -> Quantity:
    def quantity(study: StudyReader, label: str, replicate: int, case: Case) -> float:
        run = study.stored(label, replicate)
        assert run is not None
        return run.scores[name]

    return quantity


def _first(study: StudyReader, label: str, replicate: int) -> npt.NDArray[np.float32]:
    return study.weights(label, replicate)[measures.FIRST]


def _boundary(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the length of a network's boundary in the frame of the data, in standard deviations of the inputs."""
    split = study.dataset.replicate(replicate, study.plan.seed)
    seen = split.seen(split.train)
    low, high = seen.min(axis=0) - 0.5, seen.max(axis=0) + 0.5
    x, y = (np.linspace(low[i], high[i], SIDE, dtype=np.float32) for i in range(2))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    run, weights = study.selected[label, replicate], study.weights(label, replicate)
    found = predict_seen(run, weights, study.dataset, split, grid)[:, 1].reshape(SIDE, SIDE)
    step = float(x[1] - x[0]), float(y[1] - y[0])
    return measures.boundary_length(found.astype(np.float64) - 0.5, step)


@functools.lru_cache(maxsize=64)
def _histories(study: StudyReader) -> Any:
    return study.histories(selected=False)


def history(study: StudyReader, label: str, replicate: int, rate: float, column: str) -> Floats:
    """Return a column of the history of the run with a learning rate, or of the selected run where `rate` is 0."""
    if rate:
        tried = [c["learning_rate"] for c in study.plan.configurations[label]]
        which = min(range(len(tried)), key=lambda i: abs(np.log(tried[i] / rate)))
    else:
        which = study.selected[label, replicate].configuration
    table = _histories(study)
    own = table[
        (table["method"] == label)
        & (table["replicate"] == replicate)
        & (table["configuration"] == which)
    ]
    return np.asarray(own[column], np.float64)


def _epochs(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    losses = history(study, label, replicate, case.options["rate"], "train_loss")
    losses = np.pad(losses, (0, study.plan.epochs - len(losses)), constant_values=np.inf)
    return float(measures.epochs_below(losses, LEVEL))


def _usable(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    def last(method: str, rate: float) -> float:
        scores = history(study, method, replicate, rate, "val_score")
        return float(scores[-1]) if len(scores) == study.plan.epochs else float("nan")

    rates = study.plan.learning_rates
    methods = {case.method, case.against}
    best = np.nanmax([last(method, rate) for method in methods for rate in rates])
    own = np.array([last(label, rate) for rate in rates])
    return float(measures.usable(own, float(best), WITHIN))


def _stopped(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    run = study.stored(label, replicate)
    assert run is not None
    return 1.0 - run.epochs_run / study.plan.epochs


def _drift(trained: Trained, case: Case) -> CaseEffect:
    before, after = (trained[name] for name in case.trials)

    def moved(label: str) -> Floats:
        found = [
            measures.drift(units(before, label, r), units(after, label, r))
            for r in range(before.plan.replicates)
        ]
        return np.array(found)

    method, against = moved(case.method), moved(case.against)
    return CaseEffect(fresh(against - method), method, against)


def _contrast(trained: Trained, case: Case) -> CaseEffect:
    """Return how much more a method gains, or scores, in the first trial than in the second."""

    def gain(name: str) -> Floats:
        scores = trained[name].test_scores()
        return scores[case.method] - (scores[case.against] if case.against else 0.0)

    first, second = (gain(name) for name in case.trials)
    return CaseEffect(fresh(first - second), first, second)


def _within(trained: Trained, case: Case) -> CaseEffect:
    """Return by how much the size of a difference stays below the margin."""
    found = _scored("accuracy")(trained, case)
    margin, size = case.options["margin"], found.estimate
    side = size if size.difference < 0 else size.flipped()  # −|difference|
    return CaseEffect(_shifted(side, margin), found.method, found.against)


def _below_chance(trained: Trained, case: Case) -> CaseEffect:
    study = trained[case.trials[0]]
    pairs = pairs_of(study)
    own = pairs.own(case.method).flipped()
    return CaseEffect(
        _shifted(own, case.options["chance"]), pairs.scores[case.method], np.array([])
    )


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return replace(estimate, difference=estimate.difference + by)


def _beaten(trained: Trained, case: Case) -> CaseEffect:
    """Return where a technique is most clearly beaten by another one."""
    found: list[tuple[float, str, str, Pairs]] = []
    for name in case.trials:
        if name not in trained:
            continue
        pairs = pairs_of(trained[name])
        for other in trained[name].plan.methods:
            estimate = pairs.estimate(other, case.method)
            if other not in (case.method, "none") and estimate.known:
                clear = estimate.difference / max(estimate.standard_error, 1e-12)
                found.append((clear, name, other, pairs))
    if not found:
        nothing = np.array([np.nan])
        return CaseEffect(fresh(nothing), nothing, nothing)
    _, name, other, pairs = max(found, key=lambda entry: entry[0])
    return CaseEffect(
        pairs.estimate(other, case.method),
        pairs.scores[case.method],
        pairs.scores[other],
        chosen=len(found),
        where=f"{other} on {name}",
    )


MEASURES = {
    "accuracy": StatementMeasure("test accuracy", "points", _scored("accuracy")),
    "log_loss": StatementMeasure("test log-loss", "", _scored("log-loss"), higher=False),
    "calibration": StatementMeasure(
        "calibration error", "", _scored("calibration-error"), higher=False
    ),
    "robustness": StatementMeasure(
        "accuracy on noisy test images", "points", _scored("robustness")
    ),
    "zeros": StatementMeasure("weights exactly zero", "%", each(_score("exact_zeros"))),
    "nonzero": StatementMeasure(
        "weights not zero", "%", each(lambda s, m, r, c: 1 - _score("exact_zeros")(s, m, r, c))
    ),
    "shrinkage": StatementMeasure(
        "norm of the weights",
        "%",
        each(_score("weight_norm"), higher=False, relative=True),
        higher=False,
        relative=True,
    ),
    "selection": StatementMeasure(
        "Youden's index of the inputs kept",
        "",
        each(lambda s, m, r, c: measures.selection(measures.used(_first(s, m, r)), RELEVANT)),
    ),
    "unused": StatementMeasure(
        "inputs not used",
        "%",
        each(lambda s, m, r, c: 1 - float(measures.used(_first(s, m, r)).mean())),
    ),
    "damping": StatementMeasure(
        "norm of irrelevant over relevant inputs",
        "",
        each(lambda s, m, r, c: measures.noise_to_signal(_first(s, m, r), RELEVANT), higher=False),
        higher=False,
    ),
    "jitter": StatementMeasure(
        "change of the validation loss from epoch to epoch",
        "%",
        each(lambda s, m, r, c: measures.jitter(history(s, m, r, 0, "val_loss")), higher=False),
        higher=False,
    ),
    "correlation": StatementMeasure(
        "mean absolute correlation of hidden units",
        "",
        each(lambda s, m, r, c: measures.correlation(units(s, m, r)), higher=False),
        higher=False,
    ),
    "removal": StatementMeasure(
        "accuracy lost without half of the units",
        "points",
        each(removal, higher=False),
        higher=False,
    ),
    "stopped": StatementMeasure("epochs saved", "%", each(_stopped)),
    "epochs": StatementMeasure(
        f"epochs to a training loss of {LEVEL:g}",
        "epochs",
        each(_epochs, higher=False),
        higher=False,
    ),
    "usable": StatementMeasure("usable learning rates", "rates", each(_usable)),
    "gap": StatementMeasure(
        "training minus test accuracy",
        "points",
        each(
            lambda s, m, r, c: _score("train_score")(s, m, r, c) - _score("test_score")(s, m, r, c),
            higher=False,
        ),
        higher=False,
    ),
    "drift": StatementMeasure("movement of units' mean activations", "", _drift, higher=False),
    "boundary": StatementMeasure(
        "length of the decision boundary", "", each(_boundary, higher=False), higher=False
    ),
    "train_loss": StatementMeasure(
        "training loss", "", each(_score("train_loss"), higher=False), higher=False
    ),
    "training": StatementMeasure("training accuracy", "%", each(_score("train_score"))),
    "below_chance": StatementMeasure("test accuracy", "points", _below_chance, higher=False),
    "within": StatementMeasure("test accuracy", "points", _within),
    "contrast": StatementMeasure("difference of test accuracies", "points", _contrast),
    "beaten": StatementMeasure("test score", "points", _beaten, higher=False),
    **PROBES,
}
"""Every measure by the name that statements use."""
