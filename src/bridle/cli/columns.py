"""Lines that say what a data set is: for a table, what was found in each column."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING

from bridle.errors import visible

if TYPE_CHECKING:
    from bridle.data.dataset import Dataset
    from bridle.tables.column import Column

MOST = 40
"""Maximum number of lines about columns."""

_WIDEST = 24
"""Maximum number of characters of a column's name in these lines."""


def data_lines(dataset: Dataset) -> list[str]:
    """Return the lines that say what a data set is."""
    columns = getattr(dataset.rows, "columns", None)
    if columns is None:
        return [f"data      {dataset.spec}"]
    rows = dataset.rows
    name = shlex.join(rows.typed) if rows.typed else f"{rows.source} ({dataset.spec})"
    return [f"data      {visible(name)}", *column_lines(columns, rows.encoders)]


def column_lines(columns: tuple[Column, ...], encoders: object) -> list[str]:
    """Return a line for each column: its name, its kind, and what was found; neighbours that are alike share one."""
    alike = [list(run) for _, run in itertools.groupby(columns, _what)]
    if len(columns) <= MOST:
        alike = [[column] for column in columns]
    width = max((min(_WIDEST, len(_name(run))) for run in alike), default=0)
    lines = [f"{_name(run):{width}}  {_what(run[0])}".rstrip() for run in alike]
    if len(lines) > MOST:
        kinds = sorted({column.kind for column in columns})
        counts = [f"{sum(c.kind == kind for c in columns):,} {kind}" for kind in kinds]
        lines = [
            *lines[: MOST - 1],
            f"… {len(lines) - MOST + 1:,} more; in all {', '.join(counts)}",
        ]
    heads = ["columns   ", *[" " * 10] * (len(lines) - 1)]
    return [head + visible(line) for head, line in zip(heads, lines, strict=True)]


def _name(run: list[Column]) -> str:
    name = run[0].name if len(run) == 1 else f"{run[0].name} … {run[-1].name} ({len(run)})"
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 1]}…"


def _what(column: Column) -> str:
    kind = {"id": "id, left out", "constant": "left out", "empty": "left out"}.get(
        column.kind, column.kind
    )
    kind += ", as declared" if column.declared else ""
    return f"{kind}: {column.said}" if column.said else kind
