"""Files read in blocks: the same values, places and messages as of files read whole."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.tables import delimited, streams
from bridle.tables.blocks import Blocks, read_blocks
from bridle.tables.column import Column
from bridle.tables.raw import RawTable
from bridle.tables.reading import read_file
from bridle.tables.values import values_of

NOTHING = np.empty(0)


@pytest.fixture(autouse=True)
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines are read at a time, so that the shortest files have several parts."""
    monkeypatch.setattr(streams, "_BLOCK", 200)
    for module in (streams, delimited):
        monkeypatch.setattr(module, "SAMPLE", 300)


def joined(blocks: Blocks) -> dict[str, list[Any]]:
    parts = list(blocks)
    assert [part.rows for part in parts[:-1]] == [blocks.size] * (len(parts) - 1)
    return {n: [v for part in parts for v in part.columns[n].to_pylist()] for n in blocks.names}


def frame(rows: int = 50) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": np.arange(rows) / 7,
            "word": [f"ä{at % 3}\nline" if at % 4 else None for at in range(rows)],
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows), "h"),
            "kind": pd.Categorical(np.arange(rows) % 3),
        },
        index=np.arange(rows) + 5,
    )


def write(path: Path, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *(
            (f"t{ending}", "utf-8")
            for ending in (".csv", ".csv.gz", ".tsv", "", ".zip", ".parquet")
        ),
        *((f"t{ending}", "utf-8") for ending in (".feather", ".arrow")),
        ("t.csv", "utf-8-sig"),
        ("t.txt", "cp1252"),
        ("t.csv.gz", "utf-16"),
    ],
)
def test_the_rows_are_those_of_the_whole_file(tmp_path: Path, name: str, encoding: str) -> None:
    path, rows = tmp_path / name, frame()
    if name == "t.parquet":
        rows.to_parquet(path, row_group_size=7)
    elif name == "t.feather":
        rows.reset_index(drop=True).to_feather(path, chunksize=9)
    elif name == "t.arrow":
        table = pa.Table.from_pandas(rows)
        with pa.ipc.new_stream(path, table.schema) as file:
            file.write_table(table, 11)
    elif name == "t.zip":
        rows.to_csv(path, index=False, compression={"method": "zip", "archive_name": "t.csv"})
    else:
        separator = "\t" if name == "t.tsv" else ";"
        write(path, rows.to_csv(index=False, sep=separator).encode(encoding))
    whole, blocks = read_file(path), read_blocks(path, {}, 8)
    assert (blocks.rows, blocks.names) == (50, list(whole.columns))
    assert joined(blocks) == {n: column.to_pylist() for n, column in whole.columns.items()}
    last = list(blocks)[-1]
    assert (last.rows, last.place(1)) == (2, whole.place(49))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ragged.csv", "a,b\n" + "1,2\n" * 90 + "1,2,3\n" + "1,2\n" * 90 + "1\n"),
        ("unclosed.csv", "a,b\n" + "1,2\n" * 90 + '1,"2\n1,2\n1,2\n'),
        ("header.csv", "a,b\n"),
        ("numbers.csv", "1,2\n3,4\n"),
        ("empty.csv", ""),
        ("blank.csv", "\n\n"),
        ("bytes.csv", "a,b\n\0,\0\n" + "1,2\n" * 90),
        ("wrong.csv", b"a,b\n" + b"1,2\n" * 90 + b"\x81\x8d,2\n"),
        ("names.csv", "a,a\n1,2\n"),
        ("wrong.parquet", "PAR1 and no more"),
        ("wrong.feather", "ARROW1 and no more"),
        ("unknown.xyz", "a,b\n1,2\n"),
        ("no.csv", None),
    ],
)
def test_what_is_wrong_is_said_in_the_same_words(
    tmp_path: Path, name: str, content: str | bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        write(path, content)
    messages = []
    for read in (read_file, lambda path: list(read_blocks(path, {}, 8))):
        with pytest.raises(UserError) as caught:
            read(path)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_a_packed_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    write(path, frame(3000).to_csv())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UserError, match=r"must be a \.gz file; received a damaged one"):
        read_blocks(path, {}, 8)


CELLS = st.sampled_from(
    ["1", "-2.5", "1,5", "1,500", "2.000", "1.5", "007", " 3 ", "", "NA", "-", "1e3", "x"]
)
DATES = st.sampled_from(
    ["2020-01-31", "2020-1-2", "31.01.2020", "01/02/2020", "13/02/2020", "02/13/2020", "x"]
)
TIMES = st.sampled_from(["2020-01-31", "2020-02-30", "2020-01-01T10:00", "2020-01-01 10:00Z", "?"])


def outcome(table: RawTable, kind: str) -> list[float] | str:
    """The values of a column of a kind, or what is said of it."""
    try:
        return list(values_of(table, Column("c", kind, NOTHING)))
    except UserError as error:
        return str(error)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    case=st.one_of(
        st.tuples(st.just("number"), st.lists(CELLS, min_size=1, max_size=12)),
        st.tuples(st.just("date"), st.lists(DATES | TIMES, min_size=1, max_size=12)),
    )
)
def test_notations_are_those_of_the_whole_file(tmp_path: Path, case: tuple[str, list[str]]) -> None:
    kind, cells = case
    path = tmp_path / "t.csv"
    path.write_text("c;d\n" + "".join(f"{cell};0\n" for cell in cells))
    whole = outcome(read_file(path), kind)
    try:
        parts = [outcome(block, kind) for block in read_blocks(path, {"c": kind}, 3)]
    except UserError as error:
        parts = [str(error)]
    wrong = [part for part in parts if isinstance(part, str)]
    if wrong or isinstance(whole, str):
        assert wrong[0] == whole
    else:
        np.testing.assert_array_equal([v for part in parts for v in part], whole)


@pytest.mark.parametrize("kept", [["a", "b"], ["b"], [None]])
def test_truth_values_are_read_by_the_words_of_training(kept: list[str | None]) -> None:
    column = Column("c", "boolean", NOTHING, ("a", "b"))
    table = RawTable.of("X", ["c"], [pa.array(kept, pa.string())])
    expected = [np.nan if word is None else float(word == "b") for word in kept]
    np.testing.assert_array_equal(values_of(table, column), expected)
    truths = RawTable.of("X", ["c"], [pa.array([True, None, False])])
    usual = Column("c", "boolean", NOTHING, ("no", "yes"))
    np.testing.assert_array_equal(values_of(truths, usual), [1, np.nan, 0])
    empty = RawTable.of("X", ["c"], [pa.nulls(2)])
    np.testing.assert_array_equal(values_of(empty, usual), [np.nan, np.nan])
