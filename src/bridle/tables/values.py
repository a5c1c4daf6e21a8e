"""Values of new rows, read as those of the columns that a network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, shown
from bridle.tables import cells
from bridle.tables.column import Column, DeclaredKind, unsuited
from bridle.tables.columns import describe
from bridle.tables.preparation import MISSING, UNSEEN
from bridle.tables.raw import RawTable
from bridle.tables.texts import codes, holds_texts

if TYPE_CHECKING:
    pass


def values_of(table: RawTable, column: Column) -> NDArray[Any]:
    """Return the values of a column `[n]` as `Column.data` holds them; `UNSEEN` for words that are new.

    Raises:
        UserError: they are of another kind; the message names the place.
    """
    if column.kind in ("category", "ordinal"):
        found, words = codes(table.columns[column.name])
        words = [word.strip() for word in words]
        place = {word: at for at, word in enumerate(column.words)}
        unseen = [w for w in words if w not in place and not cells.is_missing(w)]
        if unseen and column.kind == "ordinal":
            row = int(np.argmax(found == words.index(unseen[0])))
            raise UserError(
                f"Column {shown(column.name)} of {table.source} must hold one of {', '.join(column.words)}; received "
                f"{shown(unseen[0])} in {table.place(row)}."
            )
        each = [MISSING if cells.is_missing(word) else place.get(word, UNSEEN) for word in words]
        return np.array([*each, MISSING], np.int32)[found]
    if column.kind == "boolean":
        return _booleans(table, column)
    read = _as_trained(table, column)
    return describe(read, column.name, DeclaredKind(column.kind, strict=True)).data


def _as_trained(table: RawTable, column: Column) -> RawTable:
    """Return a table whose column is read in the notation of the training rows, if all of its texts have it.

    Few new rows may fit several notations: 03/05/2024 two of dates, 1.234 two of numbers.
    """
    own = table.notations.get(column.name)
    own = notations_of(table, column.name, column.kind) if own is None else own
    if own is None or column.notation not in own:
        return table
    notations = {**table.notations, column.name: frozenset({column.notation})}
    return replace(table, notations=notations)


def notations_of(table: RawTable, name: str, kind: str) -> frozenset[str] | None:
    """Return the notations that all texts of a column have; None if it holds no texts, or its kind has no notations.

    Raises:
        UserError: a text is no date; the message names the place.
    """
    import pyarrow as pa
    from pyarrow import compute

    array = table.columns[name]
    if kind not in ("number", "date") or not holds_texts(array):
        return None
    if kind == "number" and (
        pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    ):
        # a column of numbers has many texts, but few of them differ in more than their digits
        alike = compute.replace_substring_regex(array, pattern="[0-9]", replacement="0")
        return cells.notations(compute.unique(alike.drop_null()).to_pylist())
    found, words = codes(array)
    present = [word for word in words if not cells.is_missing(word)]
    if kind == "number":
        return cells.notations(present)
    wrong = next((word for word in present if not cells.date_notations([word])), None)
    if wrong is not None:
        raise unsuited(table, name, found, words.index(wrong), words, kind, cells.A_DATE)
    return cells.date_notations(present)


def numbers_of(table: RawTable, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the columns of some names as numbers `[n, d]`, NaN where one is missing.

    Raises:
        UserError: one holds something else; the message names the place.
    """
    number = DeclaredKind("number", strict=True)
    found = [describe(table, name, number) for name in names]
    for column in found:
        if column.kind == "date":
            raise UserError(
                argument=f"Column {shown(column.name)} of {table.source}",
                verb="hold",
                expected="numbers",
                received=Unquoted("dates"),
            )
    return np.column_stack([column.data for column in found]).astype(np.float64)


def _booleans(table: RawTable, column: Column) -> NDArray[Any]:
    """Return 0 and 1 by the two words that the column was trained on."""
    found, words = codes(table.columns[column.name])
    meaning = []
    for word in words:
        text = word.strip()
        if cells.is_missing(text):
            meaning.append(np.nan)
        elif text in column.words:
            meaning.append(float(column.words.index(text)))
        elif text.lower() in cells.TRUTH:
            meaning.append(float(cells.TRUTH[text.lower()]))
        else:
            row = int(np.argmax(found == words.index(word)))
            raise UserError(
                f"Column {shown(column.name)} of {table.source} must hold {' or '.join(map(shown, column.words))}; "
                f"received {shown(word)} in {table.place(row)}."
            )
    return np.array([*meaning, np.nan])[found]
