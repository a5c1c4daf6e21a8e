"""Tables in other formats than text: Parquet, Arrow, Excel."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from bridle.errors import Unquoted, UserError, shown
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
