"""What the columns of a table hold: numbers, categories, dates and so on, inferred or declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, did_you_mean, shown
from bridle.numbers import many
from bridle.tables import cells
from bridle.tables.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("number", "category", "ordinal", "date", "boolean")
"""The kinds of columns that can be declared."""

LEFT_OUT = ("constant", "empty", "id")
"""The kinds of columns that a network does not see."""

LARGEST = 1e30
"""Largest number: squares of sums must stay finite in single precision."""

_FEW = 10
"""Number of different numbers up to which numbers among words are codes of categories."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a declared or inferred kind.

    Attributes:
        name: its name.
        kind: one of `KINDS` or `LEFT_OUT`.
        data: [n] float64, NaN where missing: numbers, days since 1970, 0 and 1; or int32 positions in `words`, -1
            where missing.
        words: the categories; of an ordinal column in their order; of a boolean column no and yes as they are written.
        said: what was found, for people.
        declared: whether the kind was declared.
    """

    name: str
    kind: str
    data: NDArray[Any]
    words: tuple[str, ...] = ()
    said: str = ""
    declared: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which values are missing, `[n]`."""
        return self.data < 0 if self.data.dtype.kind == "i" else np.isnan(self.data)


@dataclass(frozen=True)
class Declared:
    """A kind that was declared.

    Attributes:
        kind: one of `KINDS`.
        order: of an ordinal column's words, where it was given.
        strict: whether texts that are no numbers are refused; otherwise they are missing.
    """

    kind: str
    order: tuple[str, ...] = ()
    strict: bool = False

    @classmethod
    def read(cls, column: str, text: str) -> Declared:
        """Read `category`, `ordinal`, or an order such as `S<M<L`.

        Raises:
            UserError: it is none of these.
        """
        order = tuple(part.strip() for part in text.split("<"))
        if len(order) > 1:
            if not all(order) or len(set(order)) < len(order):
                raise UserError(
                    argument="types",
                    verb="hold",
                    expected="different words from the lowest to the highest, such as S<M<L",
                    received=f"{column}={text}",
                )
            return cls("ordinal", order)
        kind = _SYNONYMS.get(text.strip().lower(), text.strip().lower())
        if kind not in KINDS:
            raise UserError(
                argument="types",
                verb="hold",
                expected=f"one of {', '.join(KINDS)} for each column, or an order such as S<M<L",
                received=f"{column}={text}",
                advice=did_you_mean(kind, KINDS).strip(),
            )
        return cls(kind)


_SYNONYMS = {
    **dict.fromkeys(("numeric", "float", "int", "integer", "real", "numerical"), "number"),
    **dict.fromkeys(
        ("categorical", "cat", "factor", "nominal", "string", "str", "text"), "category"
    ),
    **dict.fromkeys(("bool", "binary"), "boolean"),
    **dict.fromkeys(("datetime", "time", "timestamp"), "date"),
    "ordered": "ordinal",
}


def describe(table: RawTable, name: str, declared: Declared | None = None) -> Column:
    """Return a column of the kind that was declared, or of the kind that its values suggest.

    Raises:
        UserError: a value does not suit a declared kind, the kind is ambiguous, or a number is infinite; the message
            names the place.
    """
    import pyarrow as pa

    array = table.columns[name]
    types = pa.types
    if types.is_dictionary(array.type) and array.type.ordered and declared is None:
        declared = Declared("ordinal", tuple(map(str, array.dictionary.to_pylist())))
    if _holds_texts(array):
        return _of_texts(table, name, declared)
    if types.is_null(array.type):
        return Column(name, "empty", np.full(len(array), np.nan), said="all values are missing")
    if types.is_boolean(array.type):
        column = Column(name, "boolean", _floats(array), ("False", "True"))
        if declared and declared.kind not in ("boolean", "number"):
            return _words(table, name, declared)
        return _without_news(column)
    if types.is_temporal(array.type):
        column = Column(name, "date", _days(array))
        if types.is_duration(array.type) or types.is_time(array.type):
            column = replace(column, kind="number", said="in days")
        return _without_news(column)
    if (
        types.is_integer(array.type)
        or types.is_floating(array.type)
        or types.is_decimal(array.type)
    ):
        if declared and declared.kind in ("category", "ordinal", "boolean"):
            return _words(table, name, declared)
        return _numbers(table, name, _floats(array), declared)
    raise UserError(
        argument=f"Column {shown(name)} of {table.source}",
        verb="hold",
        expected="numbers, texts, truth values or dates",
        received=Unquoted(str(array.type)),
        advice=_DROP.format(name),
    )


_DROP = "Leave it out: drop {!r}."


def _holds_texts(array: pa.Array) -> bool:
    import pyarrow as pa

    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    types = pa.types
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary)
    return any(test(kind) for test in tests)


def codes(array: pa.Array) -> tuple[NDArray[np.int32], list[str]]:
    """Return positions `[n]` in the different texts, -1 where a value is missing, and these texts."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type) and not _holds_texts(array):
        array = array.dictionary_decode()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    found = array.indices.to_numpy(zero_copy_only=False)
    found = np.where(np.isnan(found), -1, found).astype(np.int32)
    return found, [_text(value) for value in array.dictionary.to_pylist()]


def _text(value: Any) -> str:
    """Return a value as a word; whole numbers without a decimal point."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "" if value is None else str(value)


def _of_texts(table: RawTable, name: str, declared: Declared | None) -> Column:
    """Return a column of texts as what they mean."""
    found, words = codes(table.columns[name])
    if declared and declared.kind in ("category", "ordinal"):
        return _words(table, name, declared)
    used = np.bincount(found[found >= 0], minlength=len(words)) > 0
    present = [w for w, use in zip(words, used, strict=True) if use and not cells.is_missing(w)]
    if not present:
        return Column(name, "empty", np.full(len(found), np.nan), said="all values are missing")
    if (declared and declared.kind == "boolean") or (declared is None and _truths(present)):
        return _booleans(table, name, found, words, declared is not None)
    if (
        not declared
        and any(map(cells.is_code, present))
        and all(w.strip().isdigit() for w in present)
    ):
        column = _words(table, name, Declared("category"))
        return replace(column, declared=False, said=f"{column.said}, digits that begin with 0")
    if declared is None or declared.kind == "number":
        numbers = _read_numbers(table, name, found, words, declared)
        if numbers is not None:
            return numbers
    if declared is None or declared.kind == "date":
        dates = _read_dates(table, name, found, words, present, declared)
        if dates is not None:
            return dates
    column = replace(_words(table, name, Declared("category")), declared=False)
    if len(present) > 0.9 * (found >= 0).sum() and len(present) > 20:
        return replace(
            column, kind="id", said=f"{len(present):,} different texts in {many(len(found), 'row')}"
        )
    return column


def _truths(words: Sequence[str]) -> bool:
    """Say whether the words are two of opposite meaning, or one of them."""
    meanings = [cells.TRUTH.get(word.strip().lower()) for word in words]
    return None not in meanings and len(set(meanings)) == len(words) == 2


def _booleans(
    table: RawTable, name: str, found: NDArray[Any], words: list[str], declared: bool
) -> Column:
    meaning = [
        np.nan if cells.is_missing(word) else cells.TRUTH.get(word.strip().lower())
        for word in words
    ]
    present = [word for word in words if not cells.is_missing(word)]
    if declared and None in meaning and len(present) == 2:
        meaning = [np.nan if cells.is_missing(w) else float(w == max(present)) for w in words]
    if None in meaning:
        raise _unsuited(table, name, found, meaning.index(None), words, "boolean", "a truth value")
    values = np.append(np.array(meaning, np.float64), np.nan)[found]
    at = {value: word for word, value in zip(words, meaning, strict=True)}
    names = (at.get(False, "no"), at.get(True, "yes"))
    return _without_news(Column(name, "boolean", values, names, declared=declared))


def _read_numbers(
    table: RawTable, name: str, found: NDArray[Any], words: list[str], declared: Declared | None
) -> Column | None:
    """Return the column if its texts are numbers.

    Raises:
        UserError: most texts are numbers, but not all.
    """
    read, notation = cells.reader(words)
    values = [read(word) for word in words]
    wrong = [at for at, value in enumerate(values) if value is None]
    if wrong and declared is None:
        counts = np.bincount(found[found >= 0], minlength=len(words))
        numeric = [at for at, v in enumerate(values) if v is not None and v == v]
        if len(numeric) <= _FEW or counts[numeric].sum() < counts[wrong].sum():
            return None
        if counts[wrong].sum() < 0.5 * counts[numeric].sum():
            row = int(np.argmax(np.isin(found, wrong)))
            total = int(counts[wrong].sum())
            more = f" ({total:,} such values)" if total > 1 else ""
            raise UserError(
                argument=f"Column {shown(name)} of {table.source}",
                verb="hold",
                expected="numbers, as most of it does",
                received=Unquoted(f"{shown(words[found[row]])} in {table.place(row)}{more}"),
                advice=f"Correct it, or say what the column is: {table_type(name, 'number')}, where such values are "
                f"missing, or {table_type(name, 'category')}.",
            )
        return None
    each = np.array([np.nan if value is None else value for value in values] + [np.nan])
    if declared and wrong and (declared.strict or len(wrong) == len(words)):
        raise _unsuited(table, name, found, wrong[0], words, "number", "numbers")
    column = _numbers(table, name, each[found], declared)
    said = [column.said, notation] + (
        [f"{many(len(wrong), 'text')} read as missing"] if wrong else []
    )
    return replace(column, said=", ".join(filter(None, said)))


def table_type(name: str, kind: str) -> str:
    """Return the mark of the argument that declares a column's kind."""
    from bridle.wording import argument

    return argument("types", f"{name}={kind}")


def _read_dates(
    table: RawTable,
    name: str,
    found: NDArray[Any],
    words: list[str],
    present: list[str],
    declared: Declared | None,
) -> Column | None:
    read = cells.dates(present)
    if read is None:
        if declared is None:
            return None
        wrong = next((w for w in present if cells.dates([w]) is None), present[0])
        raise _unsuited(
            table, name, found, words.index(wrong), words, "date", "dates such as 2024-01-31"
        )
    days, form = read
    values = np.array([days.get(word, np.nan) for word in words] + [np.nan])
    said = "read as day/month/year" if form.startswith("day") else ""
    return _without_news(
        Column(name, "date", values[found], said=said, declared=declared is not None)
    )


def _numbers(
    table: RawTable, name: str, values: NDArray[np.float64], declared: Declared | None
) -> Column:
    """Return numbers, or dates if that is declared, after checking that they are finite."""
    bad = np.abs(values) > LARGEST
    if bad.any():
        row = int(np.argmax(bad))
        more = f" ({bad.sum():,} such values)" if bad.sum() > 1 else ""
        raise UserError(
            argument=f"Column {shown(name)} of {table.source}",
            verb="hold",
            expected=f"finite numbers up to {LARGEST:g}",
            received=Unquoted(f"{values[row]:g} in {table.place(row)}{more}"),
            advice="Leave the value empty if it is not known, leave out such rows, or the column.",
        )
    if declared and declared.kind == "date":
        raise UserError(
            argument=f"Column {shown(name)} of {table.source}",
            verb="hold",
            expected="dates such as 2024-01-31",
            received=Unquoted(f"numbers such as {values[0]:g}"),
        )
    column = _without_news(Column(name, "number", values, declared=declared is not None))
    if column.kind == "number" and declared is None and _counts_rows(values):
        return replace(column, kind="id", said="numbers the rows")
    return column


def _counts_rows(values: NDArray[np.float64]) -> bool:
    """Say whether values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows."""
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _words(table: RawTable, name: str, declared: Declared) -> Column:
    """Return a column of words, in alphabetical order or that which was declared."""
    found, written = codes(table.columns[name])
    words = [word.strip() for word in written]
    there = {word for at, word in enumerate(words) if not cells.is_missing(word)}
    numeric = all(_as_number(word) is not None for word in there)
    if declared.order:
        unknown = next(
            (at for at, w in enumerate(words) if w in there and w not in declared.order), None
        )
        if unknown is not None:
            raise _unsuited(
                table, name, found, unknown, words, "ordinal", f"one of {', '.join(declared.order)}"
            )
        ordered = list(declared.order)
    elif declared.kind == "ordinal" and numeric:
        ordered = sorted(there, key=lambda word: (cast(float, _as_number(word)), word))
    else:
        ordered = sorted(there)
    if declared.kind == "boolean":
        return _booleans_of_numbers(table, name, ordered)
    position = {word: at for at, word in enumerate(ordered)}
    translated = np.array([position.get(word, -1) for word in words] + [-1], np.int32)
    column = Column(name, declared.kind, translated[found], tuple(ordered), declared=True)
    said = many(len(ordered), "value") if declared.kind == "category" else " < ".join(ordered[:6])
    return _without_news(replace(column, said=said))


def _booleans_of_numbers(table: RawTable, name: str, ordered: list[str]) -> Column:
    if len(ordered) > 2:
        raise UserError(
            argument=f"Column {shown(name)} of {table.source}",
            verb="hold",
            expected="two values, to be boolean",
            received=Unquoted(f"{len(ordered)}: {', '.join(ordered[:5])}"),
        )
    found, words = codes(table.columns[name])
    values = np.array([float(word == ordered[-1]) for word in words] + [np.nan])
    pair = (ordered[0], ordered[-1]) if ordered else ("no", "yes")
    return _without_news(Column(name, "boolean", values[found], pair, declared=True))


def _as_number(word: str) -> float | None:
    return cells.reader([word])[0](word)


def _without_news(column: Column) -> Column:
    """Return the column, of the kind `constant` or `empty` if it says nothing."""
    missing = column.missing
    if missing.all():
        return replace(column, kind="empty", said="all values are missing")
    there = column.data[~missing]
    if not missing.any() and (there == there[0]).all():
        value = column.words[int(there[0])] if column.words else f"{there[0]:g}"
        return replace(column, kind="constant", said=f"always {shown(value)}")
    count = int(missing.sum())
    if count:
        said = [column.said, f"{count:,} missing"]
        return replace(column, said=", ".join(filter(None, said)))
    return column


def _unsuited(
    table: RawTable,
    name: str,
    found: NDArray[Any],
    wrong: int,
    words: Sequence[str],
    kind: str,
    expected: str,
) -> UserError:
    row = int(np.argmax(found == wrong))
    return UserError(
        argument=f"Column {shown(name)} of {table.source}",
        verb="hold",
        expected=f"{expected}, as {kind} says",
        received=Unquoted(f"{shown(words[wrong])} in {table.place(row)}"),
    )


def _floats(array: pa.Array) -> NDArray[np.float64]:
    """Return numbers in double precision, NaN where missing."""
    import pyarrow as pa

    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    found = array.to_numpy(zero_copy_only=False)
    if found.dtype == object:  # truth values, some of them missing
        found = np.array([np.nan if value is None else value for value in found])
    return cast("NDArray[np.float64]", found.astype(np.float64))


def _days(array: pa.Array) -> NDArray[np.float64]:
    """Return dates as days since 1970, durations and times of the day as days; NaN where missing."""
    import pyarrow as pa

    if pa.types.is_time(array.type):
        unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
        whole = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
        return _floats(whole) / (86_400 * unit)
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms"))
    unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    return _floats(array.cast(pa.int64())) / (86_400 * unit)
