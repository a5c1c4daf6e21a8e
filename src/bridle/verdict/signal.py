"""Test for signal: do the predictions of any method depend on the labels?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bridle.statistics import Comparison
from bridle.statistics.signal import signals
from bridle.verdict.evidence import Evidence

ACCURACY = "accuracy"
"""The metric with a known chance level; in other metrics only the presence of signal can be shown."""

NEAR_CHANCE = 0.1
"""Distance from the share of the most frequent class within which it is asked whether anything was learned."""

LEAST = 999
"""Minimum number of permutations of the test labels; there are more where a later look has little error to spend."""


@dataclass(frozen=True)
class Chance:
    """The finding that no method's predictions can be told from chance, over several replicates.

    Attributes:
        accuracy: the accuracy by chance, the mean over permuted labels.
        excluded_above: mean accuracies of networks trained this way are excluded above this, for every
            method together; never below chance; NaN if unknown.
        dataset: the data set as it is typed in a shell; empty where it was given from Python.
        level: the confidence of both statements.
        truth: what was shuffled: `labels` or `targets`.
    """

    accuracy: float
    excluded_above: float
    dataset: str
    level: float = 0.95
    truth: str = "labels"


@dataclass(frozen=True)
class Learned:
    """The finding that a method's predictions depend on the labels.

    Attributes:
        method: its label.
        accuracy: the share of test examples that it gets right, the mean over replicates.
        chance: the same with permuted labels.
        p: for all methods together.
        methods: number of these methods.
        permutations: of the test labels.
        reached: number of permutations in which some method comes as far above chance; None on overlapping splits,
            where permutations vary less than tables do.
        right: words for a share of right answers, such as `{} are right`; for numbers, words for R².
        truth: what was shuffled: `labels` or `targets`.
    """

    method: str
    accuracy: float
    chance: float
    p: float
    methods: int
    permutations: int
    reached: int | None
    right: str = "{} are right"
    truth: str = "labels"


def against_chance(
    evidence: Evidence, scores: Mapping[str, float], comparison: Comparison
) -> Chance | Learned | None:
    """Test all methods together, and name the best that is surely better than chance.

    Args:
        evidence: must hold predictions; otherwise the result is None.
        scores: the mean score of each method in the metric's own unit, the best first.
        comparison: the statistics.

    Returns:
        `Chance` only if accuracies are close to it and no verdict tells methods apart, which predictions without
        signal could not; None if nothing can be said: a single network says nothing about others trained the same
        way.
    """
    predictions = evidence.predictions
    there = {label: evidence.done(label) for label in scores}
    known = [label for label, score in scores.items() if math.isfinite(score) and there[label]]
    if predictions is None or not known or min(len(there[label]) for label in known) < 2:
        return None
    task, rows, groups = predictions.task, None, None
    error = 1 - comparison.held
    numbers = sorted({replicate for label in known for replicate in there[label]})
    truth = {replicate: predictions.targets(replicate) for replicate in numbers}
    if evidence.rows is not None:
        rows = {replicate: evidence.rows[replicate] for replicate in numbers}
    if evidence.groups is not None:
        groups = {replicate: evidence.groups[replicate] for replicate in numbers}
    found = signals(
        task.predicts,
        {label: {r: predictions.decided(label, r) for r in there[label]} for label in known},
        truth,
        evidence.design,
        rows,
        predictions.sizes,
        groups,
        permutations=max(LEAST, math.ceil(2 / error)),
        level=comparison.held,
    )
    for label in known:
        test = found[label]
        if test.found:
            reached = None
            if evidence.design != "overlapping":
                reached = round(test.p * (1 + test.permutations)) - 1
            return Learned(
                label,
                test.accuracy,
                test.chance,
                test.p,
                len(known),
                test.permutations,
                reached,
                task.right,
                task.truth,
            )
    if evidence.metric != ACCURACY:
        return None
    first = truth[numbers[0]]
    commonest = np.bincount(first).max() / len(first)
    best = max(scores[label] for label in known)
    if best > commonest + NEAR_CHANCE:
        return None
    if any(c.verdict.label in ("helps", "hurts") for c in comparison.methods):
        return None
    accuracy = float(np.mean([test.chance for test in found.values()]))
    bound = float(np.max([accuracy, *(test.excluded_above for test in found.values())]))
    return Chance(accuracy, bound, dataset=evidence.dataset, truth=task.truth)


def explained(evidence: Evidence, labels: Iterable[str]) -> float:
    """Return the largest R² of a method on test examples, the mean over its replicates.

    R² is relative to the mean of the test targets, which explains nothing; with Huber's loss it is D².

    Args:
        evidence: must hold predictions of numbers; otherwise the result is NaN.
        labels: of the methods.
    """
    predictions = evidence.predictions
    if predictions is None or predictions.task.predicts != "values":
        return math.nan
    task, means = predictions.task, []
    for label in labels:
        shares = []
        for replicate in evidence.done(label):
            truth, values = predictions.targets(replicate), predictions.decided(label, replicate)
            shares.append(task.diagnostics.shares(values, truth, task.scaling(truth)).mean())
        if shares and math.isfinite(mean := float(np.mean(shares))):
            means.append(mean)
    return max(means, default=math.nan)
