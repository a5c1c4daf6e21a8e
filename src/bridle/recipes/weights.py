"""Code for how much each example counts."""

from __future__ import annotations

import numpy as np

from bridle.data.dataset import Dataset
from bridle.recipes.code import comment, enclosed, literal

_BALANCED = 'compute_sample_weight("balanced", y)'


def weighing(dataset: Dataset, column: str = "") -> list[str]:
    """Return lines that set the `weights` of the examples; none if all count alike.

    Args:
        dataset: the study's.
        column: that holds them, of the table `frame`; empty if none does.
    """
    if dataset.weights is None:
        return []
    if column:
        lines = [f"weights = frame[{literal(column)}].to_numpy(float)"]
        typed = getattr(dataset.rows, "typed", ())
        return [*lines, f"weights = weights * {_BALANCED}"] if "balanced" in typed else lines
    found = _of_classes(dataset)
    if not found:
        about = comment("YOUR DATA: how much each example counts")
        return [about, 'weights = np.load("weights.npy")']
    counts = np.bincount(dataset.rows.targets)
    if np.allclose(counts * found, counts[0] * found[0], rtol=1e-4):
        return [f"weights = {_BALANCED}"]
    numbers = [literal(float(f"{weight:.6g}")) for weight in found]
    return [enclosed("by_class = np.array([", numbers, "])"), "weights = by_class[y]"]


def _of_classes(dataset: Dataset) -> list[float]:
    """Return the weight of each class, if examples count by their class alone; otherwise none."""
    if dataset.task.predicts != "classes" or dataset.weights is None:
        return []
    targets = dataset.rows.targets
    of_each = [dataset.weights[targets == at] for at in range(len(dataset.task.names))]
    if any(len(own) == 0 or not np.allclose(own, own[0], rtol=1e-5) for own in of_each):
        return []
    return [float(own[0]) for own in of_each]
