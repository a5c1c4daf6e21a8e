"""Sources of tables: files, pipes, compressed or not, and frames of any library; read as pandas frames."""

from __future__ import annotations

import csv
import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bridle.errors import Unquoted, UserError, listed_names, shown, visible

STDIN = "-"
"""The path that means standard input."""

_ADVICE = "Expected a CSV file with a line of column names, and one row a run."

_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive: save the sheet as CSV",
    b"PAR1": "Parquet: from Python, bridle.judge(pandas.read_parquet(FILE), …)",
    b"ARROW1": "Arrow: from Python, bridle.judge(pandas.read_feather(FILE), …)",
    b"SQLite format 3": "a database: write its table of runs as CSV",
    b"BZh": "compressed by bzip2: unpack it, or compress it with gzip",
    b"\xfd7zXZ": "compressed by xz: unpack it, or compress it with gzip",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it, or compress it with gzip",
}
"""Files that are not text, by their first bytes."""


def read_file(path: str | Path) -> tuple[pd.DataFrame, int, bool]:
    """Read a CSV file as texts, separated by commas, semicolons or tabs; plain or compressed by gzip.

    Args:
        path: of a file or a pipe; `-` is standard input.

    Returns:
        Its rows, with the names of its columns as written; the number of the first row's line; and whether commas may
        be decimal commas.

    Raises:
        UserError: it cannot be read, or is no table.
    """
    name = called(path)
    text = _text(name, _content(path, name))
    return _rows(name, text)


def called(path: str | Path) -> str:
    """Return the name of a file for messages."""
    return "standard input" if str(path) == STDIN else visible(str(path))


def _content(path: str | Path, name: str) -> bytes:
    try:
        if str(path) == STDIN:
            found = sys.stdin.buffer.read()
        else:
            with Path(path).open("rb") as file:
                if stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty():
                    raise UserError(f"Cannot read {name}: it is a device, not a file or pipe.")
                found = file.read()
        return gzip.decompress(found) if found.startswith(b"\x1f\x8b") else found
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UserError(
            f"Cannot read {name}: it is compressed by gzip, but damaged or cut short."
        ) from None
    except ValueError as error:  # a path with a NUL
        raise UserError(f"Cannot read {name}: {error}.") from None
    except OSError as error:
        raise UserError(f"Cannot read {name}: {error.strerror}.") from None


def _text(name: str, content: bytes) -> str:
    for start, what in _FORMATS.items():
        if content.startswith(start):
            raise UserError(f"{name} is no CSV file but {what}.")
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # Excel's "Unicode text"
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise UserError(
                f"{name} begins as text in UTF-16 but is not valid UTF-16. {_ADVICE}"
            ) from None
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{name}, line {line}: the byte 0x{content[error.start]:02x} is no UTF-8. Save the file as UTF-8: in a "
            "spreadsheet choose “CSV UTF-8”, or type iconv -f latin1 -t utf-8 OLD.csv > NEW.csv. "
            f"{_ADVICE}"
        ) from None


def _rows(name: str, text: str) -> tuple[pd.DataFrame, int, bool]:
    lines = io.StringIO(text, newline="")
    blank = 0
    while (head := lines.readline()) and not head.strip(" ,;\t\r\n"):
        blank += 1
    if not head:
        raise UserError(f"{name} is empty. {_ADVICE}")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(
            f"{name}, line {line}: there is a NUL character, which no CSV file holds. {_ADVICE}"
        )
    separator = max(",;\t", key=head.count)
    read: Callable[..., pd.DataFrame] = pd.read_csv
    try:
        # the names are read as a row, because pandas would rename duplicates
        table = read(
            io.StringIO(text, newline=""),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            skiprows=blank,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise UserError(f"{name} {_broken(str(error), head, separator)}. {_ADVICE}") from None
    table = table.fillna("")  # rows with fewer fields than the first
    frame = table.iloc[1:].reset_index(drop=True)
    frame.columns = pd.Index([str(one) for one in table.iloc[0]], dtype=object)
    unnamed = [
        not column.strip() and (frame.iloc[:, i] == "").all()
        for i, column in enumerate(frame.columns)
    ]
    return frame.loc[:, [not one for one in unnamed]], blank + 2, separator == ";"


def _broken(reason: str, head: str, separator: str) -> str:
    """Say why a file cannot be read as a table."""
    if "Expected" in reason and "saw" in reason:
        names = listed_names(one.strip().strip('"') for one in head.strip().split(separator))
        where = reason.partition(" in ")[2].partition(",")[0]
        return f"cannot be read: {where} has more fields than there are column names ({visible(names)})"
    said = reason.strip().removeprefix("Error tokenizing data. C error: ").rstrip(".")
    return f"cannot be read as a table: {said}"


def read_frame(given: Any, argument: str) -> pd.DataFrame:
    """Return the rows of a frame of any library, or of data for one, with the names of its columns.

    Args:
        given: a DataFrame of pandas, polars, PyArrow or another library that narwhals reads, a dictionary of
            columns, or a list of rows.
        argument: its name in messages.

    Raises:
        UserError: it is none of these.
    """
    if not isinstance(given, pd.DataFrame | dict | list | tuple):
        given = _of_another_library(given, argument)
    try:
        frame = pd.DataFrame(given)
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise _no_frame(given, argument) from None
    named = any(name is not None for name in frame.index.names)
    try:
        return frame.reset_index(drop=not named)
    except ValueError:  # an index level and a column of one name
        both = next((str(n) for n in frame.index.names if n in frame.columns), "")
        raise UserError(
            f"{argument}: {shown(both)} names a column and the index. Keep one: "
            f"{argument}.reset_index(drop=True)."
        ) from None


def _of_another_library(given: Any, argument: str) -> Any:
    import narwhals as nw

    try:
        frame = nw.from_native(given)
    except TypeError:
        return given  # arrays with named fields, for instance
    try:
        whole = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return {name: whole[name].to_list() for name in whole.columns}
    except ImportError as error:
        raise UserError(
            f"{argument} cannot be collected: {error}. Collect it first, into a DataFrame."
        ) from None


def _no_frame(given: Any, argument: str) -> UserError:
    return UserError(
        argument=argument,
        expected="a DataFrame or the path of a CSV file",
        received=Unquoted(type(given).__name__),
    )
