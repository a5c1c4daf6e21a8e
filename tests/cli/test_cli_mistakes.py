"""Mistakes that newcomers make: status 2, one short message, no traceback."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridle.cli.mistakes import mistake
from tests.cli.conftest import Finished

Run = Callable[..., tuple[int, str, str]]

MOONS = ("compare", "moons(n=60)")
MISTAKES: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    # commands
    (("compre", "moons"), ("Unknown command 'compre'. Did you mean 'compare'?",)),
    (("moons",), ("'moons' is a data set, not a command", "Write: bridle compare moons")),
    (("--json", "methods"), ("--json is written after the command",)),
    (("compare",), ("DATASET is missing", "bridle compare --help")),
    (("explain",), ("NAME is missing",)),
    (("explain", "muun"), ("Unknown optimizer or schedule 'muun'", "Write: bridle explain muon")),
    (("report",), ("DIR is missing",)),
    ((*MOONS, "--select", "onse"), ("one of best, one-se", "Did you mean 'one-se'?")),
    (
        (*MOONS, "--keep", "path"),
        ("--keep must be one of selected, paths, all; received 'path'", "Did you mean 'paths'?"),
    ),
    ((*MOONS, "--save-weights", "all"), ("Did you mean --keep?", "--keep all")),
    ((*MOONS, "--refine=3"), ("'--refine' does not take a value",)),
    # data sets
    (("compare", "mnits"), ("Unknown data set 'mnits'. Did you mean 'mnist'",)),
    (("compare", "fashon-mnist"), ("Did you mean 'fashion_mnist'?",)),
    (("compare", "l1"), ("'l1' is a method, not a data set", "--methods")),
    (("compare", "my.csv"), ("There is no file my.csv",)),
    ((*MOONS, "--target", "y"), ("--target goes with a table", "'moons(n=60)' is a data set")),
    ((*MOONS, "--type", "zip=category"), ("--type goes with a table",)),
    (("compare", "moons(m=60)"), ("'m'", "Known: n, noise, test, validation")),
    (("compare", "moons(n=abc)"), ("n must be a whole number", "received 'abc'")),
    (("compare", " "), ("DATASET is empty", "bridle datasets")),
    (
        ("compare", "moons(60)"),
        ("Cannot read '60' in 'moons(60)'", "Write: bridle compare 'moons(n=60)'"),
    ),
    (("compare", "moons(n=60"), ("Cannot read 'moons(n=60'",)),
    # methods
    ((*MOONS, "--methods", "dropuot"), ("Unknown method 'dropuot'. Did you mean 'dropout'?",)),
    ((*MOONS, "--methods", "l1,,l2"), ("empty place",)),
    ((*MOONS, "--methods", "l1 l2"), ("Cannot read 'l1 l2'", "with commas and without spaces")),
    ((*MOONS, "--methods", "l1;l2"), ("Cannot read 'l1;l2'", "with commas and without spaces")),
    ((*MOONS, "--methods", "batchnrom"), ("Did you mean 'batch_norm'?",)),
    ((*MOONS, "--methods", "l1,l1"), ("stands twice",)),
    ((*MOONS, "--methods", "l1,", "l2"), ("no further word", "--methods l1,l2")),
    ((*MOONS, "--methods", "none+l1"), ("joins none with a method",)),
    ((*MOONS, "--methods", "dropout(rat=0.5)"), ("'rat'", "Did you mean 'rate'?")),
    ((*MOONS, "--methods", "dropout(rate=1.5)"), ("dropout.rate must be", "received 1.5")),
    (("train", "moons", "--method", "l1,l2"), ("one method", "bridle compare moons")),
    (("explain", "dropuot"), ("Did you mean 'dropout'?",)),
    (("explain", "moons"), ("is a data set", "`bridle datasets moons`")),
    # grids
    ((*MOONS, "--grid", "lx=3"), ("received 'lx=3'", "l1.strength=1e-5,1e-4")),
    ((*MOONS, "--grid", "l1.strenght=1e-3"), ("Did you mean 'strength'?",)),
    ((*MOONS, "--grid", "l1.strength=-1"), ("l1.strength must be", "received -1")),
    ((*MOONS, "--grid", "foo.strength=1"), ("'foo'", "Known: ")),
    ((*MOONS, "--methods", "l2", "--grid", "l1.strength=1"), ("not among the methods compared",)),
    (
        (*MOONS, "--grid", "l1.strength=1e-5", "--grid", "l1.strength=1e-4"),
        ("--grid l1.strength is given twice",),
    ),
    # options
    ((*MOONS, "--epoch", "3"), ("Unknown option --epoch. Did you mean --epochs?",)),
    ((*MOONS, "--methdos", "l1"), ("Did you mean --methods?",)),
    ((*MOONS, "--lr", "1"), ("Did you mean --learning-rate?",)),
    ((*MOONS, "--looks", "1"), ("Did you mean --one-look?",)),
    ((*MOONS, "--zzz"), ("Unknown option --zzz. See `bridle compare --help`.",)),
    ((*MOONS, "--epochs"), ("--epochs needs a value",)),
    (
        (*MOONS, "--epochs", "ten"),
        ("--epochs must be a whole number at least 1", "or auto; received 'ten'."),
    ),
    ((*MOONS, "--learning-rate=fast"), ("--learning-rate must be a number; received 'fast'.",)),
    # domains
    ((*MOONS, "--epochs", "0"), ("epochs must be", "received 0")),
    ((*MOONS, "--replicates", "0"), ("replicates must be", "received 0")),
    ((*MOONS, "--configurations", "0"), ("configurations must be", "received 0")),
    ((*MOONS, "--configurations", "1000000000"), ("at most 10000", "received 1000000000")),
    ((*MOONS, "--metric", "accurracy"), ("Unknown metric 'accurracy'. Did you mean 'accuracy'?",)),
    ((*MOONS, "--out", ""), ("out must be the name of a folder; received ''",)),
    ((*MOONS, "--batch-size", "-3"), ("--batch-size must be", "received -3")),
    ((*MOONS, "--learning-rate", "0"), ("--learning-rate must be", "received 0")),
    ((*MOONS, "--learning-rate", "nan"), ("--learning-rate must be", "received nan")),
    ((*MOONS, "--seed", "-1"), ("seed must be", "received -1")),
    ((*MOONS, "--workers", "0"), ("--workers must be", "received 0")),
    ((*MOONS, "--widths", "0"), ("--widths must be", "received 0")),
    ((*MOONS, "--widths", "128x128"), ("separated by commas", "received '128x128'")),
    ((*MOONS, "--network", "cnn"), ("expects images", "received examples of shape (2,)", "mlp")),
    (("compare", "digits", "--network", "cnm"), ("Unknown network 'cnm'", "Did you mean 'cnn'?")),
    (("train", "digits", "--network", "cnn(filters=[1,2,3,4])"), ("16×16; received 8×8",)),
    ((*MOONS, "--net", "cnn"), ("Did you mean --network?",)),
    ((*MOONS, "--activation", "rellu"), ("Did you mean 'relu'",)),
    ((*MOONS, "--optimizer", "adma"), ("Did you mean 'adam'?",)),
    ((*MOONS, "--optimizer", "sgd(momentum=3)"), ("sgd.momentum must be", "received 3")),
    ((*MOONS, "--time-limit", "soon"), ("such as 90s, 10m or 1h30m", "received 'soon'")),
    ((*MOONS, "--time-limit", "10"), ("without a unit", "10s or 10m")),
    ((*MOONS, "--time-limit", "0s"), ("more than nothing",)),
    # folders
    (("resume", "nowhere"), ("nowhere does not exist", "bridle compare")),
    (("report", "."), ("is not a study",)),
]


@pytest.mark.parametrize(("words", "parts"), MISTAKES, ids=[" ".join(w) for w, _ in MISTAKES])
def test_message(words: tuple[str, ...], parts: tuple[str, ...], bridle: Run) -> None:
    status, out, err = bridle(*words)
    assert status == 2
    # with --json among the words stdout holds the same message as a document
    assert out == "" or "--json" in words
    assert err.startswith("error: ")
    assert err.count("\n") == (1 if "import bridle" not in err else 6)
    assert len(err) < 450
    assert "Traceback" not in err
    for part in parts:
        assert part in err
    assert not list(Path().iterdir())  # nothing was begun


@pytest.mark.parametrize(
    "words",
    [("compare", "mnits"), ("compare", "moons", "--epochs", "ten"), ("train",), ("report", "no")],
)
def test_json_stays_json(words: tuple[str, ...], bridle: Run) -> None:
    status, out, err = bridle(*words, "--json")
    document = json.loads(out)
    assert status == document["status"] == 2
    assert err == f"error: {document['error']}\n"


def test_a_file_whose_name_begins_as_an_option(bridle: Run, tmp_path: Path) -> None:
    (tmp_path / "-rows.csv").write_text("a,b\n1,2\n")
    for words in (("compare", "-rows.csv", "--target", "b"), ("predict", "model", "-rows.csv")):
        status, _, err = bridle(*words)
        assert status == 2
        assert "Write the file as './-rows.csv'." in err


def test_a_folder_with_something_else_is_left_alone(bridle: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    status, _, err = bridle(*MOONS, "--out", "mine")
    assert status == 2
    assert "mine exists and is not a study" in err
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_a_folder_that_cannot_be_made(bridle: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, err = bridle(*MOONS, "--out", "file/study")
    assert status == 2
    assert "Cannot write to file/study" in err


def test_our_own_bugs_are_owned(
    bridle: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(name: str) -> None:
        raise ZeroDivisionError("the works")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("bridle.methods.composition.Composition.parse", broken)
    status, out, err = bridle("explain", "dropout")
    assert (status, out) == (1, "")
    assert "Bridle's fault, not yours: ZeroDivisionError: the works" in err
    assert "Traceback" not in err
    (kept,) = tmp_path.glob("bridle-error-*.txt")
    assert str(kept) in err
    assert "Traceback" in kept.read_text()

    monkeypatch.setenv("BRIDLE_DEBUG", "1")
    status, _, err = bridle("explain", "dropout")
    assert status == 1
    assert "Traceback" in err


def test_a_full_disk_is_for_the_user_to_mend(bridle: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str) -> None:
        raise OSError(28, "No space left on device", "study.db")

    monkeypatch.setattr("bridle.methods.composition.Composition.parse", full)
    status, _, err = bridle("explain", "dropout")
    assert status == 2
    assert "study.db: No space left on device" in err


def test_a_full_database_is_the_systems_refusal(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "study.db")) as connection:
        connection.execute("CREATE TABLE run (name TEXT)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO run VALUES (?)", ("x" * 100_000,))
    found = mistake(caught.value)
    assert found.status == 2
    assert found.message.startswith("The system refuses: database or disk is full. Make room")


def test_a_database_that_cannot_be_opened_is_not_called_damaged(
    finished: tuple[Path, Finished], tmp_path: Path, bridle: Run
) -> None:
    study = tmp_path / "study"
    shutil.copytree(finished[0] / "bridle-moons", study)
    (study / "study.db").unlink()
    (study / "study.db").mkdir()
    status, _, err = bridle("resume", "study")
    assert status == 2
    assert "study/study.db is a folder, where the file" in err
    assert "damaged" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such descriptors")
def test_closed_streams_are_no_mistake(environment: dict[str, str], tmp_path: Path) -> None:
    for words in ("methods >&-", "methods >&- 2>&-", "explain dropuot 2>&-"):
        command = f"exec {shlex.quote(sys.executable)} -m bridle {words}"
        found = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        assert found.returncode == (2 if "dropuot" in words else 0), found.stderr
        assert found.stderr == ""
    assert not list(tmp_path.iterdir())
