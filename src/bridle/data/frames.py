"""Tables with named columns: frames of pandas, polars, pyarrow and others, and NumPy's structured arrays."""

from __future__ import annotations

import decimal
import math
import numbers
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, shown
from bridle.numbers import listed

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A table with named columns.

    Attributes:
        names: of the columns, all different.
        columns: as narwhals reads them.
        labels: the columns' labels in the library that the frame came from.
        rows: number of rows.
        library: `pandas`, `polars`, or another with frames that have `to_pandas`.
    """

    names: tuple[str, ...]
    columns: tuple[nw.Series[Any], ...]
    labels: tuple[Any, ...]
    rows: int
    library: str

    def numbers(self) -> Numbers:
        """Return the columns as numbers, [n, d], NaN where an entry is missing.

        Raises:
            UserError: a column holds something else; the message contains the line of code that encodes it.
        """
        found = [self._numbers(place) for place in range(len(self.names))]
        return np.column_stack(found) if found else np.empty((self.rows, 0))

    def filled(self, place: int, values: Numbers) -> str:
        """Return advice on the missing entries of a column."""
        label = self.labels[place]
        if np.isnan(values).all():
            drop = f"drop({label!r})" if self.library == "polars" else f"drop(columns=[{label!r}])"
            return f"Leave out the column, which holds nothing else: {self._pandas('')}X = X.{drop}"
        if self.library == "polars":
            filled = "X = X.fill_nan(None).fill_null(strategy='mean')"
        else:
            filled = f"{self._pandas('; ')}X = X.astype(float); X = X.fillna(X.median())"
        return f"Fill in what is missing, such as by {filled}, or leave such rows out"

    def _numbers(self, place: int) -> Numbers:
        column = self.columns[place]
        if column.dtype.is_numeric() or column.dtype == nw.Boolean:
            return column.cast(nw.Float64()).to_numpy().astype(np.float64)
        values = column.to_list()
        if not _categorical(column.dtype) and all(map(is_number, values)):
            return np.array(list(map(as_float, values)))
        raise self._refusal(place, values)

    def _refusal(self, place: int, values: list[Any]) -> UserError:
        name, dtype = self.names[place], self.columns[place].dtype
        row = next((row for row, value in enumerate(values) if not is_number(value)), 0)
        return UserError(
            argument=f"Column {name!r} of X",
            verb="hold",
            expected="numbers",
            received=Unquoted(f"{shown(values[row])} in row {row}"),
            advice=self._encoding(place, dtype, values),
        )

    def _encoding(self, place: int, dtype: Any, values: list[Any]) -> str:
        """Return the line of code that turns a column into numbers."""
        label, polars = self.labels[place], self.library == "polars"
        first = self._pandas("; ")
        if dtype == nw.Datetime or dtype == nw.Date or dtype == nw.Duration:
            since = (
                f"X[{label!r}]" if dtype == nw.Duration else f"(X[{label!r}] - X[{label!r}].min())"
            )
            if polars:
                return (
                    "Make seconds of it: "
                    f"X = X.with_columns({since}.dt.total_seconds().alias({label!r}))"
                )
            return f"Make seconds of it: {first}X[{label!r}] = {since}.dt.total_seconds()"
        present = [value for value in values if not is_missing(value)]
        if not all(is_number(value) or _is_word(value) for value in present):
            return "Leave it out, or make numbers of it."
        read = sum(_reads(value) for value in present)
        if 2 * read > len(present) and not _categorical(
            dtype
        ):  # mostly numbers that were read as text
            lost = read < len(present)
            if polars:
                cast = f"X[{label!r}].cast(float{', strict=False' if lost else ''})"
                line = f"X = X.with_columns({cast})"
            else:
                rest = ", errors='coerce'" if lost else ""
                line = f"{first}X[{label!r}] = pandas.to_numeric(X[{label!r}]{rest})"
            so = " (what is no number is missing then)" if lost else ""
            return f"Read its text as numbers{so}: {line}"
        leave = "or leave it out"
        if polars:
            return f"Make a column for each value, by X = X.to_dummies([{label!r}]), {leave}."
        return (
            f"Make a column for each value, by {first}X = pandas.get_dummies(X, columns=[{label!r}]), "
            f"{leave}."
        )

    def _pandas(self, ending: str) -> str:
        """Return the code that converts X to a pandas frame; empty if it is one."""
        if self.library in ("pandas", "polars"):
            return ""
        made = "pandas.DataFrame(X)" if self.library == "numpy" else "X.to_pandas()"
        return f"X = {made}{ending or '; '}"


def as_frame(data: Any, name: str) -> Frame | None:
    """Return `data` as a table with named columns; None if it is not a table with names.

    Args:
        data: anything.
        name: of the argument, for messages.

    Raises:
        UserError: two columns have the same name.
    """
    if isinstance(data, np.ndarray) and data.dtype.names:
        labels: tuple[Any, ...] = data.dtype.names
        columns = {label: data[label] for label in labels}
        if any(column.ndim != 1 or column.dtype.kind == "V" for column in columns.values()):
            raise UserError(f"{name} has fields that hold more than one value; give a plain array.")
        import pandas as pd

        return _frame(pd.DataFrame(columns), labels, "numpy", name)
    if hasattr(data, "iloc") and hasattr(
        data, "columns"
    ):  # pandas and libraries with its interface
        labels = tuple(data.columns)
        plain = data.set_axis([f"{place}" for place in range(len(labels))], axis=1)
        return _frame(plain, labels, "pandas", name)
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        return _frame(frame, tuple(frame.columns), frame.implementation.value, name)
    return None


def _frame(data: Any, labels: tuple[Any, ...], library: str, name: str) -> Frame:
    names = tuple(map(str, labels))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(
            f"Columns of {name} need different names; {twice[0]!r} occurs {names.count(twice[0])} times. "
            "Rename or leave out all but one of them."
        )
    read = cast("nw.DataFrame[Any]", nw.from_native(data))
    columns = tuple(read.get_column(column) for column in read.columns)
    return Frame(names, columns, labels, len(read), library)


def in_order(frame: Frame, names: Sequence[str], what: str) -> Frame:
    """Return the frame with its columns in the order of `names`.

    Raises:
        UserError: a column is missing or unknown.
    """
    place = {name: at for at, name in enumerate(frame.names)}
    missing = [name for name in names if name not in place]
    extra = [name for name in frame.names if name not in set(names)]
    if missing or extra:
        found = [f"lacks {_listed(missing)}"] if missing else []
        found += [f"also holds {_listed(extra)}"] if extra else []
        advice = (
            "Leave them out."
            if not missing
            else "Give the columns that the network was trained on."
        )
        raise UserError(
            argument="X",
            verb="have",
            expected=f"the columns that {what} has",
            received=Unquoted(f"a table that {listed(found)}"),
            advice=advice,
        )
    order = [place[name] for name in names]
    columns = tuple(frame.columns[at] for at in order)
    labels = tuple(frame.labels[at] for at in order)
    return Frame(tuple(names), columns, labels, frame.rows, frame.library)


_NAMED = 5
"""Maximum number of columns that a message lists."""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def is_missing(value: Any) -> bool:
    """Say whether an entry is missing: None, NaN, NaT or pandas.NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def is_number(value: Any) -> bool:
    """Say whether an entry is a real number, or missing."""
    return isinstance(value, numbers.Real | np.bool_ | decimal.Decimal) or is_missing(value)


def as_float(value: Any) -> float:
    """Return a number as NumPy holds it: NaN if it is missing, infinite if it is too large."""
    if is_missing(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _is_word(value: Any) -> bool:
    return isinstance(value, str | bytes) or type(value).__name__ == "Interval"


def _categorical(dtype: Any) -> bool:
    return dtype in (nw.Categorical, nw.Enum)


def _reads(value: Any) -> bool:
    """Say whether a value is a number, or text that can be read as one."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
