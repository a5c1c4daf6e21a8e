"""Targets from `y`: classes or numbers, as the user asks for or as the values suggest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Floats, Targets
from bridle.data.frames import as_float, is_number, numbers_in
from bridle.data.labels import as_column, labels
from bridle.errors import Unquoted, UserError
from bridle.tables.dense import dense
from bridle.tables.frames import named_columns
from bridle.tasks import Task
from bridle.tasks import task as read_task
from bridle.wording import argument

MANY = 10
"""Number of different values above which numbers that are not whole are treated as a quantity."""


def targets(y: Any, rows: int, wanted: str | None = None) -> tuple[Targets, Task, tuple[str, ...]]:
    """Read `y` as targets of a task.

    Args:
        y: labels of any kind, [n] numbers, or [n, T] numbers of T targets.
        rows: how many examples there are.
        wanted: the task, such as `regression(loss=huber)`. By default numbers are a quantity if many different ones
            are not whole, or if nearly every row has its own; everything else are classes.

    Returns:
        The targets, the task, and sentences on what was inferred.

    Raises:
        UserError: `y` does not fit the task, or the rows; there is no such task.
    """
    asked = None if wanted is None else read_task(wanted)
    y = dense(y, "y")
    names, table = _numbers(y)
    notes: tuple[str, ...] = ()
    if asked is None and table is not None and _quantity(table):
        asked, notes = read_task("regression"), (_said(table),)
    if asked is None:
        asked = read_task("classification")
    if asked.predicts == "classes":
        found, classes = labels(y, rows)
        return found, asked.of(classes, found), notes
    if table is None:
        labels(y, rows)  # its messages explain most mistakes better
        column, _ = as_column(y)
        row = next(row for row, value in enumerate(column) if not is_number(value))
        raise UserError(
            argument="y",
            verb="hold",
            expected=f"numbers for a {asked.kind}",
            received=Unquoted(f"{column[row]!r} in row {row}"),
            advice="For classes: task='classification'.",
        )
    values = _checked(table, names, rows)
    return values, asked.of(names, values), notes


def example_weights(
    sample_weight: Any, class_weight: Any, found: Targets, task: Task
) -> Floats | None:
    """Return how much each example counts `[n]`; None if all count alike.

    Args:
        sample_weight: [n] numbers, 0 or more; or None.
        class_weight: `"balanced"` (n / (classes · examples of the class)), or the weight of each class by its name;
            or None. Both together are multiplied, as scikit-learn does.
        found: the targets.
        task: what is learned.

    Raises:
        UserError: they are not of that form.
    """
    total = np.ones(len(found))
    if sample_weight is not None:
        sample_weight = dense(sample_weight, "sample_weight")
        frame = numbers_in(sample_weight, "sample_weight")
        given = sample_weight if frame is None else frame[1]
        try:
            own = np.asarray(given, np.float64)
        except (TypeError, ValueError) as error:
            raise UserError(
                argument="sample_weight",
                verb="hold",
                expected="numbers",
                advice=f"NumPy says: {str(error).rstrip('.')}.",
            ) from error
        own = own[:, 0] if own.ndim == 2 and own.shape[1] == 1 else own
        if own.shape != (len(found),):
            raise UserError(
                argument="sample_weight",
                verb="hold",
                expected=f"one number for each of the {len(found)} rows",
                received=Unquoted(f"shape {own.shape}"),
            )
        bad = ~((own >= 0) & (own < 1e30))  # NaN compares as false
        if bad.any():
            row = int(np.argmax(bad))
            raise UserError(
                argument="sample_weight",
                verb="hold",
                expected="finite numbers of 0 or more",
                received=Unquoted(f"{own[row]:g} in row {row}"),
            )
        total *= own
    if class_weight is not None:
        total *= _by_class(class_weight, found, task)
    if not total.any():
        raise UserError(argument="sample_weight", verb="not be", expected="0 for all rows")
    if (total == total[0]).all():
        return None
    relative: Floats = (total / total.mean()).astype(np.float32)
    return relative


def _by_class(class_weight: Any, found: Targets, task: Task) -> NDArray[np.float64]:
    """Return the weight `[n]` that each example has by its class."""
    if task.predicts != "classes":
        raise UserError(
            "class_weight is for classes; these targets are numbers. Weigh examples by sample_weight."
        )
    counts = np.bincount(found, minlength=len(task.names))
    if isinstance(class_weight, str) and class_weight == "balanced":
        return np.asarray(len(found) / (len(counts) * counts[found]))
    if not isinstance(class_weight, Mapping):
        raise UserError(
            argument="class_weight",
            expected="'balanced', or a weight for each class by its name",
            received=class_weight,
        )
    given = {str(name): weight for name, weight in class_weight.items()}
    for name, weight in given.items():
        if name not in task.names:
            raise UserError(
                f"{argument('class_weight')} has {name!r}, which is no class. Classes: {', '.join(task.names)}."
            )
        if not is_number(weight) or not 0 <= as_float(weight) < 1e30:
            raise UserError(
                argument="class_weight",
                verb="hold",
                expected="finite numbers of 0 or more",
                received=Unquoted(f"{weight!r} for {name!r}"),
            )
    each = np.array([as_float(given.get(name, 1.0)) for name in task.names])
    return np.asarray(each[found])


def _numbers(y: Any) -> tuple[tuple[str, ...], NDArray[np.float64] | None]:
    """Return the names of the targets and their numbers [n, T]; None if they are not all numbers."""
    try:
        if not isinstance(y, Mapping) and named_columns(y) is not None:
            return numbers_in(y, "y") or ((), None)
        name = getattr(y, "name", None)
        y = y.to_numpy() if hasattr(y, "to_numpy") else y
        if isinstance(y, np.ma.MaskedArray):
            y = np.ma.filled(y.astype(np.float64), np.nan)
        table = np.asarray(y)
    except (UserError, ValueError, TypeError, RuntimeError):
        return (), None
    if table.dtype.kind == "O" and all(map(is_number, table.ravel())):
        if all(isinstance(value, bool) for value in table.ravel()):
            return (), None
        table = np.array([as_float(value) for value in table.ravel()]).reshape(table.shape)
    if table.dtype.kind not in "iuf" or table.ndim not in (1, 2) or not table.size:
        return (), None
    table = table.reshape(len(table), -1).astype(np.float64)
    if table.shape[1] > 1:
        return tuple(f"target_{place}" for place in range(table.shape[1])), table
    return (name if isinstance(name, str) else "y",), table


def _quantity(table: NDArray[np.float64]) -> bool:
    """Say whether numbers [n, T] without a given task are a quantity."""
    if not np.isfinite(table).all():
        return False  # the reader of labels reports missing values
    rows = len(table)
    for column in table.T:
        different = len(np.unique(column))
        whole = (column == np.floor(column)).all()
        if (not whole and different > MANY) or (whole and 3 * different > max(rows, 30)):
            return True
    return False


def _said(table: NDArray[np.float64]) -> str:
    rows, count = table.shape
    what = f"{len(np.unique(table[:, 0]))} different numbers in {rows} rows"
    if count > 1:
        what = f"{count} columns of numbers"
    return f"y holds {what}, so they are learned as a regression; task='classification' takes them as classes."


def _checked(table: NDArray[np.float64], names: tuple[str, ...], rows: int) -> Floats:
    """Return numbers [n, T] in single precision.

    Raises:
        UserError: one is missing or too large, there are too few or too many, or too close for single precision.
    """
    if len(table) != rows:
        raise UserError(
            argument="X and y",
            verb="have",
            expected="as many rows",
            received=Unquoted(f"{rows} in X and {len(table)} in y"),
        )
    bad = ~(
        np.abs(table) <= 1e15
    )  # squares must stay finite in single precision; NaN compares as false
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = table[row, column]
        what = "a missing value (NaN)" if np.isnan(value) else f"{value:g}"
        where = f"row {row}" + (f", column {names[column]!r}" if len(names) > 1 else "")
        raise UserError(
            argument="y",
            verb="hold",
            expected="finite numbers up to 1e+15",
            received=Unquoted(f"{what} in {where}"),
            advice="Leave that row out, or scale y.",
        )
    narrow = table.astype(np.float32)
    spread = table.std(axis=0)
    error = np.abs(table - narrow).max(axis=0)
    for column, name in enumerate(names):
        if table[:, column].min() == table[:, column].max():
            raise UserError(
                f"All numbers of {name} are equal ({table[0, column]:g}), so there is nothing to predict."
            )
        if error[column] > 0.001 * spread[column] or not spread[column] > 1e-15:
            raise UserError(
                f"{name} varies too little for its size: values around {table[0, column]:.10g} with a standard "
                f"deviation of {spread[column]:.2g}. Subtract a constant from it first, such as its mean, or scale it: "
                "y = (y - y.mean()) / y.std()."
            )
    return narrow
