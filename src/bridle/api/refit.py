"""The model to take home: what a study recommends, trained on all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bridle.domains import Integer
from bridle.models import Model, Recipe, fit, trained_on_all
from bridle.recipes.choice import chosen
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer

SPLITS = 3
"""Number of the study's splits on which the gain of an ensemble is measured."""


def refit(study: StudyReader, answer: Answer, method: str | None, ensemble: int) -> Model:
    """Train a study's choice on all rows; see `Study.refit`."""
    recipe, label = chosen(study, answer, method)
    recipe = replace(recipe, members=Integer(1).check("ensemble", ensemble))
    facts: dict[str, Any] = {
        "method": recipe.method,
        "learning_rate": recipe.learning_rate,
        "study": study.folder.name,
        "seed": study.plan.seed,
        "bridle": study.versions.get("bridle", ""),
    }
    row = answer.row(label)
    if row is not None:
        facts |= {"metric": answer.evidence.metric, "score": row.score}
    if not study.complete:
        facts["unfinished"] = [study.runs, study.planned_runs]
    if recipe.members > 1:
        facts["ensemble_gain"] = _gain(study, recipe)
    return trained_on_all(study.dataset, recipe, study.plan.seed, facts)


def _gain(study: StudyReader, recipe: Recipe) -> list[float]:
    """Return on splits of the study by how much the ensemble is better than its members on average, in test score."""
    dataset, task, found = study.dataset, study.dataset.task, []
    for number in range(min(SPLITS, study.plan.replicates)):
        split = dataset.replicate(number, study.plan.seed)
        inputs = split.inputs  # those of a table are prepared
        weights = None if dataset.weights is None else dataset.weights[split.train]
        trained = fit(
            inputs[split.train].reshape(-1, *dataset.shape),
            split.targets[split.train],
            task.nameless,
            replace(recipe, seed=recipe.seed + number),
            weights,
            (split.shift, split.scale),
        ).network
        test = inputs[split.test]
        single = [replace(trained, members=(one,)).predict(test) for one in trained.members]
        scores = [_score(task, p, split) for p in (*single, trained.predict(test))]
        sign = -1.0 if task.lower else 1.0
        found.append(sign * (scores[-1] - float(np.mean(scores[:-1]))))
    return found


def _score(task: Any, predictions: Any, split: Any) -> float:
    """Return the score of probabilities or values on the test rows."""
    if task.predicts == "classes":
        with np.errstate(divide="ignore"):
            predictions = np.log(predictions)
    targets = split.targets[split.test]
    return float(
        task.measure(predictions, targets, split.target_scaling, split.weights_of(split.test))[1]
    )
