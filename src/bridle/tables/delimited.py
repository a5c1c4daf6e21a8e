"""Text with delimiters: its encoding, delimiter and header found, its rows checked."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridle.errors import Unquoted, UserError, shown
from bridle.tables import cells
from bridle.tables.raw import RawTable
from bridle.wording import argument

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE = 2**18
"""Number of characters, or bytes, from which the delimiter and the encoding are found."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "euc_kr"]
"""Encodings in which files are written that are not in Unicode."""


def read(data: bytes, source: str, tabs: bool = False, encoding: str | None = None) -> RawTable:
    """Read text with delimiters; the first line names the columns.

    Args:
        data: the content of the file.
        source: what messages call it.
        tabs: whether tabs are expected, so that a file of a single column has them too.
        encoding: of the text; None finds it.

    Raises:
        UserError: it is no such text; the message names the line.
    """
    text, delimiter, found = dialect(data, source, tabs, encoding)
    names, rest, lines = header_of(text, delimiter, source)
    arrays = _columns(rest, TextLayout(len(names), delimiter, source, lines))
    notes = [f"separated by {_NAMES[delimiter]}"] if delimiter != ("\t" if tabs else ",") else []
    notes += [f"read as {found}"] if found and not encoding else []
    said = (f"{source} is {' and '.join(notes)}.",) if notes else ()
    return RawTable.of(source, names, arrays, notes=said, first_line=lines + 1)


def dialect(
    data: bytes, source: str, tabs: bool = False, encoding: str | None = None
) -> tuple[str, str, str]:
    """Return the text, its delimiter, and its encoding unless that is UTF-8.

    Args:
        data: the content of the file, or its first lines.
        source: what messages call it.
        tabs: whether tabs are expected.
        encoding: of the text; None finds it.

    Raises:
        UserError: it is no such text.
    """
    text, found = decoded(data, source, encoding)
    if not text.strip():
        raise UserError(f"{source} is empty; expected a header and rows.")
    return text, delimiter_of(text[:SAMPLE], "\t" if tabs else ","), found


def decoded(data: bytes, source: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text, and its encoding unless that is UTF-8.

    Args:
        data: the content of the file.
        source: what messages call it.
        encoding: of the text; None finds it.

    Raises:
        UserError: no encoding fits, there is none of that name, or it is no text.
    """
    if encoding is not None:
        try:
            return data.decode(known_encoding(encoding)), encoding
        except UnicodeDecodeError as error:
            raise undecoded(source, encoding, *_place(error)) from None
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), "" if encoding == "utf-8-sig" else encoding.upper()
            except UnicodeDecodeError as error:
                raise undecoded(source, encoding, *_place(error)) from None
    if b"\0" in data[:SAMPLE]:
        raise UserError(
            argument=source,
            expected="a table in text form",
            received=Unquoted("bytes that are no text"),
            advice="Give it the ending of its format, such as .parquet or .xlsx.",
        )
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        from charset_normalizer import from_bytes

        found = from_bytes(data[:SAMPLE], cp_isolation=LIKELY).best()
        if found is None:
            raise undecoded(source, "utf-8", *_place(error)) from None
        try:
            return data.decode(found.encoding), found.encoding
        except UnicodeDecodeError as further:
            raise undecoded(source, found.encoding, *_place(further)) from None


def _place(error: UnicodeDecodeError) -> tuple[int, int]:
    """Return the line and the byte that cannot be decoded."""
    return error.object[: error.start].count(b"\n") + 1, error.object[error.start]


def undecoded(source: str, encoding: str, line: int, byte: int) -> UserError:
    """Return the error for a byte that is no text in an encoding."""
    return UserError(
        argument=source,
        expected=f"text in {encoding}",
        received=Unquoted(f"the byte 0x{byte:02x} in line {line}"),
        advice=f"Save the file as UTF-8, or name its encoding: {argument('encoding', 'latin-1')}.",
    )


def known_encoding(name: str) -> str:
    """Return the name of an encoding of texts.

    Raises:
        UserError: there is none of that name.
    """
    try:
        b" ".decode(name)  # also refuses what encodes no texts
    except UnicodeDecodeError:  # a character of more bytes
        pass
    except (LookupError, ValueError):
        raise UserError(
            argument="encoding",
            expected="the name of an encoding, such as utf-8, latin-1 or cp1252",
            received=name,
        ) from None
    return name


def delimiter_of(sample: str, usual: str) -> str:
    """Return the delimiter that splits the most lines into as many cells as the first one."""
    if len(sample) == SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = usual, (0.0, 0)
    for delimiter in (usual, *(other for other in _NAMES if other != usual)):
        try:
            rows = [row for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        fitting = sum(len(row) == width for row in rows) / len(rows)
        if (round(fitting, 1), width) > most:
            best, most = delimiter, (round(fitting, 1), width)
    return best


def header_of(text: str, delimiter: str, source: str) -> tuple[list[str], str, int]:
    """Return the names of the columns, the text of the rows, and the number of lines before these.

    Raises:
        UserError: the first line holds numbers, or its quotes are not closed.
    """
    stream = io.StringIO(text, newline="")
    lines = 0
    raw = ""
    for line in stream:
        lines += 1
        raw += line
        if raw.strip() and raw.count('"') % 2 == 0:
            break
    try:
        names = next(
            row for row in csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter) if row
        )
    except (csv.Error, StopIteration) as error:
        raise UserError(f"The header of {source} cannot be read: {error}.") from None
    named = [name for name in names if name.strip()]
    if named and all(_is_number(name) for name in named):
        raise UserError(
            argument=f"The first line of {source}",
            verb="name",
            expected="the columns",
            received=Unquoted(f"numbers such as {shown(names[0])}"),
            advice="Add a header.",
        )
    return names, text[len(raw) :], lines


def _is_number(text: str) -> bool:
    value = cells.reader([text])[0](text)
    return value is not None and value == value


@dataclass(frozen=True)
class TextLayout:
    """What is known of the rows of a text before they are read.

    Attributes:
        width: number of cells in a row.
        delimiter: between cells.
        source: what messages call it.
        lines: number of lines before the first row.
    """

    width: int
    delimiter: str
    source: str
    lines: int

    def options(self, odd: list[Any], size: int) -> dict[str, Any]:
        """Return the options by which Arrow reads cells as texts; empty ones are missing.

        Args:
            odd: receives rows with more or fewer cells.
            size: of a block in bytes, which must hold the longest row.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        def keep(row: Any) -> str:
            odd.append(row)
            return "skip"

        names = [str(at) for at in range(self.width)]
        return {
            # with threads, rows do not know their numbers
            "read_options": arrow.ReadOptions(
                column_names=names, use_threads=False, block_size=size
            ),
            "parse_options": arrow.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=self.width > 1,
                invalid_row_handler=keep,
            ),
            "convert_options": arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        }

    def ragged(self, odd: list[Any]) -> UserError:
        """Return the error for rows that have more or fewer cells than the header."""
        first = odd[0]
        more = f" ({len(odd):,} such lines)" if len(odd) > 1 else ""
        odd_quotes = first.text.count('"') % 2 == 1
        advice = (
            "A quotation mark in it is not closed."
            if odd_quotes
            else "Write cells that hold the delimiter in quotation marks."
        )
        return UserError(
            argument=f"Line {self.lines + first.number} of {self.source}",
            verb="have",
            expected=f"{self.width} cells, as the header has",
            received=Unquoted(f"{first.actual_columns}: {shown(first.text)}{more}"),
            advice=advice,
        )

    def check_closed(self, last: list[str], rest: int, end: str) -> None:
        """Raise a UserError if a quotation mark is not closed, so that the last row holds many lines.

        Args:
            last: the cells of the last row.
            rest: number of lines from the first row on.
            end: the last characters of the text, without white space.
        """
        if "\n" in last[-1] and not end.endswith('"'):
            line = self.lines + rest + 1 - last[-1].rstrip("\n").count("\n")
            raise UserError(
                f"A quotation mark in line {line} of {self.source} is not closed: {shown(last[-1])}."
            )


def _columns(rest: str, layout: TextLayout) -> list[pa.Array]:
    """Return the cells of each column as texts; empty ones are missing.

    Raises:
        UserError: a row has more or fewer cells than the header.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    if not rest.strip():
        return [pa.nulls(0)] * layout.width
    odd: list[Any] = []
    data = rest.encode("utf-8", "surrogatepass")
    options = layout.options(odd, min(len(data) + 1, 2**30))
    try:
        table = arrow.read_csv(io.BytesIO(data), **options)
    except pa.ArrowInvalid as error:
        raise UserError(f"{layout.source} cannot be read: {error}.") from None
    if odd:
        raise layout.ragged(odd)
    last = [column[-1].as_py() or "" for column in table.columns] if table.num_rows else [""]
    layout.check_closed(last, rest.rstrip("\n").count("\n"), rest.rstrip()[-1:])
    return list(table.columns)
