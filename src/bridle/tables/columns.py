"""What the columns of a table hold: numbers, categories, dates and so on, inferred or declared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, shown
from bridle.tables.column import Column, DeclaredKind, floats, judged, numbers
from bridle.tables.raw import RawTable
from bridle.tables.texts import holds_texts, of_texts, of_words

if TYPE_CHECKING:
    import pyarrow as pa


def describe(table: RawTable, name: str, declared: DeclaredKind | None = None) -> Column:
    """Return a column of the kind that was declared, or of the kind that its values suggest.

    Raises:
        UserError: a value does not suit a declared kind, the kind is ambiguous, or a number is infinite; the message
            names the place.
    """
    import pyarrow as pa

    array = table.columns[name]
    types = pa.types
    if types.is_dictionary(array.type) and array.type.ordered and declared is None:
        declared = DeclaredKind("ordinal", tuple(map(str, array.dictionary.to_pylist())))
    if types.is_dictionary(array.type) and declared is None:
        return replace(of_words(table, name, DeclaredKind("category")), declared=False)
    if holds_texts(array) or types.is_dictionary(array.type):
        return of_texts(table, name, declared)
    if types.is_null(array.type):
        return Column(name, "empty", np.full(len(array), np.nan), said="all values are missing")
    if types.is_boolean(array.type):
        column = Column(name, "boolean", floats(array), ("False", "True"))
        if declared and declared.kind not in ("boolean", "number"):
            return of_words(table, name, declared)
        return judged(column)
    if types.is_temporal(array.type):
        column = Column(name, "date", _days(array))
        if types.is_duration(array.type) or types.is_time(array.type):
            column = replace(column, kind="number", said="in days")
        return judged(column)
    if (
        types.is_integer(array.type)
        or types.is_floating(array.type)
        or types.is_decimal(array.type)
    ):
        if declared and declared.kind in ("category", "ordinal", "boolean"):
            return of_words(table, name, declared)
        return numbers(table, name, floats(array), declared)
    raise UserError(
        argument=f"Column {shown(name)} of {table.source}",
        verb="hold",
        expected="numbers, texts, truth values or dates",
        received=Unquoted(str(array.type)),
        advice=_DROP.format(name),
    )


_DROP = "Leave it out: drop {!r}."


def _days(array: pa.Array) -> NDArray[np.float64]:
    """Return dates as days since 1970, durations and times of the day as days; NaN where missing."""
    import pyarrow as pa

    if pa.types.is_time(array.type):
        unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
        whole = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
        return floats(whole) / (86_400 * unit)
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms"))
    unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    return floats(array.cast(pa.int64())) / (86_400 * unit)
