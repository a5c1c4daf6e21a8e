"""The path of the package `lassonet`: from all features to none, each model begun where the last one ended."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from lassonet import LassoNetClassifier

Examples = tuple[np.ndarray, np.ndarray]


def path(
    train: Examples, validation: Examples, test: Examples, widths: tuple[int, ...], seed: int
) -> tuple[float, list[dict[str, Any]]]:
    """Return the seconds of the path on one core, and of each model features kept, validation and test accuracy.

    Everything but the widths is at the package's defaults.

    Args:
        train: inputs `[n, d]`, as Bridle's networks see them, and classes.
        validation: likewise; the package stops each model's training early on them.
        test: likewise.
        widths: units of each hidden layer.
        seed: of the first weights.
    """
    torch.set_num_threads(1)
    model = LassoNetClassifier(hidden_dims=widths, verbose=0, torch_seed=seed, device="cpu")
    started = time.perf_counter()
    found = model.path(
        *train,
        X_val=validation[0],
        y_val=validation[1],
        return_state_dicts=True,
        disable_lambda_warning=True,
    )
    seconds = time.perf_counter() - started
    models = []
    for one in found:
        model.load(one)
        accuracy = [float((model.predict(x) == y).mean()) for x, y in (validation, test)]
        kept = int(one.selected.sum())
        models.append({"kept": kept, "validation": accuracy[0], "test": accuracy[1]})
    return seconds, models
