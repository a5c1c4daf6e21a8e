"""`bridle judge` in this process, and the margin of a study from compare to report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.judging.test_judge import seeds, some, table
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


def test_the_answer_in_other_forms(file: Path, bridle: Run) -> None:
    words = ("judge", "runs.csv", "--design=fresh", "--format=md")
    status, out, err = bridle(*words)
    assert (status, err) == (0, "")
    assert out.startswith("# Which regularization helps on runs?\n")
    status, nothing, err = bridle(*words, "--out=answer.md", "--figure=d.pdf")
    assert (status, nothing, err) == (0, "", "Written: answer.md\n")
    assert Path("answer.md").read_text("utf-8") == out
    assert Path("d.pdf").read_bytes().startswith(b"%PDF")


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
        (("--design", "fresh", "--figure", "x.gif"), ("--figure must end in .png, .svg or .pdf",)),
        (("--design", "fresh", "--out", "no/x.csv"), ("Cannot write no/x.csv",)),
        (("--design", "fresh", "--margin", "alot"), ("--margin must be 10%",)),
        (("--design", "fresh", "--out", "."), ("--out must name a file", "'.'")),
        (("--design", "fresh", "--out", ""), ("--out must name a file", "''")),
        (("--design", "fresh", "--out", "/tmp"), ("received the folder /tmp", "--out /tmp/NAME")),
        (("--design", "fresh", "--out", "/dev/null"), ("received the device or pipe /dev/null",)),
        (("--design", "fresh", "--out", "runs.csv"), ("runs.csv is a file that is read",)),
        (("--design", "fresh", "--out", "./a/../runs.csv"), ("is a file that is read",)),
        (("--design", "fresh", "--out", "x.svg", "--figure", "a/../x.svg"), ("name one file",)),
        (("--design", "overlapping", "--sizes", "40,120"), ("--sizes 120,40", "train=40,test=120")),
        (
            ("--design", "fresh", "--columns", "score=scor"),
            ("no column 'scor'", "Did you mean 'score'?"),
        ),
        (
            ("--design", "fresh", "--columns", "model=method,acc=score"),
            ("Write: bridle judge runs.csv", "--columns method=model,score=acc"),
        ),
    ],
)
def test_mistakes(words: tuple[str, ...], parts: tuple[str, ...], file: Path, bridle: Run) -> None:
    Path("a").mkdir()
    before = file.read_bytes()
    status, out, err = bridle("judge", "runs.csv", *words)
    assert (status, out) == (2, "")
    assert file.read_bytes() == before
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    for part in parts:
        assert part in err


def test_a_link_to_what_is_read_is_not_written_over(file: Path, bridle: Run) -> None:
    Path("link.csv").symlink_to("runs.csv")
    Path("hard.csv").hardlink_to("runs.csv")
    before = file.read_bytes()
    for out in ("link.csv", "hard.csv"):
        for source in ("runs.csv", "link.csv"):
            status, _, err = bridle("judge", source, "--design", "fresh", "--out", out)
            assert status == 2
            assert "is a file that is read" in err
    assert file.read_bytes() == before


def test_a_link_to_another_file_stays_a_link(file: Path, bridle: Run) -> None:
    Path("board.csv").write_text("old")
    Path("board.csv").chmod(0o640)
    Path("board.partial").write_text("mine")
    Path("link.csv").symlink_to("board.csv")
    assert bridle("judge", "runs.csv", "--design", "fresh", "-q", "--out", "link.csv")[0] == 0
    assert Path("link.csv").is_symlink()
    assert Path("board.csv").read_text().startswith("rank,method")
    assert Path("board.csv").stat().st_mode & 0o777 == 0o640
    assert Path("board.partial").read_text() == "mine"
    assert sorted(p.name for p in Path().iterdir()) == [
        "board.csv",
        "board.partial",
        "link.csv",
        "runs.csv",
    ]


@pytest.mark.long
def test_tables_come_from_pipes(
    process: Callable[..., Finished], environment: dict[str, str], tmp_path: Path
) -> None:
    table(some()).to_csv(tmp_path / "runs.csv", index=False)
    expected = process("judge", "runs.csv", "--design", "fresh", cwd=tmp_path).stdout
    shell = f"{sys.executable} -m bridle judge {{}} --design fresh"
    for line in (
        shell.format("-") + " < runs.csv",
        "cat runs.csv | " + shell.format("/dev/stdin"),
        "gzip < runs.csv | " + shell.format("-"),
        shell.format("<(cat runs.csv)"),
    ):
        found = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        assert found.stdout.partition("·")[2] == expected.partition("·")[2]
    line = shell.format("-") + " --out runs.csv < runs.csv"
    refused = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "is a file that is read" in refused.stderr
    assert "rank" not in (tmp_path / "runs.csv").read_text()


def test_names_cannot_steer_the_terminal(bridle: Run, tmp_path: Path) -> None:
    odd = table(some()).replace({"method": {"l1": "\x1b]0;pwned\x07\x1b[31mred\x9b1m"}})
    (tmp_path / "e.csv").write_bytes(odd.to_csv(index=False).encode())
    words = ("judge", "e.csv", "--design", "fresh", "--out", "o.csv")
    for more in (
        (),
        ("--json",),
        ("--baseline", "\x1b[1m"),
        ("--design", "\x1b[1m"),
        ("--\x1b[1m",),
    ):
        _, out, err = bridle(*words, *more)
        assert out + err
        assert all(c.isprintable() or c == "\n" for c in out + err)
    assert "\x1b" not in Path("o.csv").read_text()


def test_columns_of_any_name(file: Path, bridle: Run) -> None:
    expected = bridle("judge", "runs.csv", "--design", "fresh", "--json", "--higher-is-better")[1]
    file.write_text(file.read_text().replace("method,replicate,score", "Name,run,my score", 1))
    columns = "method=Name,replicate=run,score=my score"
    words = ("judge", "runs.csv", "--design", "fresh", "--columns", columns, "--higher-is-better")
    assert bridle(*words, "--json")[1] == expected


def test_a_studys_tables_are_read_the_right_way_up(
    finished: tuple[Path, Finished], bridle: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(finished[0] / "bridle-moons", folder)
    assert bridle("report", "study", "--metric", "log-loss")[0] == 0
    board = pd.read_csv(folder / "leaderboard.csv").set_index("method")
    status, _, err = bridle("judge", "study/metrics.csv", "--design", "fresh")
    assert status == 2
    assert "--columns score=" in err
    words = ("judge", "study/metrics.csv", "--design", "fresh", "--columns", "score=log-loss")
    found = json.loads(bridle(*words, "--json")[1])["leaderboard"]
    for row in found:
        assert row["score"] == pytest.approx(board["score"][row["method"]])
        if row["method"] != "none":
            assert row["difference"] == pytest.approx(board["difference"][row["method"]])
    results = ("judge", "study/results.csv", "--design", "fresh")
    accuracy = json.loads(bridle(*results, "--json")[1])["leaderboard"]
    assert accuracy[0]["metric"] == "accuracy"
    by_loss = json.loads(bridle(*results, "--columns", "score=test_loss", "--json")[1])[
        "leaderboard"
    ]
    assert [row["score"] for row in by_loss] == sorted(row["score"] for row in by_loss)


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


def test_a_fixed_test_set_without_predictions(tmp_path: Path, bridle: Run) -> None:
    seeds().to_csv(tmp_path / "seeds.csv", index=False)
    words = ("judge", "seeds.csv", "--design=fixed_test")
    status, out, err = bridle(*words)
    assert (status, err) == (0, "")
    assert "On this test set, that is, for other trainings but not for other test examples" in out
    assert "--predictions FILE" in " ".join(out.split())
    _, out, _ = bridle(*words, "--json")
    assert json.loads(out)["on_this_test_set"] is True
    _, out, _ = bridle(*words, "--test-size=10000", "--json")
    assert json.loads(out)["on_this_test_set"] is False
    assert json.loads(out)["leaderboard"][0]["verdict"] == "helps"
    status, _, err = bridle(*words, "--test-size=1000")
    assert status == 2
    assert "multiples of 1/1000" in err
