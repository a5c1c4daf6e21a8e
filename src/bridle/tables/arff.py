"""ARFF files, the format of Weka and OpenML: names and kinds of columns in a head, then rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridle.errors import Unquoted, UserError, shown
from bridle.tables import delimited
from bridle.tables.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

_WORD = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_WORD}|\S+)\s+(.+)\Z", re.IGNORECASE)
_FIRST = re.compile(rf"\{{\s*({_WORD}|[^,}}]*)")
_CELL = re.compile(rf"\s*(\d+)\s+({_WORD}|[^,]*?)\s*(?:,|\Z)")

_MOST_CELLS = 2**25
"""Maximum number of cells of a sparse file, those that it does not hold among them."""


@dataclass(frozen=True)
class _Attribute:
    """A column as the head declares it.

    Attributes:
        name: its name.
        default: what sparse rows leave out: 0, or the first of the values in braces.
    """

    name: str
    default: str


def read(data: bytes, source: str, encoding: str | None = None) -> RawTable:
    """Read an ARFF file: names of columns from its head, rows as text with commas, or sparse rows `{2 x, 5 y}`.

    Values in braces are categories; numbers, texts and dates are found as in other texts.

    Args:
        data: the content of the file.
        source: what messages call it.
        encoding: of the text; None finds it.

    Raises:
        UserError: it is no such file; the message names the line.
    """
    text, _ = delimited.decoded(data, source, encoding)
    lines = text.splitlines()
    attributes: list[_Attribute] = []
    for at, line in enumerate(lines, start=1):
        plain = line.strip()
        if plain.lower().startswith("@data"):
            return _table(lines[at:], attributes, source, at)
        if plain.lower().startswith("@attribute"):
            found = _ATTRIBUTE.match(plain)
            if found is None:
                raise UserError(
                    argument=f"Line {at} of {source}",
                    expected="@attribute NAME TYPE",
                    received=plain,
                )
            first = _FIRST.match(found[2])
            default = _unquoted(first[1].strip()) if first else "0"
            attributes.append(_Attribute(_unquoted(found[1]), default))
    raise UserError(argument=source, verb="have", expected="a line @data before its rows")


def _table(
    lines: list[str], attributes: Sequence[_Attribute], source: str, before: int
) -> RawTable:
    numbered = [
        (at, line.strip())
        for at, line in enumerate(lines, start=before + 1)
        if line.strip() and not line.lstrip().startswith("%")
    ]
    sparse = bool(numbered) and numbered[0][1].startswith("{")
    columns = (_sparse if sparse else _dense)(numbered, attributes, source)
    names = [attribute.name for attribute in attributes]
    return RawTable.of(source, names, columns, first_line=numbered[0][0] if numbered else 1)


def _dense(
    numbered: Sequence[tuple[int, str]], attributes: Sequence[_Attribute], source: str
) -> list[pa.Array]:
    import pyarrow as pa

    kept = [line for _, line in numbered]
    # ARFF quotes with apostrophes as well
    apostrophes = any("'" in line for line in kept) and not any('"' in line for line in kept)
    reader = csv.reader(
        kept, quotechar="'" if apostrophes else '"', skipinitialspace=True, escapechar="\\"
    )
    rows = list(reader)
    for (at, _), row in zip(numbered, rows, strict=False):
        if len(row) != len(attributes):
            raise UserError(
                argument=f"Line {at} of {source}",
                verb="have",
                expected=f"{len(attributes)} cells, one for each @attribute",
                received=Unquoted(f"{len(row)}: {shown(','.join(row))}"),
            )
    return [
        pa.array([row[at].strip() for row in rows], pa.string()) for at in range(len(attributes))
    ]


def _sparse(
    numbered: Sequence[tuple[int, str]], attributes: Sequence[_Attribute], source: str
) -> list[pa.Array]:
    """Return the columns of rows that hold the number, from 0, and the value of each cell that is not the default."""
    import pyarrow as pa

    if len(numbered) * len(attributes) > _MOST_CELLS:
        raise UserError(
            argument=source,
            verb="hold",
            expected=f"at most {_MOST_CELLS:,} cells, the zeros of its sparse rows among them",
            received=Unquoted(f"{len(numbered):,} rows × {len(attributes):,} columns"),
            advice="Leave out rows, or columns that are rarely set.",
        )
    columns = [[attribute.default] * len(numbered) for attribute in attributes]
    for row, (at, line) in enumerate(numbered):
        inside, place = line.removeprefix("{").removesuffix("}").strip(), 0
        whole = line.startswith("{") and line.endswith("}")
        while whole and place < len(inside):
            found = _CELL.match(inside, place)
            whole = found is not None and int(found[1]) < len(attributes)
            if found is not None and whole:
                columns[int(found[1])][row] = _unquoted(found[2])
                place = found.end()
        if not whole:
            raise UserError(
                argument=f"Line {at} of {source}",
                verb="hold",
                expected=f"numbers of columns, from 0 to {len(attributes) - 1}, and their values, as in "
                "{2 x, 5 y}",
                received=line,
            )
    return [pa.array(column, pa.string()) for column in columns]


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] in "'\"" and word[-1] == word[0]:
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word
