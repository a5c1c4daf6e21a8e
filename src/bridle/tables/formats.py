"""Tables in other formats than text: Parquet, Arrow, ARFF, Excel."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from bridle.errors import Unquoted, UserError, shown
from bridle.tables import delimited
from bridle.tables.raw import RawTable

A_PARQUET, AN_ARROW = "a Parquet file", "an Arrow file"
"""What files of these formats are called."""


def parquet(data: bytes, source: str) -> RawTable:
    """Read a Parquet file."""
    from pyarrow import parquet as arrow

    return _arrow(lambda: arrow.ParquetFile(io.BytesIO(data)).read(), source, A_PARQUET)


def feather(data: bytes, source: str) -> RawTable:
    """Read a Feather file, or the file or stream format of Arrow."""
    import pyarrow as pa

    def read() -> Any:
        opened = pa.ipc.open_file if data.startswith(b"ARROW1") else pa.ipc.open_stream
        with opened(io.BytesIO(data)) as reader:
            return reader.read_all()

    return _arrow(read, source, AN_ARROW)


def _arrow(read: Any, source: str, expected: str) -> RawTable:
    import pyarrow as pa

    try:
        table = read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(source, expected, error) from None
    names = columns_of(table.column_names)
    return RawTable.of(source, names, [table[name] for name in names])


def columns_of(names: Iterable[str]) -> list[str]:
    """Return the names of a file's columns; what pandas writes for the labels of rows is none."""
    return [name for name in names if not name.startswith("__index_level_")]


def damaged(source: str, expected: str, error: Exception) -> UserError:
    """Return the error for a file that is not what its ending says."""
    said = str(error).partition("\n")[0].rstrip(".")
    return UserError(
        argument=source,
        expected=expected,
        received=Unquoted(f"something else or a damaged one ({said})"),
        advice="Copy or download it again, or give it the ending of its format.",
    )


_ATTRIBUTE = re.compile(
    r"@attribute\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)\s+(.+)\Z", re.IGNORECASE
)


def arff(data: bytes, source: str) -> RawTable:
    """Read an ARFF file: names and kinds of columns from its head, rows as text with commas.

    Values in braces are categories; numbers, texts and dates are found as in other texts.

    Raises:
        UserError: it is no such file, or sparse; the message names the line.
    """
    text, _ = delimited.decoded(data, source)
    lines = text.splitlines()
    names: list[str] = []
    for at, line in enumerate(lines, start=1):
        plain = line.strip()
        if plain.lower().startswith("@data"):
            return _rows(lines[at:], names, source, at)
        if plain.lower().startswith("@attribute"):
            found = _ATTRIBUTE.match(plain)
            if found is None:
                raise UserError(
                    argument=f"Line {at} of {source}",
                    expected="@attribute NAME TYPE",
                    received=plain,
                )
            names.append(_unquoted(found[1]))
    raise UserError(argument=source, verb="have", expected="a line @data before its rows")


def _rows(lines: list[str], names: list[str], source: str, before: int) -> RawTable:
    import pyarrow as pa

    numbered = [
        (at, line)
        for at, line in enumerate(lines, start=before + 1)
        if line.strip() and not line.lstrip().startswith("%")
    ]
    kept = [line for _, line in numbered]
    if kept and kept[0].lstrip().startswith("{"):
        raise UserError(
            f"{source} is a sparse ARFF file, which is not read. Save it as a dense one, or as CSV."
        )
    # ARFF quotes with apostrophes as well
    apostrophes = any("'" in line for line in kept) and not any('"' in line for line in kept)
    reader = csv.reader(
        kept, quotechar="'" if apostrophes else '"', skipinitialspace=True, escapechar="\\"
    )
    rows = list(reader)
    for (at, _), row in zip(numbered, rows, strict=False):
        if len(row) != len(names):
            raise UserError(
                argument=f"Line {at} of {source}",
                verb="have",
                expected=f"{len(names)} cells, one for each @attribute",
                received=Unquoted(f"{len(row)}: {shown(','.join(row))}"),
            )
    columns = [pa.array([row[at].strip() for row in rows], pa.string()) for at in range(len(names))]
    return RawTable.of(source, names, columns, first_line=numbered[0][0] if numbered else 1)


def _unquoted(name: str) -> str:
    if name[0] in "'\"" and name[-1] == name[0] and len(name) > 1:
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def excel(data: bytes, source: str) -> RawTable:
    """Read the first sheet of an Excel file; needs openpyxl.

    Raises:
        UserError: it is no such file, or openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise UserError(
            f"{source} is an Excel file, which needs openpyxl: pip install openpyxl. Or save it as CSV."
        ) from None
    import warnings
    import zipfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheet = book[book.sheetnames[0]]
            rows = [
                row for row in sheet.iter_rows(values_only=True) if any(v is not None for v in row)
            ]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        raise damaged(source, "an Excel file (.xlsx)", error) from None
    if not rows:
        raise UserError(f"The sheet {shown(book.sheetnames[0])} of {source} is empty.")
    width = max(at + 1 for at, value in enumerate(rows[0]) if value is not None)
    notes: tuple[str, ...] = ()
    if len(book.sheetnames) > 1:
        notes = (
            f"Of {source}, the sheet {shown(book.sheetnames[0])} was read, the first of {len(book.sheetnames)}.",
        )
    names = ["" if value is None else value for value in rows[0][:width]]
    columns = [[row[at] if at < len(row) else None for row in rows[1:]] for at in range(width)]
    return RawTable.of(
        source, names, [_cells(column) for column in columns], notes=notes, first_line=2
    )


def _cells(values: list[Any]) -> Any:
    """Return the cells of a sheet's column; as texts where they are of several kinds."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError):
        return pa.array([None if value is None else str(value) for value in values])
