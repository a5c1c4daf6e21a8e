"""Lines that say what a data set is: for a table, what was found in each column."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bridle.errors import visible
from bridle.tables.column import LEFT_OUT

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset
    from bridle.tables.column import Column

MOST = 40
"""Maximum number of columns that have a line each."""

_LISTED = 4
"""Maximum number of columns that are named where a line is about several."""

_WIDEST = 24
"""Maximum number of characters of a column's name in these lines."""


def data_lines(dataset: Dataset) -> list[str]:
    """Return the lines that say what a data set is."""
    typed = getattr(dataset.rows, "typed", ())
    columns = getattr(dataset.rows, "columns", ())
    name = f"data      {visible(shlex.join(typed)) if typed else dataset.spec}"
    return [name, *column_lines(columns)] if columns else [name]


def column_lines(columns: tuple[Column, ...]) -> list[str]:
    """Return a line for each column, its name, its kind and what was found; of many columns a line for each kind."""
    if len(columns) > MOST:
        alike: dict[str, list[str]] = {}
        for column in columns:
            alike.setdefault(_kind(column), []).append(column.name)
        lines = [f"{len(names):,} × {kind}: {_few(names)}" for kind, names in alike.items()]
    else:
        width = max(min(_WIDEST, len(column.name)) for column in columns)
        lines = [f"{_short(column.name):{width}}  {_what(column)}" for column in columns]
    heads = ["columns   ", *[" " * 10] * (len(lines) - 1)]
    return [head + visible(line) for head, line in zip(heads, lines, strict=True)]


def _few(names: list[str]) -> str:
    """Return the first names of a list."""
    text = ", ".join(map(_short, names[:_LISTED]))
    return f"{text} …" if len(names) > _LISTED else text


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 1]}…"


def _kind(column: Column) -> str:
    """Return the kind of a column in a few words, the same for all of a kind."""
    kind = "left out, " * (column.kind in LEFT_OUT) + column.kind
    kind += ", as declared" if column.declared else ""
    return kind + " with missing values" * bool(column.missing.any() and column.kind != "empty")


def _what(column: Column) -> str:
    kind = {"id": "id, left out", "constant": "left out", "empty": "left out"}.get(
        column.kind, column.kind
    )
    kind += ", as declared" if column.declared else ""
    return f"{kind}: {column.said}" if column.said else kind
