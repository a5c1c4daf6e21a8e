"""Is there signal: do the predictions of any method know something of the labels?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bridle.report import source

if TYPE_CHECKING:
    from bridle.report.answer import Row
    from bridle.statistics import Comparison

NEAR_CHANCE = 0.1
"""Scores this close to the share of the commonest class raise the question whether anything was learned."""

LEAST = 999
"""Test labels are permuted so often at least; more often where many methods share the error."""


@dataclass(frozen=True)
class Chance:
    """No method's predictions can be told from chance, over several replicates.

    Attributes:
        accuracy: what chance gives, the mean over permuted labels.
        excluded_above: mean accuracies of networks trained this way are excluded above this, for every
            method together; never below chance; NaN if unknown.
        dataset: that they were trained on, every argument written out.
        level: the confidence of both statements.
    """

    accuracy: float
    excluded_above: float
    dataset: str
    level: float = 0.95


@dataclass(frozen=True)
class Learned:
    """A method's predictions know something of the labels.

    Attributes:
        method: its label.
        accuracy: the share of test examples that it gets right, the mean over replicates.
        chance: the same with permuted labels.
        p: for all methods together (Bonferroni's rule).
        methods: how many those are.
        permutations: of the test labels.
        reached: how many of them gave as high an accuracy; None on overlapping splits, where the
            accuracies above chance are held to a corrected t instead.
        right: how a share of right answers is said, such as `{} are right`; of numbers R², the explained variance.
    """

    method: str
    accuracy: float
    chance: float
    p: float
    methods: int
    permutations: int
    reached: int | None
    right: str = "{} are right"


def against_chance(
    study: source.Study, rows: Sequence[Row], comparison: Comparison
) -> Chance | Learned | None:
    """Test one method after the other, the best first, until one surely does better than chance.

    All tests share what this look may spend. The order may therefore be that of the test scores.

    Returns:
        `Chance` only where accuracies, as the rows have them, are close to it and no verdict tells methods apart,
        which predictions without any signal could not; None where nothing can be said: a single network says nothing
        of others trained the same way.
    """
    there = source.replicates(study)
    known = [row for row in rows if math.isfinite(row.score) and there[row.method]]
    if not known or min(len(there[row.method]) for row in known) < 2:
        return None
    from bridle.statistics.signal import SIGNALS

    task = study.dataset.task
    design, sizes = study.dataset.design, study.dataset.sizes
    error = (1 - comparison.held) / len(known)
    truth = {}
    for replicate in sorted({r for row in known for r in there[row.method]}):
        split = study.dataset.replicate(replicate, study.plan.seed)
        truth[replicate] = split.targets[split.test]
    found = []
    for row in known:
        labels = np.stack([truth[replicate] for replicate in there[row.method]])
        test = SIGNALS[task.kind](
            np.stack([_decided(study, row.method, r) for r in there[row.method]]),
            labels[0] if design == "fixed_test" else labels,
            permutations=max(LEAST, math.ceil(2 / error)),
            level=1 - error,
            design=design,
            sizes=(sizes.train, sizes.test),
        )
        if test.found:
            reached = None
            if design != "overlapping":
                reached = round(test.p * (1 + test.permutations)) - 1
            return Learned(
                row.method,
                test.accuracy,
                test.chance,
                min(1.0, len(known) * test.p),
                len(known),
                test.permutations,
                reached,
                task.right,
            )
        found.append(test)
    if study.plan.metric != "accuracy":
        return None
    first = next(iter(truth.values()))
    commonest = np.bincount(first).max() / len(first)
    if max(row.score for row in known) > commonest + NEAR_CHANCE:
        return None
    if any(c.verdict.label in ("helps", "hurts") for c in comparison.methods):
        return None
    accuracy = float(np.mean([test.chance for test in found]))
    bound = float(np.max([accuracy, *(test.excluded_above for test in found)]))
    return Chance(accuracy, bound, dataset=study.plan.dataset)


def _decided(study: source.Study, method: str, replicate: int) -> np.ndarray:
    """Return the classes or values that a selected run predicts for its test examples."""
    predictions = np.asarray(study.predictions(method, replicate)["test"])
    return np.asarray(study.dataset.task.decided(predictions))
