"""`bridle refit` and `bridle predict`: from a study to predictions of new rows."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from bridle.api.training import compare
from bridle.cli.predict import _predictions
from bridle.data import from_arrays
from bridle.data.intake import from_memory
from bridle.files import csv_text, write_whole
from bridle.models import Recipe, load, trained_on_all
from bridle.models.network import BLOCK
from bridle.tables.reading import read_file
from tests.models.test_saved import SMALL, table

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(bridle: Run, tmp_path: Path) -> Path:
    write_whole(tmp_path / "data.csv", table().to_csv(index=False))
    return tmp_path


def test_from_a_file_to_predictions(folder: Path, bridle: Run) -> None:
    compare("data.csv", target="target", drop=["id"], out="study", **SMALL)
    status, _, said = bridle("refit", "study", "--ensemble", "2")
    assert status == 0, said
    assert "on all 120 rows, 10 epochs" in said
    assert "ensemble  " in said
    assert "bridle predict study/model.safetensors new.csv -o predictions.csv" in said
    status, _, said = bridle(
        "predict", "study/model.safetensors", "data.csv", "-o", "out.csv", "--keep", "id"
    )
    assert (status, said) == (0, "written   out.csv, 120 rows\n")
    found = pd.read_csv("out.csv")
    assert list(found.columns) == ["id", "prediction", "p_no", "p_yes"]
    assert list(found["id"]) == list(range(120))
    model = load("study/model.safetensors")
    np.testing.assert_allclose(found[["p_no", "p_yes"]], model.predict_proba(table()), rtol=1e-6)
    status, text, _ = bridle("predict", "study/model.safetensors", "data.csv")
    assert status == 0
    assert list(pd.read_csv(io.StringIO(text))["prediction"]) == list(model.predict(table()))
    status, _, said = bridle("predict", "study/model.safetensors", "dat.csv")
    assert status == 2
    assert "Did you mean 'data.csv'?" in said
    status, _, said = bridle("predict", "data.csv", "data.csv")
    assert status == 2
    assert "data.csv must be a model that `bridle refit` or" in said
    status, _, said = bridle("predict", "study", "data.csv")
    assert status == 2
    assert "Write: bridle predict study/model.safetensors data.csv" in said
    before = (folder / "data.csv").read_bytes()
    for where, message in (
        ("data.csv", "is a file that is read, and would be lost"),
        ("none/out.csv", "there is no folder none"),
    ):
        status, _, said = bridle("predict", "study/model.safetensors", "data.csv", "-o", where)
        assert status == 2
        assert message in said
    assert (folder / "data.csv").read_bytes() == before
    status, _, said = bridle("refit", "study", "--method", "none", "-o", "none/m")
    assert status == 2
    assert "there is no folder none" in said
    status, _, said = bridle("refit", "study", "--method", "none", "-o", "plain")
    assert status == 0
    assert "a network without regularization on all 120 rows" in said
    assert "caution" not in said
    with sqlite3.connect("study/study.db") as database:
        lost = database.execute("DELETE FROM run WHERE replicate = 1").rowcount
    database.close()
    status, _, said = bridle("refit", "study", "--method", "none", "-o", "early")
    assert status == 0
    assert f"is not finished: {lost} of {2 * lost} runs are there" in said
    assert "bridle resume study" in said
    status, text, _ = bridle("export", "plain.safetensors", "--json")
    assert (status, json.loads(text)["exported"]) == (0, "plain.onnx")
    assert [column["name"] for column in json.loads(text)["columns"]] == ["a", "kind", "b"]
    session = onnxruntime.InferenceSession("plain.onnx")
    rows = table().fillna({"kind": ""})
    feeds = {name: rows[[name]].to_numpy() for name in ("a", "kind", "b")}
    labels, probabilities = session.run(None, feeds)
    plain = load("plain.safetensors")
    assert list(labels) == list(plain.predict(table()))
    np.testing.assert_allclose(probabilities, plain.predict_proba(table()), atol=1e-5)
    status, _, said = bridle("export", "study/model.safetensors", "-o", "new.onnx")
    assert status == 0
    assert said.startswith("inputs    a, kind, b\nwritten   new.onnx, ")
    status, _, said = bridle("export", "plain.safetensors", "-o", "model.pb")
    assert (status, "--out must end in .onnx" in said) == (2, True)
    status, text, _ = bridle("predict", "plain.safetensors", "data.csv", "--json")
    assert status == 0
    assert [row["prediction"] for row in json.loads(text)["rows"]] == list(
        load("plain.safetensors").predict(table())
    )


def test_a_model_of_arrays_predicts_a_file(folder: Path, bridle: Run) -> None:
    numbers = table()[["b", "a"]].fillna(0)
    data = from_arrays(numbers[["a", "b"]], table()["target"])
    trained_on_all(data, Recipe(widths=(4,), epochs=3), 0, {}).save("arrays")
    write_whole(folder / "numbers.csv", numbers.to_csv(index=False))
    status, text, said = bridle("predict", "arrays.safetensors", "numbers.csv", "--quiet")
    assert status == 0, said
    assert list(pd.read_csv(io.StringIO(text))["prediction"]) == list(
        load("arrays.safetensors").predict(numbers)
    )


@pytest.fixture
def wide(folder: Path) -> Path:
    """A model of a table, in one file."""
    data = from_memory(table(), target="target", drop=["id"])
    trained_on_all(data, Recipe(widths=(4,), epochs=2), 0, {}).save("wide")
    return folder


def test_a_file_in_blocks_gives_the_bytes_of_the_whole(wide: Path, bridle: Run) -> None:
    rows = table(2 * BLOCK + 100).drop(columns="target")
    rows["a"] = rows["a"].map("{:.3f}".format)
    rows.loc[len(rows) - 1, ["kind", "b"]] = (
        "new",
        12.5,
    )  # a category and decimals of the last block
    rows.loc[rows.index[:BLOCK], "b"] = None
    commas = rows.assign(
        b=rows["b"].map(lambda v: "" if pd.isna(v) else f"{v:.2f}".replace(".", ","))
    )
    commas.to_csv("rows.csv.gz", index=False, sep=";")
    assert (
        bridle("predict", "wide.safetensors", "rows.csv.gz", "-o", "out.csv", "--keep", "id")[0]
        == 0
    )
    expected = load("wide.safetensors").answers(read_file("rows.csv.gz"))
    found = pd.read_csv("out.csv")
    assert list(found["id"]) == list(rows["id"])
    plain = _predictions(load("wide.safetensors"), read_file("rows.csv.gz"), ["id"])
    assert Path("out.csv").read_bytes() == csv_text(plain).encode()
    np.testing.assert_allclose(found[["p_no", "p_yes"]], expected, rtol=1e-6)
    rows.assign(b=rows["b"].round(2), a=rows["a"].astype(float)).to_parquet("rows.parquet")
    status, text, _ = bridle("predict", "wide.safetensors", "rows.parquet", "--keep", "id")
    assert (status, text) == (0, Path("out.csv").read_text())


def test_a_bad_cell_is_named_by_its_line_and_nothing_is_written(wide: Path, bridle: Run) -> None:
    rows = table(BLOCK + 50).drop(columns="target").astype({"a": object})
    rows.loc[BLOCK + 7, "a"] = "much"
    rows.to_csv("rows.csv", index=False)
    before = set(wide.iterdir())
    status, _, said = bridle("predict", "wide.safetensors", "rows.csv", "-o", "out.csv")
    assert status == 2
    assert (
        f"must hold numbers, since its kind is number; received 'much' in line {BLOCK + 9}" in said
    )
    assert set(wide.iterdir()) == before
    status, _, said = bridle("predict", "rows.csv", "wide.safetensors")
    assert status == 2
    assert "The model comes first: `bridle predict wide.safetensors rows.csv`" in said


MEASURED = """
import contextlib, resource, sys
from bridle.cli import main
peaks = []
for rows in ("few.csv", "many.csv"):
    with contextlib.suppress(SystemExit):
        main(["predict", "wide.safetensors", rows, "-o", "out.csv", "--keep", "id", "--quiet"])
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


@pytest.mark.long
def test_memory_does_not_grow_with_the_file(wide: Path, environment: dict[str, str]) -> None:
    pytest.importorskip("resource", reason="Windows measures otherwise")
    for name, rows in (("few.csv", 10_000), ("many.csv", 200_000)):
        table(rows).assign(text="x" * 100).to_csv(name, index=False)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED],
        cwd=wide, env=environment, capture_output=True, text=True, timeout=400, check=True,
    )  # fmt: skip
    few, many = (int(peak) for peak in done.stdout.split())
    assert Path("out.csv").read_bytes().count(b"\n") == 200_001
    size = Path("many.csv").stat().st_size / 1024
    # most of this is what Arrow reads ahead; read whole, the file takes seven times its size
    assert many - few < 2 * size
