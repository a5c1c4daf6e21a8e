"""Tables with named columns as numbers, and what a number is."""

from __future__ import annotations

import decimal
import math
import numbers
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError
from bridle.numbers import listed
from bridle.tables.frames import as_raw
from bridle.tables.raw import RawTable
from bridle.tables.values import numbers_of

Numbers = NDArray[np.float64]


def numbers_in(data: Any, name: str) -> tuple[tuple[str, ...], Numbers] | None:
    """Return the names and the numbers `[n, d]` of a table with named columns, NaN where one is missing.

    Args:
        data: anything.
        name: of the argument, for messages.

    Returns:
        None if it is no such table, or a column holds something else than numbers and truth values.

    Raises:
        UserError: two columns have the same name, or a column cannot be read.
    """
    import pyarrow as pa

    table = as_raw(data, name)
    if table is None:
        return None
    types = pa.types
    numeric = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    if not all(any(test(array.type) for test in numeric) for array in table.columns.values()):
        return None
    return tuple(table.columns), numbers_of(table, list(table.columns))


def in_order(table: RawTable, names: Sequence[str], what: str) -> RawTable:
    """Return the table with its columns in the order of `names`.

    Raises:
        UserError: a column is missing or unknown.
    """
    missing = [name for name in names if name not in table.columns]
    extra = [name for name in table.columns if name not in set(names)]
    if missing or extra:
        found = [f"lacks {_listed(missing)}"] if missing else []
        found += [f"also holds {_listed(extra)}"] if extra else []
        advice = (
            "Leave them out."
            if not missing
            else "Give the columns that the network was trained on."
        )
        raise UserError(
            argument="X",
            verb="have",
            expected=f"the columns that {what} has",
            received=Unquoted(f"a table that {listed(found)}"),
            advice=advice,
        )
    return replace(table, columns={name: table.columns[name] for name in names})


_NAMED = 5
"""Maximum number of columns that a message lists."""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def is_missing(value: Any) -> bool:
    """Say whether an entry is missing: None, NaN, NaT or pandas.NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def is_number(value: Any) -> bool:
    """Say whether an entry is a real number, or missing."""
    return isinstance(value, numbers.Real | np.bool_ | decimal.Decimal) or is_missing(value)


def as_float(value: Any) -> float:
    """Return a number as NumPy holds it: NaN if it is missing, infinite if it is too large."""
    if is_missing(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf
