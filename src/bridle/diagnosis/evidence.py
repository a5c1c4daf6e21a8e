"""The evidence of a diagnosis: the network against a simple predictor, and against itself on half of the examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bridle.data.dataset import Dataset, Integers
from bridle.data.own import typed
from bridle.diagnosis.quantities import FINDINGS, LEVEL, UNKNOWN, Quantity
from bridle.statistics.checks import Floats
from bridle.tasks import Task
from bridle.verdict.answer import Answer
from bridle.verdict.evidence import Evidence
from bridle.verdict.measure import Measure, measure_of

NETWORK = "network"
"""The network without regularization, trained on all examples."""

HALF = "half of the examples"
"""The same network, trained on half of the examples."""

EACH = (2 * LEVEL - 1) ** (1 / FINDINGS)
"""Confidence of each comparison, so that its lower end holds at `LEVEL` together with those of all findings."""


def share_measure(task: Task) -> Measure:
    """Return how shares are written: accuracy in percent, R² as it is."""
    own = task.diagnostics
    return replace(measure_of(own.metric), metric=own.share)


def evidence_of(
    dataset: Dataset,
    replicates: int,
    tables: Mapping[str, Mapping[int, Floats]],
    runs: int,
    planned: int,
    groups: Integers | None = None,
) -> Evidence:
    """Return the evidence of the comparisons in a diagnosis.

    Args:
        dataset: the data set.
        replicates: planned number of replicates.
        tables: by name (`NETWORK`, `HALF`, a simple predictor's) and replicate: every test example's part of the
            share `[n]`.
        runs: number of finished runs.
        planned: number of all runs.
        groups: the group of each row of a fixed test part, where rows of a group are alike.
    """
    there = {name: own for name, own in tables.items() if own}
    examples = {
        name: np.stack([own.get(r, np.full(dataset.sizes.test, np.nan)) for r in range(replicates)])
        for name, own in there.items()
    }
    return Evidence(
        name=dataset.name,
        metric=dataset.task.diagnostics.metric,
        measure=share_measure(dataset.task),
        error="accuracy",
        methods=tuple(there),
        baseline=NETWORK,
        design=dataset.design,
        replicates=replicates,
        scores={name: table.mean(axis=1) for name, table in examples.items()},
        examples=examples if dataset.design == "fixed_test" else {},
        groups=None if groups is None else np.broadcast_to(groups, (replicates, len(groups))),
        sizes=(dataset.sizes.train, dataset.sizes.test)
        if dataset.design == "overlapping"
        else None,
        test_size=dataset.sizes.test if dataset.design == "overlapping" else None,
        level=EACH ** max(len(there) - 1, 1),
        dataset=typed(dataset),
        runs=runs,
        planned_runs=planned,
    )


def ahead(answer: Answer | None, name: str) -> Quantity:
    """Return how much better the entry `name` is than the network; unknown if it was not compared."""
    found = None if answer is None else next((c for c in answer.compared if c.method == name), None)
    return UNKNOWN if found is None else Quantity(found.difference, found.low, found.high)


def behind(answer: Answer | None, name: str) -> Quantity:
    """Return how much better the network is than the entry `name`."""
    found = ahead(answer, name)
    return Quantity(-found.value, -found.high, -found.low)
