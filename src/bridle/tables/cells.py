"""What texts mean: numbers in several notations, truth values, dates."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "?", "<na>", "nat"))
"""Texts that stand for a missing value in any column, in lower case."""

_MISSING_NUMBER = MISSING | {"none", "-", "--", ".", "missing", "unknown", "n.a.", "#div/0!"}
"""Texts that stand for a missing value among numbers."""

_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z", re.ASCII)
_COMMA = re.compile(r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?\Z", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?\Z", re.ASCII)
_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?\Z", re.ASCII)
_INFINITE = re.compile(r"[-+]?inf(inity)?\Z", re.IGNORECASE)
_CODE = re.compile(r"0\d+\Z", re.ASCII)

TRUTH = {"true": True, "false": False, "yes": True, "no": False, "t": True, "f": False} | {
    "y": True,
    "n": False,
}
"""Words for truth values."""


def is_missing(text: str) -> bool:
    """Say whether a text stands for a missing value."""
    return text.strip().lower() in MISSING


def is_code(text: str) -> bool:
    """Say whether digits begin with a zero, as those of postcodes do: `01234`."""
    return _CODE.match(text.strip()) is not None


def reader(words: Sequence[str]) -> tuple[Callable[[str], float | None], str]:
    """Return the function that reads a column's texts as numbers, and what is special about their notation.

    Args:
        words: the different texts of the column. Decimal commas and thousands separators are recognized only if no
            text contradicts them.

    Returns:
        The function returns NaN for texts that stand for a missing value, and None for what is no number.
    """
    numbers = [word.strip() for word in words if not _is_missing_number(word)]
    if not any("," in word for word in numbers):
        return _plain, ""
    if all(_PLAIN.match(w) or _THOUSANDS.match(w) for w in numbers):
        return lambda text: _plain(text.replace(",", "")), "thousands separated by commas"
    if all(
        _COMMA.match(w) or (_PLAIN.match(w) and "." not in w) or _POINTS.match(w) for w in numbers
    ):
        return lambda text: _plain(text.replace(".", "").replace(",", ".")), "decimal commas"
    return _plain, ""


def _is_missing_number(text: str) -> bool:
    return text.strip().lower() in _MISSING_NUMBER


def _plain(text: str) -> float | None:
    text = text.strip()
    if _PLAIN.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float(text)
    return math.nan if _is_missing_number(text) else None


_DATES = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z", re.ASCII)),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}\Z", re.ASCII)),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}\Z", re.ASCII)),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}\Z", re.ASCII)),
    ("%m/%d/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}\Z", re.ASCII)),
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:?\d\d)?\Z", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def dates(words: Sequence[str]) -> tuple[dict[str, float], str] | None:
    """Read texts as dates or times.

    Args:
        words: the different texts of a column, none missing.

    Returns:
        Days since 1970 by text, and the notation, such as `%d.%m.%Y` or `day/month or month/day` if both fit; None
        if they are no dates.
    """
    plain = [word.strip() for word in words]
    if all(map(_ISO.match, plain)):
        return _read(words, datetime.datetime.fromisoformat, "ISO 8601")
    fitting = []
    for form, pattern in _DATES:
        if all(map(pattern.match, plain)):
            read = _read(
                words, lambda text, form=form: datetime.datetime.strptime(text, form), form
            )
            fitting += [read] if read else []
    if len(fitting) == 2 and fitting[0][0] != fitting[1][0]:
        return fitting[0][0], "day/month or month/day"
    return fitting[0] if fitting else None


def _read(
    words: Sequence[str], read: Callable[..., Any], form: str
) -> tuple[dict[str, float], str] | None:
    found = {}
    for word in words:
        try:
            time = read(word.strip())
        except ValueError:
            return None
        if time.tzinfo is None:
            time = time.replace(tzinfo=datetime.UTC)
        found[word] = (time - _EPOCH).total_seconds() / 86_400
    return found, form
