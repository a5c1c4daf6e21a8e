"""A table as it was found: named columns, nothing inferred yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridle.errors import UserError, closest, did_you_mean, listed_names, shown

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class AppendedRows:
    """Where the last rows of a table come from, if that is another one.

    Attributes:
        begin: the number of the first of these rows.
        source: what messages call the other table.
        first_line: the line of its file in which its first row stands; 0 where rows have no lines.
    """

    begin: int
    source: str
    first_line: int


@dataclass(frozen=True)
class RawTable:
    """Named columns of Arrow arrays.

    Attributes:
        source: what messages call it: a file's name, or `X`.
        columns: by name, in order, each `[n]`; texts of files are texts still.
        notes: sentences on how it was read.
        first_line: the line of the file in which the first row stands; 0 where rows have no lines.
        numbers: [n], the rows' numbers in the table as it was found, if some were left out.
        further: where the last rows come from, if that is another table.
        notations: of a part of a table: the notations of numbers or dates that all texts of a column have, by its name.
    """

    source: str
    columns: dict[str, pa.Array]
    notes: tuple[str, ...] = ()
    first_line: int = 0
    numbers: NDArray[np.int64] | None = None
    further: AppendedRows | None = None
    notations: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str, names: Sequence[Any], arrays: Sequence[Any], **more: Any) -> RawTable:
        """Return the table after checking its names; empty names become `column_3`.

        Raises:
            UserError: two columns have the same name, or there are no columns or rows.
        """
        import pyarrow as pa

        names = [str(name).strip() or f"column_{at}" for at, name in enumerate(names, start=1)]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            places = [str(at) for at, name in enumerate(names, start=1) if name == twice[0]]
            raise UserError(
                f"Columns of {source} need different names; {shown(twice[0])} names columns {', '.join(places)}. "
                "Rename all but one of them."
            )
        flat = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in arrays]
        flat = [pa.concat_arrays(a.chunks) if isinstance(a, pa.ChunkedArray) else a for a in flat]
        table = cls(source, dict(zip(names, flat, strict=True)), **more)
        if not table.columns or not table.rows:
            what = f"only the header {listed_names(names)}" if names else "no columns"
            raise UserError(f"{source} must hold rows; received {what}.")
        return table

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()), ()))

    @property
    def plain(self) -> bool:
        """Whether all columns are numbers, none of them missing."""
        import pyarrow as pa

        types = pa.types
        return all(
            array.null_count == 0
            and (types.is_integer(array.type) or types.is_floating(array.type))
            for array in self.columns.values()
        )

    def place(self, row: int) -> str:
        """Return where a row stands, for messages: `line 18`, `row 17` counted from 0, or `line 3 of other.csv`."""
        row = row if self.numbers is None else int(self.numbers[row])
        first_line, source, other = self.first_line, "", self.further
        if other is not None and row >= other.begin:
            row, first_line, source = row - other.begin, other.first_line, f" of {other.source}"
        return (f"line {row + first_line}" if first_line else f"row {row}") + source

    def only(self, rows: NDArray[np.bool_]) -> RawTable:
        """Return the table with some of its rows."""
        numbers = np.flatnonzero(rows) if self.numbers is None else self.numbers[rows]
        return replace(
            self, columns={n: a.filter(rows) for n, a in self.columns.items()}, numbers=numbers
        )

    def name(self, wanted: str, role: str) -> str:
        """Return a column's name as the table writes it.

        Args:
            wanted: as it was asked for; case and spaces at its ends make no difference where that is unambiguous.
            role: the argument that names it, such as `target`.

        Raises:
            UserError: there is no such column.
        """
        if wanted in self.columns:
            return wanted
        alike = [n for n in self.columns if n.casefold() == wanted.strip().casefold()]
        if len(alike) == 1:
            return alike[0]
        meant = closest(wanted, self.columns)
        raise UserError(
            f"{self.source} has no column {shown(wanted)}.{did_you_mean(wanted, self.columns)} "
            f"Columns: {listed_names(self.columns)}.",
            instead=(wanted, meant[0]) if len(meant) == 1 else None,
            argument=role,
        )

    def without(self, names: Sequence[str]) -> RawTable:
        """Return the table without some columns."""
        return replace(self, columns={n: a for n, a in self.columns.items() if n not in names})
