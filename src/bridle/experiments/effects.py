"""From trained trials to effects: how the measure of a statement is taken, oriented so that positive supports it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.data.generated import RELEVANT
from bridle.data.randomness import generator
from bridle.experiments import measures
from bridle.metrics import metric as read_metric
from bridle.origins import Case
from bridle.statistics import Estimate, fresh
from bridle.statistics.checks import Floats
from bridle.statistics.pairs import Pairs
from bridle.study.prediction import predict_seen
from bridle.study.reader import StudyReader
from bridle.verdict.evidence import Evidence
from bridle.verdict.study_evidence import evidence_of

Trained = Mapping[str, StudyReader]

EXAMPLES = 2_000
"""Test examples on which activations are measured, the first ones."""

REMOVALS = 5
"""How often half of the units is removed, each time another half."""

SIDE = 200
"""Grid points along each axis on which boundaries are measured."""

LEVEL = 0.1
"""Training loss that counts as converged."""

WITHIN = 0.05
"""How far below the best validation accuracy a learning rate is still usable."""


@dataclass(frozen=True)
class Effect:
    """What was measured for one case.

    Attributes:
        estimate: of the effect; positive supports the statement.
        method: the quantity for the method `[replicates]`.
        against: for what it is measured against; empty if the method is measured alone.
        chosen: how many estimates this one was chosen from as the clearest.
        where: what it was chosen as, in words.
    """

    estimate: Estimate
    method: Floats
    against: Floats
    chosen: int = 1
    where: str = ""

    @property
    def same(self) -> bool:
        """Whether both quantities are equal in every replicate."""
        return bool(len(self.against)) and np.array_equal(self.method, self.against)


@dataclass(frozen=True)
class Measure:
    """A way to measure a statement.

    Attributes:
        quantity: what is measured, as axes name it.
        unit: of the effect, as tables write it behind a number; `%` and `points` are of shares.
        take: returns the effect of a case.
        higher: whether more of the quantity supports the statement.
    """

    quantity: str
    unit: str
    take: Callable[[Trained, Case], Effect]
    higher: bool = True

    @property
    def factor(self) -> float:
        """By what an effect is multiplied to be written."""
        return 100.0 if self.unit in ("%", "points") else 1.0


Quantity = Callable[[StudyReader, str, int, Case], float]


def _each(
    quantity: Quantity, higher: bool = True, relative: bool = False
) -> Callable[[Trained, Case], Effect]:
    """Return a measure that takes a quantity of every network, and the difference within each replicate.

    Args:
        quantity: of a network.
        higher: whether more supports the statement.
        relative: whether the difference is a share of the quantity of what it is measured against.
    """

    def take(trained: Trained, case: Case) -> Effect:
        study = trained[case.trials[0]]
        method = _over(study, case.method, quantity, case)
        against = _over(study, case.against, quantity, case) if case.against else np.array([])
        difference = method - against if case.against else method
        if relative:
            difference = difference / against
        return Effect(fresh(difference if higher else -difference), method, against)

    return take


def _over(study: StudyReader, label: str, quantity: Quantity, case: Case) -> Floats:
    """Return a quantity of a method's selected networks, NaN where a run diverged."""
    found = np.full(study.plan.replicates, np.nan)
    for replicate in range(study.plan.replicates):
        run = study.stored(label, replicate)
        if run is not None and run.status == "done":
            found[replicate] = quantity(study, label, replicate, case)
    return found


def _scored(name: str) -> Callable[[Trained, Case], Effect]:
    """Return a measure by a metric of predictions, with the standard error of the study's design."""

    def take(trained: Trained, case: Case) -> Effect:
        study = trained[case.trials[0]]
        metric = f"robustness(noise={case.options['noise']:g})" if name == "robustness" else name
        pairs = pairs_of(study, metric)
        sign = read_metric(metric).sign
        return Effect(
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


def _units(study: StudyReader, label: str, replicate: int) -> Floats:
    """Return the first hidden layer's activations on test examples."""
    split = study.dataset.replicate(replicate, study.plan.seed)
    x = split.seen(split.test[:EXAMPLES])
    return measures.hidden(study.weights(label, replicate), x, study.plan.activation)


def _removal(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy that is lost when a random half of the first layer's units is removed."""
    run = study.selected[label, replicate]
    split = study.dataset.replicate(replicate, study.plan.seed)
    rows = split.test[:EXAMPLES]
    weights = study.weights(label, replicate)

    def accuracy(changed: Mapping[str, npt.NDArray[np.float32]]) -> float:
        found = predict_seen(run, dict(changed), study.dataset, split, split.seen(rows))
        return float((found.argmax(axis=1) == split.targets[rows]).mean())

    random = generator(study.plan.seed, replicate, "removed units")
    following = weights["dense_1/kernel"]
    after = []
    for _ in range(REMOVALS):
        kept = random.permutation(len(following)) < len(following) / 2
        # the half that is left counts twice, so that the next layer's inputs keep their size
        after.append(accuracy({**weights, "dense_1/kernel": following * (2.0 * kept[:, None])}))
    return accuracy(weights) - float(np.mean(after))


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


def _drift(trained: Trained, case: Case) -> Effect:
    before, after = (trained[name] for name in case.trials)

    def moved(label: str) -> Floats:
        found = [
            measures.drift(_units(before, label, r), _units(after, label, r))
            for r in range(before.plan.replicates)
        ]
        return np.array(found)

    method, against = moved(case.method), moved(case.against)
    return Effect(fresh(against - method), method, against)


def _contrast(trained: Trained, case: Case) -> Effect:
    """Return how much more a method gains, or scores, in the first trial than in the second."""

    def gain(name: str) -> Floats:
        scores = trained[name].test_scores()
        return scores[case.method] - (scores[case.against] if case.against else 0.0)

    first, second = (gain(name) for name in case.trials)
    return Effect(fresh(first - second), first, second)


def _within(trained: Trained, case: Case) -> Effect:
    """Return by how much the size of a difference stays below the margin."""
    found = _scored("accuracy")(trained, case)
    margin, size = case.options["margin"], found.estimate
    side = size if size.difference < 0 else size.flipped()  # −|difference|
    return Effect(_shifted(side, margin), found.method, found.against)


def _below_chance(trained: Trained, case: Case) -> Effect:
    study = trained[case.trials[0]]
    pairs = pairs_of(study)
    own = pairs.own(case.method).flipped()
    return Effect(_shifted(own, case.options["chance"]), pairs.scores[case.method], np.array([]))


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return replace(estimate, difference=estimate.difference + by)


def _beaten(trained: Trained, case: Case) -> Effect:
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
        return Effect(fresh(nothing), nothing, nothing)
    _, name, other, pairs = max(found, key=lambda entry: entry[0])
    return Effect(
        pairs.estimate(other, case.method),
        pairs.scores[case.method],
        pairs.scores[other],
        chosen=len(found),
        where=f"{other} on {name}",
    )


MEASURES = {
    "accuracy": Measure("test accuracy", "points", _scored("accuracy")),
    "log_loss": Measure("test log-loss", "", _scored("log-loss"), higher=False),
    "robustness": Measure("accuracy on noisy test images", "points", _scored("robustness")),
    "zeros": Measure("weights exactly zero", "%", _each(_score("exact_zeros"))),
    "nonzero": Measure(
        "weights not zero", "%", _each(lambda s, m, r, c: 1 - _score("exact_zeros")(s, m, r, c))
    ),
    "shrinkage": Measure(
        "norm of the weights",
        "%",
        _each(_score("weight_norm"), higher=False, relative=True),
        higher=False,
    ),
    "selection": Measure(
        "Youden's index of the inputs kept",
        "",
        _each(lambda s, m, r, c: measures.selection(measures.used(_first(s, m, r)), RELEVANT)),
    ),
    "unused": Measure(
        "inputs not used",
        "%",
        _each(lambda s, m, r, c: 1 - float(measures.used(_first(s, m, r)).mean())),
    ),
    "damping": Measure(
        "norm of irrelevant over relevant inputs",
        "",
        _each(lambda s, m, r, c: measures.noise_to_signal(_first(s, m, r), RELEVANT), higher=False),
        higher=False,
    ),
    "jitter": Measure(
        "change of the validation loss from epoch to epoch",
        "%",
        _each(lambda s, m, r, c: measures.jitter(history(s, m, r, 0, "val_loss")), higher=False),
        higher=False,
    ),
    "correlation": Measure(
        "mean absolute correlation of hidden units",
        "",
        _each(lambda s, m, r, c: measures.correlation(_units(s, m, r)), higher=False),
        higher=False,
    ),
    "removal": Measure(
        "accuracy lost without half of the units",
        "points",
        _each(_removal, higher=False),
        higher=False,
    ),
    "stopped": Measure("epochs saved", "%", _each(_stopped)),
    "epochs": Measure(
        f"epochs to a training loss of {LEVEL:g}",
        "epochs",
        _each(_epochs, higher=False),
        higher=False,
    ),
    "usable": Measure("usable learning rates", "rates", _each(_usable)),
    "gap": Measure(
        "training minus test accuracy",
        "points",
        _each(
            lambda s, m, r, c: _score("train_score")(s, m, r, c) - _score("test_score")(s, m, r, c),
            higher=False,
        ),
        higher=False,
    ),
    "drift": Measure("movement of units' mean activations", "", _drift, higher=False),
    "boundary": Measure(
        "length of the decision boundary", "", _each(_boundary, higher=False), higher=False
    ),
    "train_loss": Measure(
        "training loss", "", _each(_score("train_loss"), higher=False), higher=False
    ),
    "training": Measure("training accuracy", "%", _each(_score("train_score"))),
    "below_chance": Measure("test accuracy", "points", _below_chance, higher=False),
    "within": Measure("test accuracy", "points", _within),
    "contrast": Measure("difference of test accuracies", "points", _contrast),
    "beaten": Measure("test score", "points", _beaten, higher=False),
}
"""Every measure by the name that statements use."""
