"""Columns of texts: numbers in several notations, truth values, dates, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from bridle.errors import Unquoted, UserError, shown
from bridle.numbers import many
from bridle.tables import cells
from bridle.tables.column import Column, DeclaredKind, floats, judged, numbers, table_type, unsuited
from bridle.tables.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa


def holds_texts(array: pa.Array) -> bool:
    """Say whether an array holds texts."""
    import pyarrow as pa

    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    types = pa.types
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary)
    return any(test(kind) for test in tests)


_FEW = 10
"""Number of different numbers up to which numbers among words are codes of categories."""


def codes(array: pa.Array) -> tuple[NDArray[np.int32], list[str]]:
    """Return positions `[n]` in the different texts, -1 where a value is missing, and these texts."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type) and not holds_texts(array):
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


def of_texts(table: RawTable, name: str, declared: DeclaredKind | None) -> Column:
    """Return a column of texts as what they mean."""
    fitting = table.notations.get(name)
    if (declared is None or declared.kind == "number") and (not fitting or cells.PLAIN in fitting):
        plain = _plain_numbers(table.columns[name])
        if plain is not None:
            return numbers(table, name, plain, declared)
    found, words = codes(table.columns[name])
    if declared and declared.kind in ("category", "ordinal"):
        return of_words(table, name, declared)
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
        column = of_words(table, name, DeclaredKind("category"))
        return replace(column, declared=False, said=f"{column.said}, digits that begin with 0")
    if declared is None or declared.kind == "number":
        of_numbers = _read_numbers(table, name, found, words, declared)
        if of_numbers is not None:
            return of_numbers
    if declared is None or declared.kind == "date":
        dates = _read_dates(table, name, found, words, present, declared)
        if dates is not None:
            return dates
    column = replace(of_words(table, name, DeclaredKind("category")), declared=False)
    if len(present) > 0.9 * (found >= 0).sum() and len(present) > 20:
        return replace(
            column, kind="id", said=f"{len(present):,} different texts in {many(len(found), 'row')}"
        )
    return column


def _plain_numbers(array: pa.Array) -> NDArray[np.float64] | None:
    """Return texts that are all numbers in the commonest notation; None if one may be something else."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_dictionary(array.type) or pa.types.is_binary(array.type):
        return None
    try:
        found = floats(array.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None
    # codes such as postcodes begin with a zero; without any number, the column is empty
    if (
        np.isnan(found).all()
        or compute.any(compute.match_substring_regex(array, "^0[0-9]")).as_py()
    ):
        return None
    return found


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
        raise unsuited(table, name, found, meaning.index(None), words, "boolean", "a truth value")
    values = np.append(np.array(meaning, np.float64), np.nan)[found]
    at = {value: word for word, value in zip(words, meaning, strict=True)}
    names = (at.get(False, "no"), at.get(True, "yes"))
    return judged(Column(name, "boolean", values, names, declared=declared))


def _read_numbers(
    table: RawTable, name: str, found: NDArray[Any], words: list[str], declared: DeclaredKind | None
) -> Column | None:
    """Return the column if its texts are numbers.

    Raises:
        UserError: most texts are numbers, but not all.
    """
    read, notation = cells.reader(words, table.notations.get(name))
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
        raise unsuited(table, name, found, wrong[0], words, "number", "numbers")
    column = numbers(table, name, each[found], declared)
    said = [column.said, notation] + (
        [f"{many(len(wrong), 'text')} read as missing"] if wrong else []
    )
    return replace(column, said=", ".join(filter(None, said)), notation=notation)


def _read_dates(
    table: RawTable,
    name: str,
    found: NDArray[Any],
    words: list[str],
    present: list[str],
    declared: DeclaredKind | None,
) -> Column | None:
    read = cells.dates(present, table.notations.get(name))
    if read is None:
        if declared is None:
            return None
        wrong = next((w for w in present if cells.dates([w]) is None), present[0])
        raise unsuited(table, name, found, words.index(wrong), words, "date", cells.A_DATE)
    days, notation, doubtful = read
    values = np.array([days.get(word, np.nan) for word in words] + [np.nan])
    said = "read as day/month/year" if doubtful else ""
    return judged(
        Column(
            name,
            "date",
            values[found],
            said=said,
            declared=declared is not None,
            notation=notation,
        )
    )


def of_words(table: RawTable, name: str, declared: DeclaredKind) -> Column:
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
            raise unsuited(
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
    return judged(replace(column, said=said))


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
    return judged(Column(name, "boolean", values[found], pair, declared=True))


def _as_number(word: str) -> float | None:
    return cells.reader([word])[0](word)
