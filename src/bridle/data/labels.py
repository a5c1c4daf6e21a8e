"""Turn labels of any kind into positions in a list of classes, or say what is wrong with them."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Integers
from bridle.data.frames import numbers_in
from bridle.errors import Unquoted, UserError
from bridle.tables.dense import dense
from bridle.tables.frames import named_columns

_CUT = (
    "For numbers to be predicted as they are: task='regression'; for classes of a quantity: "
    "y = pandas.qcut(numpy.ravel(y), 3)."
)


def labels(y: Any, rows: int) -> tuple[Integers, tuple[str, ...]]:
    """Turn labels of any kind into positions in a list of classes.

    Args:
        y: one label for each example: numbers, words (text or bytes), truth values, or intervals as pandas.cut
            returns them. Classes are sorted; those of ordered categories keep their order.
        rows: how many examples there are.

    Returns:
        targets [rows] int32 and the names of the classes.

    Raises:
        UserError: a label is missing, there is one class only, the count differs from `rows`,
            kinds are mixed, or the labels are quantities rather than classes.
    """
    column, order = as_column(y)
    if len(column) != rows:
        raise UserError(
            argument="X and y",
            verb="have",
            expected="as many rows",
            received=Unquoted(f"{rows} in X and {len(column)} in y"),
        )
    values: list[Any] = [_text(value) for value in column]
    numeric = _check_kind(values)
    keyed: Callable[[Any], Any] = int if numeric else lambda value: value
    keys = [keyed(value) for value in values]
    there = set(keys)
    kinds = [keyed(kind) for kind in order if kind in there] or sorted(there)
    if len(kinds) < 2:
        raise UserError(
            argument="y",
            verb="hold",
            expected="at least two classes",
            received=Unquoted(f"only {values[0]!r}"),
        )
    if numeric and 3 * len(kinds) > max(rows, 6):
        raise UserError(
            argument="y",
            verb="hold",
            expected="classes",
            received=Unquoted(f"{len(kinds)} different numbers in {rows} rows, as a quantity has"),
            advice=_CUT,
        )
    position = {kind: place for place, kind in enumerate(kinds)}
    targets = np.array([position[key] for key in keys], np.int32)
    truth = all(isinstance(value, bool | np.bool_) for value in values)
    return targets, tuple(str(bool(kind)) if truth else str(kind) for kind in kinds)


def as_column(y: Any) -> tuple[list[Any], list[Any]]:
    """Return the labels, and the order of their classes if they are ordered categories."""
    y = dense(y, "y")
    columns = None if isinstance(y, Mapping) else named_columns(y)
    if columns is not None:
        if len(columns) != 1:
            found = numbers_in(y, "y")
            raise _several(None if found is None else found[1], y, len(columns))
        y = columns[0][1]
    if isinstance(y, np.ma.MaskedArray):
        y = np.array(y.tolist(), dtype=object)  # masked entries become None
    categories = getattr(y, "cat", y)  # of a pandas Series, or a Categorical itself
    order = []
    if getattr(categories, "ordered", False) is True and hasattr(categories, "categories"):
        order = [_text(value) for value in categories.categories]
    if not isinstance(y, np.ndarray):
        series = nw.from_native(y, pass_through=True, allow_series=True)
        y = series.to_list() if isinstance(series, nw.Series) else y
    if hasattr(y, "to_pylist"):  # NumPy cannot read the words of pyarrow's arrays
        y = y.to_pylist()
    try:
        if np.asarray(y).dtype.kind == "U" and isinstance(y, np.ndarray) and (y == "nan").any():
            row = int(np.argmax(np.ravel(y) == "nan"))
            raise UserError(
                f"The label in row {row} of y is missing, and NumPy made the word 'nan' of it. Fill it in or leave "
                "that row out; if it is a word, write it otherwise."
            )
        # dtype object keeps words and numbers apart; otherwise NumPy would turn numbers into words
        column = np.asarray(y, dtype=object)
    except UserError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise UserError(
            argument="y",
            expected="a list of labels",
            advice=f"NumPy says: {str(error).rstrip('.')}.",
        ) from error
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim == 2:
        raise _several(_numbers(column), y, column.shape[1])
    if column.ndim != 1:
        kind = f"one {type(y).__name__}" if column.ndim == 0 else f"shape {column.shape}"
        raise UserError(
            argument="y", expected="a list with one label for each row", received=Unquoted(kind)
        )
    return column.tolist(), order


def _several(table: NDArray[Any] | None, y: Any, columns: int) -> UserError:
    """Return the error for labels in several columns."""
    refused = functools.partial(
        UserError,
        argument="y",
        verb="hold",
        expected="one label a row",
        received=Unquoted(f"{columns} columns"),
    )
    if table is not None and np.isin(table, (0, 1)).all() and (table.sum(axis=1) == 1).all():
        pandas = hasattr(y, "idxmax")
        line = "y.idxmax(axis=1)" if pandas else "numpy.asarray(y).argmax(axis=1)"
        return refused(advice=f"They are one-hot: y = {line}.")
    line = "y.iloc[:, 0]" if hasattr(y, "iloc") else "numpy.asarray(y)[:, 0]"
    return refused(
        advice="For several numbers to be predicted at once: task='regression'. Choose one of them, such as by "
        f"y = {line}."
    )


def _numbers(table: NDArray[Any]) -> NDArray[np.float64] | None:
    try:
        return table.astype(np.float64)
    except (TypeError, ValueError):
        return None


def _text(value: Any) -> Any:
    """Decode bytes, which ARFF files hold instead of text."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _check_kind(values: Sequence[Any]) -> bool:
    """Return whether the labels are numbers; raise a UserError unless all are of one kind."""
    for row, value in enumerate(values):
        # a value unequal to itself is NaN or NaT; pandas.NA answers with itself
        if value is None or type(value).__name__ == "NAType" or value != value:
            raise UserError(
                argument="y",
                verb="hold",
                expected="a label for every row",
                received=Unquoted(f"a missing value in row {row}"),
                advice="Fill it in or leave that row out.",
            )
    first = _kind(values[0])
    for row, value in enumerate(values):
        kind = _kind(value)
        if not kind:
            raise UserError(
                argument="y",
                verb="hold",
                expected="numbers, words or truth values",
                received=Unquoted(f"{value!r} ({type(value).__name__}) in row {row}"),
                advice="If these are classes, write them as words: y = [str(label) for label in y].",
            )
        if kind != first:
            raise UserError(
                argument="y",
                verb="not mix",
                expected=f"{first} and {kind}",
                received=Unquoted(f"{values[0]!r} in row 0 and {value!r} in row {row}"),
                advice="Write all labels as words: y = [str(label) for label in y].",
            )
        if isinstance(value, numbers.Integral):  # also numbers too large for a float
            continue
        if kind == "numbers" and abs(float(value)) == np.inf:
            raise UserError(
                argument="y",
                verb="hold",
                expected="classes",
                received=Unquoted(f"{value!r} in row {row}"),
                advice="Leave that row out.",
            )
        if kind == "numbers" and not float(value).is_integer():
            raise UserError(
                argument="y",
                verb="hold",
                expected="classes",
                received=Unquoted(f"{value!r}, not a whole number, in row {row}"),
                advice=_CUT,
            )
    return first == "numbers"


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "words"
    if isinstance(value, numbers.Real | np.bool_):
        return "numbers"
    # pandas' intervals are sorted and named as words are
    return "intervals" if type(value).__name__ == "Interval" else ""
