"""A file with a table, read a block of rows at a time: memory does not grow with the file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from bridle.errors import UserError
from bridle.tables.formats import A_PARQUET, AN_ARROW, columns_of, damaged
from bridle.tables.raw import RawTable
from bridle.tables.reading import badly_packed, ending_of, read_file
from bridle.tables.streams import Text
from bridle.tables.values import notations_of

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS = (".csv", ".txt", ".data", ".tsv", ".tab", "")
_TABS = (".tsv", ".tab")
_PARQUET = (".parquet", ".pq")
_ARROW = (".feather", ".arrow")


@dataclass(frozen=True)
class Blocks:
    """The rows of a file in blocks.

    Attributes:
        source: what messages call the file.
        names: of its columns.
        first_line: the line in which the first row stands; 0 where rows have no lines.
        batches: yields the rows, in any portions.
        size: number of rows of a block; the last one may have fewer.
        rows: of the whole file, if they were counted.
        notations: as of `RawTable`, of the whole file.
    """

    source: str
    names: list[str]
    first_line: int
    batches: Callable[[], Iterator[pa.Table]]
    size: int
    rows: int = 0
    notations: Mapping[str, frozenset[str]] | None = None

    def __iter__(self) -> Iterator[RawTable]:
        """Yield the blocks; a place in one is a place in the file.

        Raises:
            UserError: the file cannot be read to its end, or has no rows.
        """
        import pyarrow as pa

        start, waiting = 0, list[pa.Table]()
        for batch in self.batches():
            waiting.append(batch)
            while sum(part.num_rows for part in waiting) >= self.size:
                whole = pa.concat_tables(waiting)
                yield self._block(whole.slice(0, self.size), start)
                start += self.size
                waiting = [whole.slice(self.size)]
        rest = pa.concat_tables(waiting) if waiting else None
        if rest is not None and (rest.num_rows or not start):
            yield self._block(rest, start)
        elif not start:
            RawTable.of(self.source, self.names, [pa.nulls(0)] * len(self.names))  # refuses it

    def _block(self, rows: pa.Table, start: int) -> RawTable:
        return RawTable.of(
            self.source,
            self.names,
            rows.columns,
            first_line=self.first_line,
            numbers=np.arange(start, start + rows.num_rows),
            notations=self.notations or {},
        )


def read_blocks(
    given: str | Path, kinds: Mapping[str, str], size: int, encoding: str | None = None
) -> Blocks:
    """Read a file a first time, to its end: its rows are counted, and how its numbers and dates are written is found.

    Text with delimiters, also packed by gzip, Parquet and Arrow's formats are read in blocks, other files whole.

    Args:
        given: the file.
        kinds: the kinds of the columns whose values are wanted, by name.
        size: number of rows of a block.
        encoding: of a text; None finds it.

    Raises:
        UserError: there is no such file, it cannot be read, or it is no table; the message names the place.
    """
    found = _opened(Path(given), size, encoding)
    rows, notations = 0, dict[str, frozenset[str]]()
    for block in found:
        rows += block.rows
        for name, kind in kinds.items():
            own = notations_of(block, name, kind) if name in block.columns else None
            if own is not None:
                notations[name] = notations.get(name, own) & own
    return replace(found, rows=rows, notations=notations)


def _opened(path: Path, size: int, encoding: str | None) -> Blocks:
    ending, packing = ending_of(path), path.suffix.lower()
    if path.is_file() and path.stat().st_size:
        if ending in _TEXTS and packing in (ending, ".gz"):
            return _of_text(path, ending in _TABS, size, encoding)
        if packing in _PARQUET and encoding is None:
            return _of_arrow(path, _parquet, A_PARQUET, size)
        if packing in _ARROW and encoding is None:
            return _of_arrow(path, _arrow, AN_ARROW, size)
    whole = read_file(path, encoding)
    return Blocks(
        whole.source,
        list(whole.columns),
        whole.first_line,
        lambda: iter([_table(list(whole.columns.values()))]),
        size,
    )


def _table(columns: list[Any]) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns, names=[str(at) for at in range(len(columns))])


def _of_text(path: Path, tabs: bool, size: int, encoding: str | None) -> Blocks:
    packed = path.suffix.lower() == ".gz"

    def opened() -> BinaryIO:
        return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")

    def batches(text: Text) -> Iterator[pa.Table]:
        with _failing(path, packed):
            yield from text.batches()

    with _failing(path, packed):
        text = Text.of(opened, path.name, tabs, encoding)
    return Blocks(path.name, text.names, text.layout.lines + 1, partial(batches, text), size)


@contextmanager
def _failing(path: Path, packed: bool) -> Iterator[None]:
    """Raise a UserError where a file cannot be read or unpacked."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        if packed:
            raise badly_packed(path, error) from None
        raise UserError(f"Cannot read {path}: {error}.") from None


def _of_arrow(
    path: Path, read: Callable[[Path, int], Iterator[pa.Table]], expected: str, size: int
) -> Blocks:
    import pyarrow as pa

    def batches() -> Iterator[pa.Table]:
        try:
            yield from read(path, size)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise damaged(path.name, expected, error) from None

    names = columns_of(next(batches()).column_names)

    def named() -> Iterator[pa.Table]:
        for batch in batches():
            yield _table([batch[name] for name in names])

    return Blocks(path.name, names, 0, named, size)


def _parquet(path: Path, size: int) -> Iterator[pa.Table]:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        yield file.schema_arrow.empty_table()
        for batch in file.iter_batches(size):
            yield pa.Table.from_batches([batch])


def _arrow(path: Path, size: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        indexed = file.read(6) == b"ARROW1"
        file.seek(0)
        with (pa.ipc.open_file if indexed else pa.ipc.open_stream)(file) as reader:
            yield reader.schema.empty_table()
            batches = map(reader.get_batch, range(reader.num_record_batches)) if indexed else reader
            for batch in batches:
                yield pa.Table.from_batches([batch])
