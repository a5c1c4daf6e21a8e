"""The words that name a study's data set in a shell: a name with arguments, or a file and the roles of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridle.data import load, names, shortest
from bridle.data.dataset import Dataset
from bridle.data.openml import PREFIX
from bridle.grammar import parse_call
from bridle.study.plan import Plan


def loaded(plan: Plan, dataset: Dataset | None) -> Dataset:
    """Return the study's data set."""
    return load(plan.dataset) if dataset is None else dataset


def _words(dataset: Dataset | None) -> tuple[str, ...]:
    """Return the words that name a file and the roles of its columns; none for other data sets."""
    return () if dataset is None else getattr(dataset.rows, "typed", ())


def typed(plan: Plan, dataset: Dataset | None, short: bool) -> Sequence[object]:
    """Return the words that name the data set, in the shortest form that can be typed if that is asked for."""
    if words := _words(dataset):
        file = words[0] if words[0].startswith(PREFIX) else Path(words[0])
        return [file, *words[1:]]
    return [shortest(plan.dataset) if short else plan.dataset]


def usual_folder(plan: Plan, dataset: Dataset | None) -> str:
    """Return the default folder of a comparison, if it does not exist yet."""
    stem = parse_call(plan.dataset).name if dataset is None else dataset.name
    return f"bridle-{''.join(letter if letter.isalnum() else '-' for letter in stem)}"


def can_be_typed(plan: Plan, dataset: Dataset | None) -> bool:
    """Say whether the data set can be loaded by its name, or was read from a file."""
    return parse_call(plan.dataset).name in names() or bool(_words(dataset))
