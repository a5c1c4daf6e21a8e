"""A column of a table: its kind, its values, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, did_you_mean, shown
from bridle.tables.raw import RawTable
from bridle.wording import argument

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("number", "category", "ordinal", "date", "boolean")
"""The kinds of columns that can be declared."""


LEFT_OUT = ("constant", "empty", "id")
"""The kinds of columns that a network does not see."""


LARGEST = 1e30
"""Largest number: squares of sums must stay finite in single precision."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a declared or inferred kind.

    Attributes:
        name: its name.
        kind: one of `KINDS` or `LEFT_OUT`.
        data: [n] float64, NaN where missing: numbers, days since 1970, 0 and 1; or int32 positions in `words`, -1
            where missing.
        words: the categories; of an ordinal column in their order; of a boolean column no and yes as they are written.
        said: what was found, for people.
        declared: whether the kind was declared.
        notation: of numbers or dates that were texts, one of `bridle.tables.cells`; new rows are read in it.
    """

    name: str
    kind: str
    data: NDArray[Any]
    words: tuple[str, ...] = ()
    said: str = ""
    declared: bool = False
    notation: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which values are missing, `[n]`."""
        return self.data < 0 if self.data.dtype.kind == "i" else np.isnan(self.data)


@dataclass(frozen=True)
class DeclaredKind:
    """A kind that was declared.

    Attributes:
        kind: one of `KINDS`.
        order: of an ordinal column's words, where it was given.
        strict: whether texts that are no numbers are refused; otherwise they are missing.
    """

    kind: str
    order: tuple[str, ...] = ()
    strict: bool = False

    @classmethod
    def read(cls, column: str, text: str) -> DeclaredKind:
        """Read `category`, `ordinal`, or an order such as `S<M<L`.

        Raises:
            UserError: it is none of these.
        """
        order = tuple(part.strip() for part in text.split("<"))
        if len(order) > 1:
            if not all(order) or len(set(order)) < len(order):
                raise UserError(
                    argument="types",
                    verb="hold",
                    expected="different words from the lowest to the highest, such as S<M<L",
                    received=f"{column}={text}",
                )
            return cls("ordinal", order)
        kind = _SYNONYMS.get(text.strip().lower(), text.strip().lower())
        if kind not in KINDS:
            raise UserError(
                argument="types",
                verb="hold",
                expected=f"one of {', '.join(KINDS)} for each column, or an order such as S<M<L",
                received=f"{column}={text}",
                advice=did_you_mean(kind, KINDS).strip(),
            )
        return cls(kind)


_SYNONYMS = {
    **dict.fromkeys(("numeric", "float", "int", "integer", "real", "numerical"), "number"),
    **dict.fromkeys(
        ("categorical", "cat", "factor", "nominal", "string", "str", "text"), "category"
    ),
    **dict.fromkeys(("bool", "binary"), "boolean"),
    **dict.fromkeys(("datetime", "time", "timestamp"), "date"),
    "ordered": "ordinal",
}


def numbers(
    table: RawTable, name: str, values: NDArray[np.float64], declared: DeclaredKind | None
) -> Column:
    """Return numbers, or dates if that is declared, after checking that they are finite."""
    bad = np.abs(values) > LARGEST
    if bad.any():
        row = int(np.argmax(bad))
        # of a part of a table, the others are not known
        several = bad.sum() > 1 and not (declared and declared.strict)
        more = f" ({bad.sum():,} such values)" if several else ""
        raise UserError(
            argument=f"Column {shown(name)} of {table.source}",
            verb="hold",
            expected=f"finite numbers up to {LARGEST:g}",
            received=Unquoted(f"{values[row]:g} in {table.place(row)}{more}"),
            advice="Leave the value empty if it is not known, leave out such rows, or the column.",
        )
    if declared and declared.kind == "date":
        raise UserError(
            argument=f"Column {shown(name)} of {table.source}",
            verb="hold",
            expected="dates such as 2024-01-31",
            received=Unquoted(f"numbers such as {values[0]:g}"),
        )
    column = judged(Column(name, "number", values, declared=declared is not None))
    if column.kind == "number" and declared is None and _counts_rows(values, table.numbers):
        return replace(column, kind="id", said="numbers the rows")
    return column


def _counts_rows(values: NDArray[np.float64], numbers: NDArray[np.int64] | None) -> bool:
    """Say whether values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows, of which some may be left out."""
    first = values - (np.arange(len(values)) if numbers is None else numbers)
    return len(values) > 2 and first[0] in (0, 1) and bool((first == first[0]).all())


def judged(column: Column) -> Column:
    """Return the column, of the kind `constant` or `empty` if it says nothing."""
    missing = column.missing
    if missing.all():
        return replace(column, kind="empty", said="all values are missing")
    there = column.data[~missing]
    if not missing.any() and (there == there[0]).all():
        value = column.words[int(there[0])] if column.words else f"{there[0]:g}"
        return replace(column, kind="constant", said=f"always {shown(value)}")
    count = int(missing.sum())
    if count:
        said = [column.said, f"{count:,} missing"]
        return replace(column, said=", ".join(filter(None, said)))
    return column


def unsuited(
    table: RawTable,
    name: str,
    found: NDArray[Any],
    wrong: int,
    words: Sequence[str],
    kind: str,
    expected: str,
) -> UserError:
    """Return the error for a text that does not suit the kind of its column.

    Args:
        table: the table.
        name: of the column.
        found: [n], positions in `words`.
        wrong: the position of the text.
        words: the different texts of the column.
        kind: of the column.
        expected: what its values must be.
    """
    row = int(np.argmax(found == wrong))
    return UserError(
        argument=f"Column {shown(name)} of {table.source}",
        verb="hold",
        expected=f"{expected}, since its kind is {kind}",
        received=Unquoted(f"{shown(words[wrong])} in {table.place(row)}"),
    )


def table_type(name: str, kind: str) -> str:
    """Return the mark of the argument that declares a column's kind."""
    return argument("types", f"{name}={kind}")


def floats(array: pa.Array) -> NDArray[np.float64]:
    """Return numbers in double precision, NaN where missing."""
    import pyarrow as pa

    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    found = array.to_numpy(zero_copy_only=False)
    if found.dtype == object:  # truth values, some of them missing
        found = np.array([np.nan if value is None else value for value in found])
    return cast("NDArray[np.float64]", found.astype(np.float64))
