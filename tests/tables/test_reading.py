"""Files become tables, or one message says what is wrong, with file and line."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import scipy.io.arff

from bridle.errors import UserError
from bridle.tables import delimited
from bridle.tables.reading import is_table, read_file, stem

PLAIN = 'a,b,word\n1,2.5,x\n3,,"y, z"\n'


def _read(text: str | bytes, name: str = "t.csv") -> dict[str, list[str | None]]:
    data = text.encode() if isinstance(text, str) else text
    table = delimited.read(data, name)
    return {column: array.to_pylist() for column, array in table.columns.items()}


def test_cells_are_texts_and_empty_ones_missing() -> None:
    assert _read(PLAIN) == {"a": ["1", "3"], "b": ["2.5", None], "word": ["x", "y, z"]}


@pytest.mark.parametrize(
    ("delimiter", "note"),
    [(",", ()), (";", ("semicolons",)), ("\t", ("tabs",)), ("|", ("bars",))],
)
def test_the_delimiter_is_found_and_said(delimiter: str, note: tuple[str, ...]) -> None:
    text = f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}x\n3{delimiter}4{delimiter}y\n"
    table = delimited.read(text.encode(), "t.csv")
    assert list(table.columns) == ["a", "b", "c"]
    assert all(word in " ".join(table.notes) for word in note)


def test_commas_in_numbers_do_not_make_columns() -> None:
    assert list(_read("price;size\n1,5;2,5\n3,25;4,75\n")) == ["price", "size"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_ends_of_lines(ending: str) -> None:
    text = ending.join(["a,b", "1,2", "3,4", ""])
    assert _read(text) == {"a": ["1", "3"], "b": ["2", "4"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_marks(encoding: str) -> None:
    assert _read("Größe,y\nklein,1\ngroß,2\n".encode(encoding))["Größe"] == ["klein", "groß"]


def test_an_older_encoding_is_found_and_said() -> None:
    pytest.importorskip("charset_normalizer")
    text = "Größe,Straße\n" + "münchen,Königstraße\nköln,Schildergasse über Brücke\n" * 20
    table = delimited.read(text.encode("cp1252"), "t.csv")
    assert list(table.columns) == ["Größe", "Straße"]
    assert "read as cp125" in table.notes[0]


def test_quotes_hold_lines_and_quotes() -> None:
    assert _read('a,b\n"x\ny","say ""so"""\n') == {"a": ["x\ny"], "b": ['say "so"']}


def test_columns_without_a_name_get_one() -> None:
    assert list(_read(",a\n0,1\n1,2\n")) == ["column_1", "a"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("t.csv is empty",)),
        ("\n  \n", ("t.csv is empty",)),
        ("a,b\n", ("only the header a, b",)),
        (
            "a,b\n1,2\n3,4,5\n6\n",
            ("Line 3 of t.csv must have 2 cells", "3: '3,4,5' (2 such lines)"),
        ),
        ('a,b\n1,2\n3,"4\n5,6\n', ("A quotation mark in line 3 of t.csv is not closed",)),
        ("a,b,a\n1,2,3\n", ("'a' names columns 1, 3",)),
        ("1,2\n3,4\n", ("The first line of t.csv must name the columns", "'1'", "Add a header")),
        (b"a,b\0\n1,2\n", ("bytes that are no text",)),
        (b"\xff\xfea\x00b", ("t.csv must be text in utf-16",)),
    ],
)
def test_mistakes_name_the_place(text: str | bytes, words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        _read(text)
    for word in words:
        assert word in str(caught.value)


def test_packed_files(tmp_path: Path) -> None:
    expected = _read(PLAIN)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("inside.csv", PLAIN)
        archive.writestr("__MACOSX/._inside.csv", "noise")
    stream = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stream, "zstd") as packed:
        packed.write(PLAIN.encode())
    (tmp_path / "t.csv.zst").write_bytes(stream.getvalue().to_pybytes())
    for name in ("t.csv.gz", "t.zip", "t.csv.zst"):
        table = read_file(tmp_path / name)
        assert {c: a.to_pylist() for c, a in table.columns.items()} == expected, name
        assert stem(tmp_path / name) == "t"


def test_damaged_and_crowded_archives(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(PLAIN.encode())[:-9])
    (tmp_path / "u.csv.zip").write_bytes(b"PK nothing")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("one.csv", PLAIN)
        archive.writestr("two.csv", PLAIN)
    for name, words in (
        ("t.csv.gz", "damaged"),
        ("u.csv.zip", "damaged"),
        ("two.zip", "2: one.csv, two.csv"),
    ):
        with pytest.raises(UserError, match=words):
            read_file(tmp_path / name)


def test_a_file_that_is_not_there_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "adult.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    for typed in ("adult.csv", "adutl.csv.gz"):
        with pytest.raises(UserError, match=r"Did you mean '.*adult\.csv\.gz'") as caught:
            read_file(tmp_path / typed)
        assert caught.value.instead == (str(tmp_path / typed), str(tmp_path / "adult.csv.gz"))
    with pytest.raises(UserError, match="no folder"):
        read_file(tmp_path / "none" / "t.csv")
    with pytest.raises(UserError, match=r"^[^:]* is a folder; expected a file with a table\.$"):
        read_file(tmp_path)
    (tmp_path / "t.docx").write_text("x")
    with pytest.raises(UserError, match=r"must end in one of \.csv"):
        read_file(tmp_path / "t.docx")


def test_names_of_tables() -> None:
    assert all(map(is_table, ("a.csv", "a.CSV.GZ", "b.tsv", "dir.d/c.csv.zst")))
    assert not any(map(is_table, ("moons", "a.docx", "csv", "")))


FRAME = pd.DataFrame(
    {"a": [1.5, None, 3.0], "word": ["x", None, "z"], "day": pd.to_datetime(["2024-01-01"] * 3)}
)


def _parquet(path: Path) -> None:
    FRAME.to_parquet(path)


def _feather(path: Path) -> None:
    FRAME.to_feather(path)


def _stream(path: Path) -> None:
    table = pa.Table.from_pandas(FRAME)
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(
    ("name", "write"), [("t.parquet", _parquet), ("t.feather", _feather), ("t.arrow", _stream)]
)
def test_formats_of_arrow(name: str, write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / name)
    table = read_file(tmp_path / name)
    assert {column: array.to_pylist() for column, array in table.columns.items()} == {
        "a": [1.5, None, 3.0],
        "word": ["x", None, "z"],
        "day": FRAME["day"].tolist(),
    }
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])
    with pytest.raises(UserError, match=f"{name} must be a.* file; received something else"):
        read_file(tmp_path / name)


ARFF = """% a comment
@relation 'pets'
@ATTRIBUTE age numeric
@attribute 'the kind' {cat, 'big dog'}
@attribute\tborn DATE "yyyy-MM-dd"

@DATA
% rows
3, 'big dog',2020-01-01
?,cat,2021-06-30
"""


def test_arff_has_the_names_and_values_that_scipy_reads(tmp_path: Path) -> None:
    (tmp_path / "pets.arff").write_text(ARFF)
    columns = read_file(tmp_path / "pets.arff").columns
    found, meta = scipy.io.arff.loadarff(tmp_path / "pets.arff")
    assert list(columns) == meta.names()
    assert columns["the kind"].to_pylist() == [v.decode() for v in found["the kind"]]
    assert columns["age"].to_pylist() == ["3", "?"]
    assert columns["born"].to_pylist() == [str(v) for v in found["born"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@relation x\n@attribute a numeric\n1\n", "a line @data before its rows"),
        ("@attribute\n@data\n", "Line 1 of t.arff must be @attribute NAME TYPE"),
        (
            "@attribute a numeric\n@data\n{0 1}\n{1 1}\n",
            "Line 4 of t.arff must hold numbers of col",
        ),
        ("@attribute a numeric\n@data\n{0 1}\n1\n", "Line 4 of t.arff must hold numbers of col"),
        (
            "@attribute a real\n@attribute b real\n@data\n1,2\n3\n",
            "Line 5 of t.arff must have 2 cells",
        ),
    ],
)
def test_mistakes_of_arff(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.arff").write_text(text)
    with pytest.raises(UserError, match=words):
        read_file(tmp_path / "t.arff")


def test_sparse_rows_of_arff_are_those_of_a_dense_file(tmp_path: Path) -> None:
    head = "@attribute a real\n@attribute 'the kind' {'b, c', d}\n@attribute e {'f}', g}\n@data\n"
    (tmp_path / "dense.arff").write_text(head + '0,d,g\n1.5,"b, c","f}"\n0,"b, c","f}"\n')
    (tmp_path / "sparse.arff").write_text(head + "{1 d, 2 g}\n{0 1.5,1 'b, c'}\n{ }\n")
    dense, sparse = (read_file(tmp_path / f"{name}.arff") for name in ("dense", "sparse"))
    assert sparse.columns == dense.columns
    assert sparse.place(1) == dense.place(1) == "line 6"


def test_an_encoding_that_is_named(tmp_path: Path) -> None:
    text = "größe,y\n1,a\n2,b\n"
    (tmp_path / "t.csv").write_bytes(text.encode("latin-1"))
    named = read_file(tmp_path / "t.csv", "latin-1")
    assert (list(named.columns), named.notes) == (["größe", "y"], ())
    with pytest.raises(UserError, match=r"text in utf-8.*0xf6 in line 1.*encoding='latin-1'"):
        read_file(tmp_path / "t.csv", "utf-8")
    for unknown in ("latin-1000", "hex"):
        with pytest.raises(UserError, match=f"name of an encoding.*received '{unknown}'"):
            read_file(tmp_path / "t.csv", unknown)
    pa.parquet.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"t\.parquet says itself how it is encoded"):
        read_file(tmp_path / "t.parquet", "utf-8")


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["a", "word", None], [1.5, "x"], [2, "y"], [None, None], [3, 4]):
        book.active.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    table = read_file(tmp_path / "t.xlsx")
    assert {column: array.to_pylist() for column, array in table.columns.items()} == {
        "a": [1.5, 2, 3],
        "word": ["x", "y", "4"],
    }
    assert "the first of 2" in table.notes[0]
    (tmp_path / "t.xlsx").write_bytes(b"no")
    with pytest.raises(UserError, match="an Excel file"):
        read_file(tmp_path / "t.xlsx")
