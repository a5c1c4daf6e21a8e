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
        rows: number of rows.
    """

    names: tuple[str, ...]
    columns: tuple[nw.Series[Any], ...]
    rows: int

    def numbers(self) -> Numbers:
        """Return the columns as numbers, [n, d], NaN where an entry is missing.

        Raises:
            UserError: a column holds something else.
        """
        found = [self._numbers(place) for place in range(len(self.names))]
        return np.column_stack(found) if found else np.empty((self.rows, 0))

    def _numbers(self, place: int) -> Numbers:
        column = self.columns[place]
        if column.dtype.is_numeric() or column.dtype == nw.Boolean:
            return column.cast(nw.Float64()).to_numpy().astype(np.float64)
        values = column.to_list()
        if not _categorical(column.dtype) and all(map(is_number, values)):
            return np.array(list(map(as_float, values)))
        raise self._refusal(place, values)

    def _refusal(self, place: int, values: list[Any]) -> UserError:
        row = next((row for row, value in enumerate(values) if not is_number(value)), 0)
        return UserError(
            argument=f"Column {self.names[place]!r} of X",
            verb="hold",
            expected="numbers",
            received=Unquoted(f"{shown(values[row])} in row {row}"),
        )


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

        return _frame(pd.DataFrame(columns), labels, name)
    if hasattr(data, "iloc") and hasattr(
        data, "columns"
    ):  # pandas and libraries with its interface
        labels = tuple(data.columns)
        plain = data.set_axis([f"{place}" for place in range(len(labels))], axis=1)
        return _frame(plain, labels, name)
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        return _frame(frame, tuple(frame.columns), name)
    return None


def _frame(data: Any, labels: tuple[Any, ...], name: str) -> Frame:
    names = tuple(map(str, labels))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(
            f"Columns of {name} need different names; {twice[0]!r} occurs {names.count(twice[0])} times. "
            "Rename or leave out all but one of them."
        )
    read = cast("nw.DataFrame[Any]", nw.from_native(data))
    columns = tuple(read.get_column(column) for column in read.columns)
    return Frame(names, columns, len(read))


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
    return Frame(tuple(names), columns, frame.rows)


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


def _categorical(dtype: Any) -> bool:
    return dtype in (nw.Categorical, nw.Enum)
