"""What regularization a comparison in this process recommends for rows in memory."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bridle.api.study import Study
from bridle.api.training import compare
from bridle.errors import UserError
from bridle.grammar import Call
from bridle.models import Recipe
from bridle.study.learning_rates import LEARNING_RATE
from bridle.study.settings import written
from bridle.tasks import Task

REPLICATES, CONFIGURATIONS = 5, 9
"""How many splits a search compares on, and how many settings of each method, by default."""


def recommended(
    X: Any,
    targets: Any,
    task: Task,
    weights: Any,
    recipe: Recipe,
    methods: str | None = None,
    replicates: int = REPLICATES,
    configurations: int = CONFIGURATIONS,
) -> tuple[Recipe, Study]:
    """Compare methods on splits of the rows and return the recipe with what is recommended, and the study.

    The study's folder is a temporary one, which is gone when this returns; what it has read stays.

    Args:
        X: [n, d] numbers.
        targets: [n] classes or [n, T] numbers.
        task: what is learned.
        weights: [n], or None.
        recipe: everything but method and learning rate.
        methods: to compare, with commas; by default the usual ones.
        replicates: number of splits.
        configurations: number of settings of each method.
    """
    y = targets if task.predicts == "values" else np.asarray(task.names)[targets]
    with tempfile.TemporaryDirectory(prefix="bridle-search-") as folder:
        study = compare(
            X, y, out=Path(folder) / "study", executor="inline", sample_weight=weights, methods=methods,
            task=str(Call(task.kind, task.arguments)) if task.arguments else task.kind, replicates=replicates,
            configurations=configurations, seed=recipe.seed, network=recipe.network, widths=recipe.widths,
            activation=recipe.activation, optimizer=recipe.optimizer, schedule=recipe.schedule,
            batch_size=min(recipe.batch_size, len(y)), epochs=recipe.epochs,
        )  # fmt: skip
        assert isinstance(study, Study)
        choice = study.recommendation
        study.leaderboard()
        study.results()
    if choice is None:
        raise UserError("The comparison gave nothing to choose from: no run finished.")
    values = json.loads(choice.hyperparameters or "{}")
    found = replace(
        recipe,
        method=written(choice.method, values),
        learning_rate=values.get(LEARNING_RATE, recipe.learning_rate),
        epochs=study.plan.epochs if recipe.epochs is None else recipe.epochs,
    )
    return found, study
