"""Text with delimiters that is decoded and read a block at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from bridle.errors import UserError
from bridle.tables.delimited import (
    LIKELY,
    MARKS,
    SAMPLE,
    TextLayout,
    decoded,
    delimiter_of,
    header_of,
    known_encoding,
    undecoded,
)

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2**20
"""Number of bytes that are read at a time; a row must fit. Arrow reads some dozens of them ahead."""


@dataclass(frozen=True)
class Text:
    """A text whose encoding, delimiter and header are known.

    Attributes:
        opened: opens it.
        encoding: its encoding.
        names: of the columns.
        layout: of the rows.
    """

    opened: Callable[[], BinaryIO]
    encoding: str
    names: list[str]
    layout: TextLayout

    @classmethod
    def of(
        cls, opened: Callable[[], BinaryIO], source: str, tabs: bool, encoding: str | None = None
    ) -> Text:
        """Find out how a text is read; arguments and errors as of `delimited.read`."""
        if encoding is None:
            encoding = _encoding(opened, source)
        else:
            _check(opened, known_encoding(encoding), source)
        with io.TextIOWrapper(opened(), encoding, newline="") as text:
            sample = text.read(SAMPLE)
        if not sample.strip():
            raise UserError(f"{source} is empty; expected a header and rows.")
        delimiter = delimiter_of(sample, "\t" if tabs else ",")
        names, _, lines = header_of(sample, delimiter, source)
        return cls(opened, encoding, names, TextLayout(len(names), delimiter, source, lines))

    def batches(self) -> Iterator[pa.Table]:
        """Yield the rows, all cells texts.

        Raises:
            UserError: a row has more or fewer cells than the header, or a quotation mark is not closed.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        layout, odd = self.layout, list[Any]()
        last: pa.Table | None = None
        with io.TextIOWrapper(self.opened(), self.encoding, newline="") as text:
            for _ in range(layout.lines):
                text.readline()
            rest = _Rest(text)
            if not rest.first.strip():
                return
            try:
                options = layout.options(odd, _BLOCK)
                with arrow.open_csv(io.BufferedReader(rest, _BLOCK), **options) as reader:
                    for batch in reader:
                        last = pa.Table.from_batches([batch])
                        if not odd:  # rows that are left out are no reason to go on
                            yield last
            except pa.ArrowInvalid as error:
                raise UserError(f"{layout.source} cannot be read: {error}.") from None
        if odd:
            raise layout.ragged(odd)
        if last is not None and last.num_rows:
            cells = [column[-1].as_py() or "" for column in last.columns]
            layout.check_closed(cells, rest.lines, rest.end)


@dataclass
class _Rest(io.RawIOBase):
    """The rows of a text in UTF-8, as a file.

    Attributes:
        text: the text, after its header.
        first: its first characters.
        lines: number of lines read so far, without empty ones at the end.
        end: the last characters read that are no white space.
    """

    text: io.TextIOWrapper
    first: str = ""
    lines: int = 0
    end: str = ""
    _waiting: bytes = b""
    _empty: int = field(default=0)

    def __post_init__(self) -> None:
        self.first = self._more()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return the number of bytes."""
        if not self._waiting:
            text = self.first or self._more()
            self.first = ""
            self._waiting = text.encode("utf-8", "surrogatepass")
        part, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _more(self) -> str:
        text = self.text.read(SAMPLE)
        full = text.rstrip("\n")
        if full:
            self.lines += self._empty + full.count("\n")
            self._empty = 0
        self._empty += len(text) - len(full)
        self.end = text.rstrip()[-1:] or self.end
        return text


def _encoding(opened: Callable[[], BinaryIO], source: str) -> str:
    """Return the encoding of a text, found as by `decoded`.

    Raises:
        UserError: no encoding fits, or it is no text.
    """
    with opened() as file:
        first = file.read(SAMPLE)
    mark = next((encoding for mark, encoding in MARKS if first.startswith(mark)), None)
    if mark is not None:
        _check(opened, mark, source)
        return mark
    if b"\0" in first:
        decoded(first, source)  # refuses it
    try:
        _check(opened, "utf-8", source)
        return "utf-8"
    except UserError:
        from charset_normalizer import from_bytes

        found = from_bytes(first, cp_isolation=LIKELY).best()
        if found is None:
            raise
        _check(opened, found.encoding, source)
        return found.encoding


def _check(opened: Callable[[], BinaryIO], encoding: str, source: str) -> None:
    """Raise a UserError if a byte is no text in an encoding."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with opened() as file:
        while True:
            part = file.read(SAMPLE)
            try:
                decoder.decode(part, final=not part)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                # what the decoder held back is no line
                raise undecoded(
                    source, encoding, lines + before.count(b"\n"), error.object[error.start]
                ) from None
            if not part:
                return
            lines += part.count(b"\n")
