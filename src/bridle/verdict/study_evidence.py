"""The evidence of a study: the results of its selected runs, and facts about how they were obtained."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import cast

import numpy as np

from bridle.data.own import typed
from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Design
from bridle.statistics.margin import Margin
from bridle.study import settings
from bridle.study.bounds import ONE_SE, ROUNDS
from bridle.study.claims import claimed
from bridle.study.command import again
from bridle.study.folders import SEARCH
from bridle.study.influence import Influence, causes
from bridle.study.plan import BASELINE, LEVEL, Plan, hyperparameters_json
from bridle.study.progress import least_gain
from bridle.study.reader import StudyReader
from bridle.study.reading import read_by
from bridle.study.selection import flat
from bridle.study.stored import StoredRun
from bridle.verdict.evidence import Array, Evidence, Flags, Predictions, Setting
from bridle.verdict.measure import measure_of

_LOSSES = {"log-loss": "train_loss"}
"""Metrics that equal the training loss, which is known for the training rows although predictions are not kept."""


def evidence_of(study: StudyReader, metric: Metric | None = None) -> Evidence:
    """Return the evidence of a study.

    Args:
        study: finished or partly finished.
        metric: the metric of the evidence; by default the study's.
    """
    metric = metric or study.metric
    plan, facts = read_by(study.plan, metric), study.facts()
    folder, names = study.folder.as_posix(), settings.short_names(plan.methods)
    own, recorded = _scores(study, metric), read_metric(study.dataset.task.metric)
    improved = study.improvement
    least = least_gain(plan, recorded.name, improved.reached)
    # what a search found is not chosen again after its test rows were seen
    searched = (study.folder / SEARCH).is_file()
    training = (_LOSSES | {recorded.name: "train_score"}).get(metric.name, "")
    return replace(
        own,
        recorded=None if metric == recorded else _scores(study, recorded),
        tried={label: _tried(plan, label, names[label] != label) for label in plan.methods},
        chosen={label: _chosen(study, label) for label in plan.methods},
        train_scores=_measured(study, lambda run: run.scores.get(training, math.nan)),
        exact_zeros=_measured(study, lambda run: run.scores["exact_zeros"]),
        shares=_of_influences(study, lambda influence: influence.share),
        predictions_changed=_of_influences(study, lambda influence: influence.predictions_changed),
        epochs=plan.epochs,
        score_gains=improved.scores,
        loss_gains=improved.losses,
        loss_speedups=improved.faster,
        least_gain=least,
        names=names,
        folder=folder,
        seed=plan.seed,
        notes=plan.notes,
        planned_runs=study.planned_runs,
        seconds=facts["seconds"],
        diverged=facts["diverged"],
        at_edge={} if searched else facts["at_edge"],
        idle=facts["idle"],
        apart=_apart(study, own),
        primary="" if plan.primary == metric.name else measure_of(plan.primary).metric,
        criterion="" if plan.criterion == metric.name else plan.criterion,
        refinable=_refinable(plan, own),
        one_se=plan.select == ONE_SE,
        again=None
        if plan.origin or searched
        else functools.partial(again, plan, folder, dataset=study.dataset),
        predictions=_predictions(study),
        rankings=claimed(plan),
        proper=_proper(study, metric),
    )


def _proper(study: StudyReader, metric: Metric) -> Evidence | None:
    """Return the evidence by the task's proper score, if the plan declared a share of the error for it."""
    plan = study.plan
    if plan.looks.share == 1 or metric.name != plan.primary:
        return None
    own = _scores(study, read_metric(study.dataset.task.proper))
    others = len(plan.methods) - 1
    looks = replace(plan.looks, share=round(1 - plan.looks.share, 12)).among(others, LEVEL)
    return replace(own, looks=looks, names=settings.short_names(plan.methods))


def _scores(study: StudyReader, metric: Metric) -> Evidence:
    """Return only the evidence that the statistics need, in a metric."""
    plan, sizes, sign = read_by(study.plan, metric), study.dataset.sizes, metric.sign
    groups = study.dataset.groups
    per_example = plan.design != "fresh" or plan.replicates == 1
    scores, parts = study.test_scores(metric), study.parts(metric) if per_example else {}
    # an unbiased calibration error may be below 0; then there is no error to take a share of
    error = metric.scale if metric.whole else lambda score: max(-score, 0.0)
    return Evidence(
        name=study.dataset.name,
        metric=metric.name,
        measure=measure_of(metric.name, _typical(scores.values())),
        error=error,
        methods=plan.methods,
        baseline=BASELINE,
        design=cast(Design, plan.design),
        replicates=plan.replicates,
        scores={label: sign * own for label, own in scores.items()},
        examples={label: sign * own for label, own in parts.items()},
        rows=_rows(study) if plan.design == "overlapping" else None,
        groups=None if groups is None else groups[_rows(study)],
        sizes=(sizes.train, sizes.test) if plan.design == "overlapping" else None,
        test_size=sizes.test,
        margin=Margin.parse(plan.margin),
        looks=plan.looks,
        level=LEVEL,
        inert=_inert(study),
        dataset=typed(study.dataset),
        runs=study.runs,
    )


def _rows(study: StudyReader) -> Array:
    """Return [replicates, n]: which row of the table each test example is."""
    replicates, seed = range(study.plan.replicates), study.plan.seed
    return np.stack([study.dataset.replicate(number, seed).test for number in replicates])


def _typical(scores: Iterable[Floats]) -> float:
    """Return the median of the methods' mean scores; NaN if there are none."""
    means = [own[~np.isnan(own)].mean() for own in scores if not np.isnan(own).all()]
    return float(np.median(means)) if means else math.nan


def _tried(plan: Plan, label: str, short: bool) -> tuple[Setting, ...]:
    """Return the settings of a method, in plan order."""
    configurations = plan.configurations[label]
    found = []
    for configuration in configurations:
        values = flat(configuration)
        words = settings.words(label, values, configurations, short)
        found.append(Setting(hyperparameters_json(configuration), words, values))
    return tuple(found)


def _chosen(study: StudyReader, label: str) -> tuple[int | None, ...]:
    """Return for each replicate the place of its selected run's setting."""
    runs = [study.selected.get((label, replicate)) for replicate in range(study.plan.replicates)]
    return tuple(None if run is None else run.configuration for run in runs)


def _measured(study: StudyReader, of: Callable[[StoredRun], float]) -> dict[str, Floats]:
    """Return one measurement of the selected runs, for each method [replicates]."""
    found = {label: np.full(study.plan.replicates, math.nan) for label in study.plan.methods}
    for label, replicate in study.selected:
        stored = study.stored(label, replicate)
        if stored is not None and stored.status == "done":
            found[label][replicate] = of(stored)
    return found


def _of_influences(study: StudyReader, of: Callable[[Influence], float]) -> dict[str, Floats]:
    """Return one measurement of the methods' influence on their selected runs, for each method [replicates]."""
    found = {label: np.full(study.plan.replicates, math.nan) for label in study.plan.methods}
    for (label, replicate), run in study.selected.items():
        if run.name in study.influences:
            found[label][replicate] = of(study.influences[run.name])
    return found


def _inert(study: StudyReader) -> dict[str, Flags]:
    """Return for each method with selected runs [replicates] whether it did nothing there."""
    found: dict[str, Flags] = {}
    for (label, replicate), run in study.selected.items():
        if run.name in study.influences:
            flags = found.setdefault(label, np.zeros(study.plan.replicates, bool))
            flags[replicate] = study.influences[run.name].inert is True
    return found


def _apart(study: StudyReader, evidence: Evidence) -> frozenset[str]:
    """Return why scores of methods that did nothing differ from the baseline's."""
    done = {
        place: run for place, run in study.selected.items() if place[1] in evidence.done(place[0])
    }
    rates = {place: run.spec.learning_rate for place, run in done.items()}
    changes: Mapping[tuple[str, int], float] = {
        place: study.influences[run.name].score_change
        for place, run in done.items()
        if run.name in study.influences
    }
    return causes(rates, changes, evidence.methods_inert)


def _refinable(plan: Plan, evidence: Evidence) -> bool:
    """Say whether the settings of a finished study could be refined, which is another look at it."""
    compared = BASELINE in plan.methods and len(plan.methods) > 1 and evidence.runs > 0
    may_look = not compared or plan.replicates < 2 or plan.looks.again
    return may_look and plan.rounds < ROUNDS and plan.origin is None


def _predictions(study: StudyReader) -> Predictions:
    """Return the predictions of the selected runs."""

    def outputs(method: str, replicate: int) -> Array:
        return np.asarray(study.predictions(method, replicate)["test"])

    @functools.cache
    def truth(replicate: int) -> tuple[Array, Array | None]:
        split = study.dataset.replicate(replicate, study.plan.seed)
        return np.asarray(split.targets[split.test]), split.weights_of(split.test)

    sizes = study.dataset.sizes
    return Predictions(
        study.dataset.task,
        outputs,
        lambda replicate: truth(replicate)[0],
        (sizes.train, sizes.test),
        lambda replicate: truth(replicate)[1],
    )
