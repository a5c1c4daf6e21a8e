"""What an experiment found: a verdict on every statement, and published figures beside ours."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bridle.experiments.effects import MEASURES
from bridle.experiments.paired import CaseEffect, Trained
from bridle.origins import Case, Experiment, Extent, Printed, Statement
from bridle.statistics import Estimate, interval
from bridle.statistics.checks import Floats
from bridle.statistics.prediction import Predicted, agreement, predicted

HOLDS, FAILS, DEPENDS, UNDECIDED, ABSENT = (
    "holds",
    "does not hold",
    "depends",
    "undecided",
    "not tested",
)
VERDICTS = (HOLDS, FAILS, DEPENDS, UNDECIDED, ABSENT)
LEVEL = 0.95


@dataclass(frozen=True)
class CaseResult:
    """One case of a statement, decided.

    Attributes:
        case: the condition.
        effect: what was measured.
        low: lower end of its interval, 95 % for one case of every statement together.
        high: upper end.
        verdict: one of `VERDICTS` but `depends`.
    """

    case: Case
    effect: CaseEffect
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class StatementResult:
    """A statement with the verdicts of its cases.

    Attributes:
        statement: what is said.
        cases: those that this scale has.
        missing: names of the cases that it does not have.
        verdict: `holds` or `does not hold` if all cases agree, `depends` if some hold and others do not.
    """

    statement: Statement
    cases: tuple[CaseResult, ...]
    missing: tuple[str, ...]
    verdict: str


@dataclass(frozen=True)
class PrintedResult:
    """A published figure beside ours.

    Attributes:
        printed: the figure.
        ours: our scores `[replicates]`; empty if there are none.
        predicted: where the mean of as many further trainings as the work's would lie.
        verdict: `agrees`, `differs`, `undecided` or `not comparable`.
    """

    printed: Printed
    ours: tuple[float, ...]
    predicted: Predicted
    verdict: str


@dataclass(frozen=True)
class Outcome:
    """What an experiment found at one scale.

    Attributes:
        experiment: the work.
        scale: its name.
        statements: its statements, decided.
        printed: its figures beside ours.
        intervals: number of statements, whose intervals hold together.
    """

    experiment: Experiment
    scale: str
    statements: tuple[StatementResult, ...]
    printed: tuple[PrintedResult, ...]
    intervals: int


def conclude_experiment(experiment: Experiment, scale: str, trained: Trained) -> Outcome:
    """Measure every statement of an experiment, and decide.

    Args:
        experiment: the work.
        scale: its name.
        trained: the finished studies by the names of the trials.
    """
    measured: dict[str, list[tuple[Case, CaseEffect]]] = {}
    for statement in experiment.statements:
        take = MEASURES[statement.measure].take
        measured[statement.name] = [
            (case, take(trained, case)) for case in statement.cases if _there(case, trained)
        ]
    extent = experiment.scales[scale]
    # a statement holds if every one of its cases does, so that cases need no correction among themselves
    amount = max(1, sum(bool(cases) for cases in measured.values()))
    decided = tuple(
        _decided(statement, measured[statement.name], amount, extent.judged)
        for statement in experiment.statements
    )
    printed = _printed(experiment, extent, trained)
    return Outcome(experiment, scale, decided, printed, amount)


def _there(case: Case, trained: Trained) -> bool:
    """Say whether a scale has the trials of a case; of several sets some are enough."""
    found = [name in trained for name in case.trials]
    return any(found) if "among" in case.options else all(found)


def _decided(
    statement: Statement, measured: Iterable[tuple[Case, CaseEffect]], amount: int, judged: bool
) -> StatementResult:
    cases = []
    for case, effect in measured:
        low, high = bounds(effect.estimate, amount * effect.chosen)
        verdict = decide(low, high, case.least) if judged else ABSENT
        cases.append(CaseResult(case, effect, low, high, verdict))
    there = {result.case.name for result in cases}
    missing = tuple(case.name for case in statement.cases if case.name not in there)
    return StatementResult(
        statement, tuple(cases), missing, together([result.verdict for result in cases])
    )


def bounds(estimate: Estimate, amount: int) -> tuple[float, float]:
    """Return the interval of an effect, 95 % for `amount` of them together.

    Where all replicates agree exactly there is no standard error, and both ends are what they agree on.
    """
    if estimate.known and estimate.replicates > 1:
        found = interval(estimate, LEVEL, amount)
        return found.low, found.high
    if estimate.replicates > 1 and math.isfinite(estimate.difference):
        return estimate.difference, estimate.difference
    return math.nan, math.nan


def decide(low: float, high: float, least: float) -> str:
    """Return the verdict of an interval: whether the effect exceeds `least`."""
    if math.isnan(low):
        return UNDECIDED
    if low > least:
        return HOLDS
    return FAILS if high <= least else UNDECIDED


def together(verdicts: list[str]) -> str:
    """Return the verdict of a statement from those of its cases."""
    if not verdicts:
        return ABSENT
    found = set(verdicts)
    if found >= {HOLDS, FAILS}:
        return DEPENDS
    return verdicts[0] if len(found) == 1 else UNDECIDED


def _printed(experiment: Experiment, extent: Extent, trained: Trained) -> tuple[PrintedResult, ...]:
    values = [figure.value for figure in experiment.printed]
    found = []
    for figure in experiment.printed:
        ours = _ours(figure, trained)
        where = predicted(ours, figure.runs, LEVEL, len(values))
        if extent.short or not len(ours) or not figure.method:
            verdict = "not comparable"
        else:
            verdict = agreement(figure.value, where, values)
        found.append(PrintedResult(figure, tuple(map(float, ours)), where, verdict))
    return tuple(found)


def _ours(figure: Printed, trained: Trained) -> Floats:
    study = trained.get(figure.trial)
    if study is None or figure.method not in study.plan.methods:
        return np.array([])
    if figure.score == "test":
        scores: Floats = study.test_scores()[figure.method]
    else:
        runs = [study.stored(figure.method, r) for r in range(study.plan.replicates)]
        scores = np.array([math.nan if run is None else run.scores["train_score"] for run in runs])
    known: Floats = scores[np.isfinite(scores)]
    return known
