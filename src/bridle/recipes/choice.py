"""The setting of a study that is taken home: what it recommends, or another that is asked for."""

from __future__ import annotations

import json
from typing import Any

from bridle.errors import UserError
from bridle.models import Recipe
from bridle.report.recommendation import recommendation
from bridle.study.learning_rates import LEARNING_RATE, middle
from bridle.study.reader import StudyReader
from bridle.study.settings import written
from bridle.verdict.answer import Answer


def chosen(study: StudyReader, answer: Answer, method: str | None) -> tuple[Recipe, str]:
    """Return how a choice is trained, and its label in the study.

    Args:
        study: the study.
        answer: its answer.
        method: a method of the study, at the setting chosen most often, or any other with its hyperparameters; by
            default what the study recommends.

    Raises:
        UserError: there is nothing to recommend.
    """
    label, text = method or "", ""
    if method is None:
        choice = recommendation(answer)
        if choice is None and len(study.plan.methods) > 1:
            raise UserError(
                f"{study.folder} has nothing to recommend yet: no run finished. Finish it first, or name a method."
            )
        if choice is not None:
            label, text = choice.method, choice.hyperparameters
        else:
            label = study.plan.methods[0]
    if label in study.plan.methods and not text:
        found = answer.chosen(label)
        text = "" if found is None else found.setting.text
    plan = study.plan
    values: dict[str, Any] = json.loads(text or "{}")
    recipe = Recipe(
        method=written(label, values) if values else label,
        network=plan.network,
        widths=plan.widths,
        activation=plan.activation,
        optimizer=plan.optimizer,
        schedule=plan.schedule,
        learning_rate=values.get(LEARNING_RATE, middle(plan.learning_rates)),
        batch_size=plan.batch_size,
        epochs=plan.epochs,
        seed=plan.seed,
    )
    return recipe, label
