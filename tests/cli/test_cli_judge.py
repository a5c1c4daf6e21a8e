"""`bridle judge` in this process, and the margin of a study from compare to report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.judging.test_judge import some, table
from tests.judging.test_judge_datasets import runs

from .conftest import Finished

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "runs.csv"
    table(some()).to_csv(path, index=False)
    return path


def test_words_and_table(file: Path, bridle: Run) -> None:
    status, out, err = bridle("judge", "runs.csv", "--design", "fresh")
    assert (status, err) == (0, "")
    assert out.startswith("runs · 3 methods against no regularization · 8 replicates · 32 runs\n")
    assert "Dropout helps: +" in out
    assert "gap" not in out
    assert "Margin: 1.0 points, 10 % of the" in out
    assert max(map(len, out.splitlines())) <= 80


def test_files_and_json(file: Path, bridle: Run) -> None:
    words = ("judge", "runs.csv", "--design=fresh", "--margin=0.5pt", "--out=board.csv")
    status, out, err = bridle(*words, "--figure=d.svg", "--json", "--quiet")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["margin"] == 0.005
    assert document["leaderboard"][0]["method"] == "dropout"
    board = pd.read_csv("board.csv")
    assert list(board["verdict"]) == [row["verdict"] for row in document["leaderboard"]]
    assert Path("d.svg").read_bytes().startswith(b"<?xml")


def test_several_data_sets(file: Path, bridle: Run) -> None:
    runs().to_csv("many.csv", index=False)
    status, out, err = bridle("judge", "many.csv", "--design", "fresh", "--figure", "cd.png")
    assert (status, err) == (0, "Written: cd.png\n")
    assert "average rank" in out
    assert "\nwine: " in out
    assert max(map(len, out.splitlines())) <= 80
    assert Path("cd.png").read_bytes().startswith(b"\x89PNG")
    _, out, _ = bridle("judge", "many.csv", "--design", "fresh", "--json")
    document = json.loads(out)
    assert document["ranks"][0]["method"] == "dropout"
    assert set(document["margin"]) == {row["dataset"] for row in document["leaderboard"]}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((), ("--design fresh", "--predictions FILE", "--sizes")),
        (("--design", "overlaping"), ("Did you mean 'overlapping'",)),
        (("--design", "overlapping"), ("--sizes TRAIN,TEST",)),
        (("--design", "overlapping", "--sizes", "120"), ("--sizes must be", "120,40", "'120'")),
        (("--design", "fresh", "--looks", "ten"), ("--looks must be", "10,30", "'ten'")),
        (("--design", "fresh", "--baseline", "l3"), ("runs.csv has no runs", "--baseline METHOD")),
        (("--design", "fresh", "--figure", "x.gif"), ("--figure must end in .png or .svg",)),
        (("--design", "fresh", "--out", "no/x.csv"), ("Cannot write no/x.csv",)),
        (("--design", "fresh", "--margin", "alot"), ("margin: expected 10%",)),
    ],
)
def test_mistakes(words: tuple[str, ...], parts: tuple[str, ...], file: Path, bridle: Run) -> None:
    status, out, err = bridle("judge", "runs.csv", *words)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    for part in parts:
        assert part in err


def test_a_studys_margin_is_kept(
    finished: tuple[Path, Finished], bridle: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(finished[0] / "bridle-moons", folder)
    assert margin(folder) == "10%"
    assert "10 % of the baseline" in (folder / "report.html").read_text(encoding="utf-8")
    status, out, _ = bridle("report", "study", "--margin", "20pt")
    assert status == 0
    assert "Margin: 20.0 points." in " ".join(out.split())
    assert margin(folder) == "20pt"
    assert "20.0 points" in (folder / "report.html").read_text(encoding="utf-8")
    assert "--margin 20pt" in (folder / "report.html").read_text(encoding="utf-8")
    before = (folder / "leaderboard.csv").read_bytes()
    assert bridle("resume", "study")[0] == 0
    assert (folder / "leaderboard.csv").read_bytes() == before
    assert bridle("report", "study", "--margin", "20")[0] == 2
    assert margin(folder) == "20pt"


def margin(folder: Path) -> str:
    plan = json.loads((folder / "study.json").read_text(encoding="utf-8"))["plan"]
    return str(plan["margin"])
