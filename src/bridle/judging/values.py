"""Predictions of numbers: each run's value for each test example, or one for each of several targets."""

from __future__ import annotations

import numpy as np

from bridle.errors import UserError, listed_names, shown
from bridle.judging.reading import LocatedTable
from bridle.statistics.checks import Floats

EXAMPLE = (
    "the columns method, replicate, example, target and prediction; of several targets target_NAME and prediction_NAME "
    "for each"
)


def read(table: LocatedTable) -> tuple[Floats, Floats]:
    """Return predictions and targets, each `[rows, T]`, in the targets' units.

    Args:
        table: with the columns method, replicate, example, target and prediction; or for each target `target_NAME` and
            `prediction_NAME`.

    Raises:
        UserError: a column is missing, or a row holds no number.
    """
    names = _names(table)
    roles = [("prediction", "target")]
    if names:
        roles = [(f"prediction_{name}", f"target_{name}") for name in names]
    predictions = np.stack([_numbers(table, role) for role, _ in roles], axis=1)
    return predictions, np.stack([_numbers(table, role) for _, role in roles], axis=1)


def _names(table: LocatedTable) -> list[str]:
    """Return the names of several targets; none where there is one without a name."""
    columns = table.columns
    several = columns.predictions if not table.has("prediction") else {}
    rest = () if several else ("target", "prediction")
    table.need(("method", "replicate", "example", *rest), EXAMPLE)
    for name in several:
        if name not in columns.targets:
            raise UserError(
                f"{table.name} has predictions of {shown(name)} and no column {shown('target_' + name)}. "
                f"Its columns: {listed_names(columns.labels)}. Expected {EXAMPLE}."
            )
    unpredicted = [name for name in columns.targets if several and name not in several]
    if unpredicted:
        raise UserError(
            f"{table.name} has the target {shown(unpredicted[0])} and no column "
            f"{shown('prediction_' + unpredicted[0])}. Add it, or leave the target out."
        )
    return list(several)


def _numbers(table: LocatedTable, role: str) -> Floats:
    """Return a column of numbers, none of which may be missing."""
    found = table.numbers(role)
    missing = np.isnan(found)
    if missing.any():
        row = table.frame.index[int(np.flatnonzero(missing)[0])]
        raise UserError(
            f"{table.place(row)}, column {table.called(role)}: expected a finite number, received "
            f"{table.column(role)[row]}."
        )
    return found
