"""Test for signal: do the predictions of any method depend on the labels?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bridle.statistics import Comparison
from bridle.statistics.signal import SIGNALS
from bridle.verdict.evidence import Evidence

ACCURACY = "accuracy"
"""The metric with a known chance level; in other metrics only the presence of signal can be shown."""

NEAR_CHANCE = 0.1
"""Distance from the share of the most frequent class within which it is asked whether anything was learned."""

LEAST = 999
"""Minimum number of permutations of the test labels; there are more where many methods share the error."""


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
        p: for all methods together (Bonferroni's rule).
        methods: number of these methods.
        permutations: of the test labels.
        reached: number of permutations with as high an accuracy; None on overlapping splits, where the
            accuracies above chance are tested by a corrected t instead.
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
    """Test the methods in order, the best first, until one is surely better than chance.

    All tests share the error of this look, so the order may be that of the test scores.

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
    task = predictions.task
    error = (1 - comparison.held) / len(known)
    numbers = sorted({replicate for label in known for replicate in there[label]})
    truth = {replicate: predictions.targets(replicate) for replicate in numbers}
    found = []
    for label in known:
        labels = np.stack([truth[replicate] for replicate in there[label]])
        test = SIGNALS[task.predicts](
            np.stack([predictions.decided(label, replicate) for replicate in there[label]]),
            labels[0] if evidence.design == "fixed_test" else labels,
            permutations=max(LEAST, math.ceil(2 / error)),
            level=1 - error,
            design=evidence.design,
            sizes=predictions.sizes,
        )
        if test.found:
            reached = None
            if evidence.design != "overlapping":
                reached = round(test.p * (1 + test.permutations)) - 1
            return Learned(
                label,
                test.accuracy,
                test.chance,
                min(1.0, len(known) * test.p),
                len(known),
                test.permutations,
                reached,
                task.right,
                task.truth,
            )
        found.append(test)
    if evidence.metric != ACCURACY:
        return None
    first = truth[numbers[0]]
    commonest = np.bincount(first).max() / len(first)
    best = max(scores[label] for label in known)
    if best > commonest + NEAR_CHANCE:
        return None
    if any(c.verdict.label in ("helps", "hurts") for c in comparison.methods):
        return None
    accuracy = float(np.mean([test.chance for test in found]))
    bound = float(np.max([accuracy, *(test.excluded_above for test in found)]))
    return Chance(accuracy, bound, dataset=evidence.dataset, truth=task.truth)
