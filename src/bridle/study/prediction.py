"""Predicting with a network of a study."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.data.dataset import Dataset, Split
from bridle.data.examples import further
from bridle.engine.compiled import Shapes
from bridle.engine.predictor import answers
from bridle.study.plan import PlannedRun


def predict(
    run: PlannedRun, weights: dict[str, np.ndarray], dataset: Dataset, X: Any
) -> np.ndarray:
    """Return a run's predictions for raw examples `X [n, ...]`, read and scaled as in training.

    Returns:
        Class probabilities `[n, K]`, or values `[n, T]` in the targets' unit.

    Raises:
        UserError: `X` does not hold examples like those of the data set.
    """
    inputs = further(X, dataset)
    split = dataset.replicate(run.replicate, run.spec.seed)
    return predict_seen(run, weights, dataset, split, split.prepared(inputs))


def predict_seen(
    run: PlannedRun,
    weights: dict[str, np.ndarray],
    dataset: Dataset,
    split: Split,
    x: np.ndarray,
) -> np.ndarray:
    """Return predictions for examples `x [n, d]` as `Split.inputs` holds them; the network was trained on the split."""
    found = answers(run.program, Shapes.of(dataset), run.spec, weights, x)
    return dataset.task.decode(found, split.target_scaling)
