"""What columns hold is found, can be declared, and is refused where it is ambiguous."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bridle.errors import UserError
from bridle.tables.column import Column, DeclaredKind
from bridle.tables.columns import describe
from bridle.tables.raw import RawTable


def _column(values: Sequence[Any], declared: str | None = None, kind: Any = None) -> Column:
    table = RawTable.of("t.csv", ["c"], [pa.array(values, kind)], first_line=2)
    return describe(table, "c", None if declared is None else DeclaredKind.read("c", declared))


MANY = [str(v) for v in np.linspace(-3, 3, 30)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3e2"], "number"),
        (["1", None, "NA", "?"], "number"),
        (["1,5", "2,25", "3"], "number"),
        (["1,200", "3,400.5", "1,000,000"], "number"),
        (["red", "green", "red"], "category"),
        (["01234", "98765", "01234"], "category"),
        (["1", "2", "X", "1"], "category"),
        (["yes", "no", "Yes".lower()], "boolean"),
        (["t", "f", None], "boolean"),
        (["2024-01-31", "2023-12-01"], "date"),
        (["31.01.2024", "1.12.2023"], "date"),
        (["2024-01-31T12:00:00", "2024-01-31T12:00:00+01:00"], "date"),
        (["a", "a", "a"], "constant"),
        (["7", "7"], "constant"),
        ([None, "NA", "?"], "empty"),
        ([f"user {at}" for at in range(40)], "id"),
        (["1", "2", "3", "4"], "id"),
        ([1, 2, 3, 4], "id"),
        ([4, 1, 3, 2], "number"),
        ([True, False, None], "boolean"),
        ([1.5, None, 2.5], "number"),
        ([None, None], "empty"),
    ],
)
def test_kinds_are_found(values: list[Any], kind: str) -> None:
    assert _column(values).kind == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [([0, 1, 2, 3, 4], "id"), ([1, 2, 3, 4, 5], "id"), ([0, 2, 4, 6, 8], "number")],
)
def test_rows_are_numbered_also_where_some_are_left_out(values: list[int], kind: str) -> None:
    table = RawTable.of("t.csv", ["c"], [pa.array(values)])
    left = table.only(np.array([False, True, True, False, True]))
    assert describe(left, "c", None).kind == kind


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", "-.5", " 2e-3 ", "+4."], [1, -0.5, 0.002, 4]),
        (["1,5", "-2,25", "3"], [1.5, -2.25, 3]),
        (["1.200,5", "3,4"], [1200.5, 3.4]),
        (["1,200", "3,400.5"], [1200, 3400.5]),
        (["5", "", "n/a", "-", "None", "#N/A"], [5, *[math.nan] * 5]),
    ],
)
def test_notations_of_numbers(texts: list[str], numbers: list[float]) -> None:
    np.testing.assert_array_equal(_column(texts, "number").data, numbers)


def test_dates_are_days_since_1970_as_pandas_counts_them() -> None:
    texts = ["1969-12-31", "2024-02-29", "2024-03-01T06:00:00+02:00"]
    expected = (
        pd.to_datetime(texts, format="ISO8601", utc=True).as_unit("ns").astype(np.int64) / 86_400e9
    )
    for text, days in zip(texts, expected, strict=True):
        assert _column([text, "2000-01-01" + text[10:]], "date").data[0] == pytest.approx(
            days, abs=1e-9
        )
    assert (
        _column(["13/02/2024", "01/03/2024"]).data[1]
        == _column(["2024-03-01", "2000-01-01"]).data[0]
    )
    assert "day/month" in _column(["03/02/2024", "01/03/2024"]).said


def test_words_are_sorted_and_ordinals_keep_their_order() -> None:
    assert _column(["b", "a", None]).words == ("a", "b")
    sizes = _column(["M", "S", "L", "M"], "S<M<L")
    assert sizes.words == ("S", "M", "L")
    np.testing.assert_array_equal(sizes.data, [1, 0, 2, 1])
    assert _column(["10", "9", "9"], "ordinal").words == ("9", "10")
    assert _column(["01", "2", "2"], "category").words == ("01", "2")
    assert _column([3.0, 2.5, 3.0], "category").words == ("2.5", "3")
    ordered = pd.Categorical(["lo", "hi", "lo"], ["lo", "hi"], ordered=True)
    assert _column(pa.array(ordered)).words == ("lo", "hi")


@pytest.mark.parametrize(
    ("values", "declared", "words"),
    [
        ([*MANY, "abc"], None, ("'c' of t.csv", "numbers", "'abc' in line 32", "types='c=number'")),
        ([*MANY, "inf", "-inf"], None, ("finite", "inf in line 32", "(2 such values)")),
        ([*MANY, "1e300"], None, ("finite", "1e+300 in line 32")),
        (["a", "b"], "number", ("numbers, since its kind is number", "'a' in line 2")),
        (["a", "b", "c"], "boolean", ("truth value", "'a' in line 2")),
        ([1, 2, 3], "boolean", ("two values", "3: 1, 2, 3")),
        (["a", "2024-01-01"], "date", ("dates such as 2024-01-31", "'a' in line 2")),
        (["S", "XL"], "S<M<L", ("one of S, M, L", "'XL' in line 3")),
        (["S", "M"], "S<<M", ("from the lowest to the highest",)),
        (["S", "M"], "catgory", ("Did you mean 'category'?",)),
    ],
)
def test_mistakes_name_the_place(
    values: list[Any], declared: str | None, words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as caught:
        _column(values, declared)
    for word in words:
        assert word in str(caught.value)


def test_what_is_no_number_is_missing_if_that_is_declared() -> None:
    column = _column([*MANY, "abc"], "number")
    assert np.isnan(column.data[-1])
    assert "1 text read as missing" in column.said


def test_lists_are_refused() -> None:
    with pytest.raises(UserError, match="Leave it out"):
        _column([[1], [2]])
