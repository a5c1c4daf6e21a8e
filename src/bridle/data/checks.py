"""From what people have (arrays, lists, frames) to clean numbers, or a message that helps."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Inputs, Integers
from bridle.errors import UserError

_LARGEST = 1e30  # squares of sums must stay finite in single precision


def examples(X: Any) -> tuple[Inputs, tuple[str, ...], tuple[int, ...]]:
    """Check the examples and flatten them.

    Args:
        X: [n, d] numbers: an array, nested lists, or a pandas frame; or images [n, height, width]
            or [n, height, width, channels].

    Returns:
        inputs [n, d] (uint8 for images of bytes, otherwise float32), the names of the d features,
        and the shape of one example.

    Raises:
        UserError: not of that form, not numbers, missing or infinite values, or values that
            single precision cannot tell apart.
    """
    if hasattr(X, "toarray"):
        raise UserError("X is a sparse matrix; expected a dense one. Pass X.toarray().")
    # told by its behaviour, so that pandas need not be imported
    is_frame = hasattr(X, "columns") and hasattr(X, "iloc")
    names = tuple(map(str, X.columns)) if is_frame else None
    table = _frame(X, names) if names is not None else _array(X)
    if table.ndim not in (2, 3, 4):
        hint = " For a single feature, pass X.reshape(-1, 1)." if table.ndim == 1 else ""
        raise UserError(
            f"X must have a row for each example and a column for each feature (or be images); "
            f"received an array of shape {table.shape}.{hint}"
        )
    shape = table.shape[1:]
    if 0 in table.shape:
        raise UserError(f"X must hold examples and features; received shape {table.shape}.")
    names = names or _feature_names(shape)
    flat = table.reshape(len(table), -1)
    if flat.dtype == np.uint8 and len(shape) > 1:
        return np.ascontiguousarray(flat), names, shape
    wide = flat.astype(np.float64)
    _check_finite(wide, names)
    narrow = np.ascontiguousarray(wide.astype(np.float32))
    _check_resolution(wide, narrow, names)
    return narrow, names, shape


def labels(y: Any, rows: int) -> tuple[Integers, tuple[str, ...]]:
    """Turn labels of any kind into positions in a sorted list of classes.

    Args:
        y: one label for each example: numbers, words or truth values.
        rows: how many examples there are.

    Returns:
        targets [rows] int32 and the names of the classes.

    Raises:
        UserError: a label is missing, there is one class only, the count differs from `rows`,
            kinds are mixed, or the labels are quantities and no classes.
    """
    try:
        # object keeps words and numbers apart, which NumPy would turn into words
        column = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y, dtype=object)
    except ValueError as error:
        raise UserError(f"y must be a list of labels; NumPy says: {error}.") from error
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        hint = " If it is one-hot, pass y.argmax(axis=1)." if column.ndim == 2 else ""
        raise UserError(f"y must hold one label a row; received shape {column.shape}.{hint}")
    if len(column) != rows:
        raise UserError(
            f"X and y must have as many rows; received {rows} in X and {len(column)} in y."
        )
    values: list[Any] = column.tolist()
    numeric = _check_kind(values)
    keys = [int(value) for value in values] if numeric else values
    kinds = sorted(set(keys))
    if len(kinds) < 2:
        raise UserError(f"y must hold at least two classes; received only {values[0]!r}.")
    position = {kind: place for place, kind in enumerate(kinds)}
    targets = np.array([position[key] for key in keys], np.int32)
    truth = all(isinstance(value, bool | np.bool_) for value in values)
    return targets, tuple(_class_name(kind, truth) for kind in kinds)


def _frame(X: Any, names: Sequence[str]) -> NDArray[Any]:
    """Return the numbers of a pandas frame, [n, d] float64."""
    columns = []
    for place, name in enumerate(names):
        column = X.iloc[:, place]
        if getattr(column.dtype, "kind", "O") not in "biuf":
            example = column.iloc[0] if len(column) else None
            raise UserError(
                f"Column {name!r} of X must hold numbers; received {column.dtype}, such as "
                f"{example!r} in row 0. Encode it (pandas.get_dummies makes a column for each "
                f"value) or leave it out."
            )
        columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack(columns) if columns else np.empty((len(X), 0))


def _array(X: Any) -> NDArray[Any]:
    """Return X as an array of numbers, or say which entry is not one."""
    if isinstance(X, np.ma.MaskedArray):
        X = np.ma.filled(X.astype(np.float64), np.nan)
    try:
        table = np.asarray(X)
    except ValueError as error:
        lengths = [len(row) if hasattr(row, "__len__") else 1 for row in X]
        odd = next((row for row, size in enumerate(lengths) if size != lengths[0]), None)
        where = (
            f"row 0 has {lengths[0]} entries and row {odd} has {lengths[odd]}"
            if odd is not None
            else str(error)
        )
        raise UserError(f"All rows of X must have the same length; {where}.") from error
    if table.dtype.kind in "biuf":
        return table
    if table.ndim == 0:
        raise UserError(
            f"X must be an array, nested lists or a DataFrame; received {type(X).__name__}."
        )
    table = table.astype(object)  # a copy: it must not be the caller's array that changes
    for place in np.ndindex(table.shape):
        entry: object = table[place]
        if entry is None:
            table[place] = np.nan
        elif not isinstance(entry, numbers.Real | np.bool_):
            where = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
            raise UserError(
                f"X must hold numbers; received {entry!r} ({type(entry).__name__}) in {where}. "
                f"Encode words as numbers first."
            )
    return table.astype(np.float64)


def _feature_names(shape: tuple[int, ...]) -> tuple[str, ...]:
    stem = "feature" if len(shape) == 1 else "pixel"
    return tuple("_".join([stem, *map(str, place)]) for place in np.ndindex(shape))


def _check_finite(table: NDArray[np.float64], names: Sequence[str]) -> None:
    bad = ~(np.abs(table) <= _LARGEST)  # NaN compares as false
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    value = table[row, column]
    what = "a missing value (NaN)" if np.isnan(value) else f"{value:g}"
    others = f" ({bad.sum()} such entries in all)" if bad.sum() > 1 else ""
    raise UserError(
        f"X must hold finite numbers up to {_LARGEST:g}; received {what} in row {row}, column "
        f"{names[column]!r}{others}. Fill in what is missing, or leave such rows out."
    )


def _check_resolution(
    wide: NDArray[np.float64], narrow: NDArray[np.float32], names: Sequence[str]
) -> None:
    """Refuse columns such as seconds since 1970, which single precision blurs."""
    error = np.abs(wide - narrow).max(axis=0)
    blurred = error > 0.01 * wide.std(axis=0)
    blurred &= wide.min(axis=0) < wide.max(axis=0)
    if blurred.any():
        column = int(np.argmax(blurred))
        raise UserError(
            f"Column {names[column]!r} of X varies too little for its size: values around "
            f"{wide[0, column]:.10g} are rounded by {error[column]:.2g} in single precision, with "
            f"a standard deviation of only {wide[:, column].std():.2g}. Subtract a constant from "
            f"it first."
        )


def _check_kind(values: Sequence[Any]) -> bool:
    """Return whether the labels are numbers; raise a UserError unless all are of one kind."""
    for row, value in enumerate(values):
        # a value unequal to itself is NaN or NaT; pandas.NA answers with itself
        if value is None or type(value).__name__ == "NAType" or value != value:
            raise UserError(
                f"y must hold a label for every row; the one in row {row} is missing. Fill it in "
                f"or leave that row out."
            )
    first_is_text = isinstance(values[0], str)
    for row, value in enumerate(values):
        if not isinstance(value, str | numbers.Real | np.bool_):
            raise UserError(
                f"y must hold numbers, words or truth values; received {value!r} "
                f"({type(value).__name__}) in row {row}."
            )
        if isinstance(value, str) != first_is_text:
            raise UserError(
                f"y must not mix words and numbers; received {values[0]!r} in row 0 and "
                f"{value!r} in row {row}. Write all labels as words, or all as numbers."
            )
        if not isinstance(value, str) and not float(value).is_integer():
            raise UserError(
                f"y must hold classes; received {value!r}, not a whole number, in row {row}. "
                f"Bridle compares classifiers: cut a quantity into classes first (pandas.cut)."
            )
    return not first_is_text


def _class_name(kind: int | str, truth: bool) -> str:
    return str(bool(kind)) if truth else str(kind)
