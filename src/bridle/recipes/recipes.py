"""Recipes of a study: the chosen setting in the chosen framework."""

from __future__ import annotations

from bridle import wording
from bridle.errors import UserError, listed_names, shown, unknown
from bridle.methods.composition import Composition
from bridle.names import find
from bridle.numbers import many
from bridle.recipes.choice import chosen
from bridle.recipes.data import loading
from bridle.recipes.frameworks import Framework
from bridle.recipes.keras import KERAS
from bridle.recipes.optax import OPTAX
from bridle.recipes.program import RecipeProgram, writer
from bridle.recipes.pytorch import PYTORCH
from bridle.recipes.scores import score
from bridle.recipes.setup import setup
from bridle.recipes.sklearn import SKLEARN
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer

FRAMEWORKS = (KERAS, PYTORCH, SKLEARN, OPTAX)
"""The frameworks that recipes are written for."""


def framework(name: str) -> Framework:
    """Return a framework by its name.

    Raises:
        UserError: there is none of that name.
    """
    names = [one.name for one in FRAMEWORKS]
    others = {alias: one.name for one in FRAMEWORKS for alias in one.aliases}
    proper = find(name, names, others)
    for one in FRAMEWORKS:
        if one.name == proper:
            return one
    raise unknown("framework", name, names)


def recipe(
    study: StudyReader, answer: Answer, asked: Framework, method: str | None = None
) -> RecipeProgram:
    """Return a setting of a study as a program of another framework.

    Args:
        study: the study.
        answer: its answer.
        asked: the framework.
        method: a method of the study, at the setting chosen most often, or any setting, such as `dropout(rate=0.3)`;
            by default what the study recommends.

    Raises:
        UserError: the study is not finished, has no such method, or the framework cannot do it.
    """
    if not study.complete:
        raise UserError(
            f"{study.folder} is not finished: {study.runs} of {many(study.planned_runs, 'run')} are there. "
            f"Finish it first: {wording.command('resume', study.folder)}"
        )
    if method is not None:
        method = _label(study, method)
    wanted, label = chosen(study, answer, method)
    dataset = study.dataset
    found = setup(wanted, dataset)
    shape = (len(dataset.features),) if asked.plain else found.shape
    writing = writer(found, asked, FRAMEWORKS)
    return writing.program(
        loading(dataset, shape),
        score(study.metric, dataset.task, found.weighted),
        about=_about(study, answer, asked, wanted.method, label),
        command=f"bridle recipe {study.folder.name} --framework {asked.name}",
    )


def _label(study: StudyReader, method: str) -> str:
    """Return a method of the study, or a setting with hyperparameters.

    Raises:
        UserError: it is neither.
    """
    composition = Composition.parse(method)
    if composition.label in study.plan.methods:
        return composition.label
    if not (any(composition.pinned.values()) or composition.schedules):
        raise UserError(
            f"{shown(method)} is no method of {study.folder}: it compared {listed_names(study.plan.methods)}. "
            "For another setting write its hyperparameters, as in dropout(rate=0.3)."
        )
    return composition.label


def _about(study: StudyReader, answer: Answer, asked: Framework, method: str, label: str) -> str:
    """Return what the program is and what the setting scored in the study."""
    name = study.dataset.name
    text = f"{method} on {name} in {asked.title}, every default written out."
    row = answer.row(label)
    if row is not None:
        text += (
            f" In the study {study.folder.name} it had a mean test {study.metric.words} of "
            f"{answer.measure.score(row.score)} in {many(row.replicates, 'replicate')}."
        )
    return text
