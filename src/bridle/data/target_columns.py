"""Targets in the columns of a table: classes or numbers, and classes that are too rare to be split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Targets
from bridle.data.targets import targets
from bridle.errors import Unquoted, UserError, shown
from bridle.numbers import listed, many
from bridle.tables.column import Column, DeclaredKind, table_type
from bridle.tables.columns import describe
from bridle.tables.raw import RawTable
from bridle.tasks import Task
from bridle.tasks import task as read_task
from bridle.wording import argument


def targets_in(
    table: RawTable, names: Sequence[str], task: str | None, types: Mapping[str, DeclaredKind]
) -> tuple[Targets, Task, tuple[str, ...]]:
    """Return the targets in columns of the table, their task, and what was inferred."""
    found = []
    for name in names:
        declared = types.get(name)
        column = describe(table, name, declared)
        if column.kind == "id" and not column.words:  # 1, 2, 3, … is as good a quantity as others
            column = describe(table, name, DeclaredKind("number"))
        if column.kind == "constant":
            raise UserError(
                f"The target {shown(name)} of {table.source} is {column.said}, so there is nothing to predict."
            )
        if column.kind == "date":
            raise UserError(
                f"The target {shown(name)} of {table.source} is a date. Make a number of it, such as days from a "
                f"fixed day, or classes: {table_type(name, 'category')}."
            )
        found.append(column)
    texts = [column for column in found if column.words]
    if len(found) > 1 and texts:
        raise UserError(
            f"Several targets must be numbers; {shown(texts[0].name)} of {table.source} holds "
            f"{', '.join(map(shown, texts[0].words[:3]))}. Choose one target."
        )
    if texts and task is not None and task.startswith("regress"):
        row = 0
        raise UserError(
            argument=f"The target {shown(texts[0].name)} of {table.source}",
            verb="hold",
            expected="numbers for a regression",
            received=Unquoted(
                f"{shown(texts[0].words[int(texts[0].data[row])])} in {table.place(row)}"
            ),
        )
    if (classes := _as_classes(found, task)) is not None:
        return (*classes, ())
    import pandas as pd

    y = pd.DataFrame({column.name: column.data for column in found})
    try:
        learned, what, notes = targets(y, table.rows, task)
    except UserError as error:
        raise error.within(
            f"The target {', '.join(map(shown, names))} of {table.source}: "
        ) from None
    said = "; ".join(notes)
    if what.predicts == "values" and notes:
        said = (
            f"{', '.join(names)} holds many different numbers, so it is learned as a regression; the task "
            "classification takes them as classes."
        )
    return learned, what, (said,) if said else ()


def _as_classes(found: Sequence[Column], task: str | None) -> tuple[Targets, Task] | None:
    """Return a single target of words, or of few whole numbers, as classes; None if it may be something else."""
    asked = read_task("classification" if task is None else task)
    column = found[0]
    if len(found) > 1 or asked.predicts != "classes":
        return None
    if column.words:
        positions, names = column.data.astype(np.int64), column.words
    else:
        different, positions = np.unique(column.data, return_inverse=True)
        several = 3 * len(different) > max(len(positions), 6)
        if several or (different != np.floor(different)).any():
            return None
        names = tuple(str(int(value)) for value in different)
    used = np.flatnonzero(np.bincount(positions, minlength=len(names)))
    learned = np.searchsorted(used, positions).astype(np.int32)
    return learned, asked.of(tuple(names[at] for at in used), learned)


def known(
    table: RawTable, names: Sequence[str], types: Mapping[str, DeclaredKind], held_out: int
) -> tuple[NDArray[np.bool_], str] | None:
    """Return which rows have all targets, and a sentence on the others; None if all have.

    Args:
        table: the table.
        names: of the targets.
        types: the kinds that were declared.
        held_out: the number of last rows that are the test rows, 0 if they are drawn.

    Raises:
        UserError: no row has them.
    """
    lacking = np.array([describe(table, name, types.get(name)).missing for name in names])
    lost = np.asarray(lacking.any(axis=0))
    if not lost.any():
        return None
    named = listed([shown(name) for name, own in zip(names, lacking, strict=True) if own.any()])
    if lost.all():
        raise UserError(
            argument=f"The target {named} of {table.source}",
            verb="hold",
            expected="values to learn from",
            received=Unquoted("none in any row"),
        )
    count, tested = int(lost.sum()), int(lost[table.rows - held_out :].sum()) if held_out else 0
    rows = many(count, "test row" if tested == count else "row")
    part = f", {many(tested, 'test row')} among them" if 0 < tested < count else ""
    where = "the first is" if count > 1 else "it is"
    return ~lost, (
        f"{rows} left out{part}: the target {named} is missing there; {where} {table.place(int(np.argmax(lost)))}."
    )


_LEAST = 3
"""Minimum number of rows of a class: one each for training, validation and test."""

_MOST_LOST = 0.05
"""Maximum share of rows that are left out because their classes are too rare."""


def common(
    table: RawTable, name: str, learned: Targets, task: Task
) -> tuple[NDArray[np.bool_], str] | None:
    """Return which rows have a class that can be split, and a sentence on the others; None if all have.

    Raises:
        UserError: many rows have no such class.
    """
    if task.predicts != "classes":
        return None
    counts = np.bincount(learned, minlength=len(task.names))
    rare = np.flatnonzero(counts < _LEAST)
    lost, kept = int(counts[rare].sum()), counts[learned] >= _LEAST
    if not lost:
        return None
    classes = ", ".join(f"{shown(task.names[at])} ({counts[at]})" for at in rare[:5])
    classes += f" and {len(rare) - 5:,} more" if len(rare) > 5 else ""
    if lost > _MOST_LOST * table.rows or len(counts) - len(rare) < 2:
        raise UserError(
            argument=f"Every class of {shown(name)} in {table.source}",
            verb="have",
            expected=f"at least {_LEAST} rows, for training, validation and test",
            received=Unquoted(f"fewer of {classes}, first in {table.place(int(np.argmin(kept)))}"),
            advice=f"Merge rare classes. If these are numbers to be predicted: {argument('task', 'regression')}.",
        )
    return kept, (
        f"{many(lost, 'row')} left out: a class needs {_LEAST} rows, for training, validation and test, and there are "
        f"fewer of {classes}."
    )
