"""What texts mean: numbers in several notations, truth values, dates."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "?", "<na>", "nat"))
"""Texts that stand for a missing value in any column, in lower case."""

MISSING_NUMBER = MISSING | {"none", "-", "--", ".", "missing", "unknown", "n.a.", "#div/0!"}
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


PLAIN, THOUSANDS, COMMAS = "", "thousands separated by commas", "decimal commas"
"""Notations of numbers."""


def notations(words: Iterable[str]) -> frozenset[str]:
    """Return the notations of numbers that no text of a column contradicts; digits may be replaced by others."""
    numbers = [word.strip() for word in words if not _is_missing_number(word)]
    found = set() if any("," in word for word in numbers) else {PLAIN}
    if all(_PLAIN.match(w) or _THOUSANDS.match(w) for w in numbers):
        found.add(THOUSANDS)
    if all(
        _COMMA.match(w) or (_PLAIN.match(w) and "." not in w) or _POINTS.match(w) for w in numbers
    ):
        found.add(COMMAS)
    return frozenset(found)


def reader(
    words: Sequence[str], fitting: frozenset[str] | None = None
) -> tuple[Callable[[str], float | None], str]:
    """Return the function that reads a column's texts as numbers, and what is special about their notation.

    Args:
        words: the different texts of the column. Decimal commas and thousands separators are recognized only if no
            text contradicts them.
        fitting: the notations that no text contradicts, where these are a part of the texts.

    Returns:
        The function returns NaN for texts that stand for a missing value, and None for what is no number.
    """
    fitting = notations(words) if fitting is None else fitting
    if PLAIN not in fitting and THOUSANDS in fitting:
        return lambda text: _plain(text.replace(",", "")), THOUSANDS
    if PLAIN not in fitting and COMMAS in fitting:
        return lambda text: _plain(text.replace(".", "").replace(",", ".")), COMMAS
    return _plain, PLAIN


def _is_missing_number(text: str) -> bool:
    return text.strip().lower() in MISSING_NUMBER


def _plain(text: str) -> float | None:
    text = text.strip()
    if _PLAIN.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float(text)
    return math.nan if _is_missing_number(text) else None


A_DATE = "dates such as 2024-01-31"
"""What a column of dates must hold, in messages."""

ISO_8601 = "ISO 8601"
"""The notation of times such as 2024-01-31T12:00."""

_DATES = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z", re.ASCII)),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}\Z", re.ASCII)),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}\Z", re.ASCII)),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}\Z", re.ASCII)),
    ("%m/%d/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}\Z", re.ASCII)),
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:?\d\d)?\Z", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def dates(
    words: Sequence[str], forms: frozenset[str] | None = None
) -> tuple[dict[str, float], str, bool] | None:
    """Read texts as dates or times.

    Args:
        words: the different texts of a column, none missing.
        forms: the notations that are possible, where these are a part of the texts.

    Returns:
        Days since 1970 by text, the notation, such as `%d.%m.%Y` or `ISO_8601`, and whether another notation would
        give other days: then the day is read before the month. None if they are no dates.
    """
    fitting = _dates(words)
    if forms is not None:
        fitting = [read for read in fitting if read[1] in forms]
    if not fitting:
        return None
    days, form = fitting[0]
    return days, form, any(other != days for other, _ in fitting[1:])


def date_notations(words: Sequence[str]) -> frozenset[str]:
    """Return the notations of dates that all texts have, of which none is missing."""
    return frozenset(form for _, form in _dates(words))


def _dates(words: Sequence[str]) -> list[tuple[dict[str, float], str]]:
    """Return the texts read in each notation that all of them have."""
    plain = [word.strip() for word in words]
    fitting = []
    if all(map(_ISO.match, plain)):
        fitting.append(_read(words, datetime.datetime.fromisoformat, ISO_8601))
    for form, pattern in _DATES:
        if all(map(pattern.match, plain)):
            fitting.append(
                _read(words, lambda text, form=form: datetime.datetime.strptime(text, form), form)
            )
    return [read for read in fitting if read is not None]


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
