"""compare, train, resume and report with real training in real processes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import SMALL, Finished

Process = Callable[..., Finished]
Run = Callable[..., tuple[int, str, str]]


def test_compare_says_what_it_does_then_answers(finished: tuple[Path, Finished]) -> None:
    folder, done = finished
    assert done.returncode == 0, done.stderr
    assert "moons(n=60," in done.stderr
    assert "3 methods × 2 configurations × 2 replicates = 12 runs" in done.stderr
    assert "folder    bridle-moons" in done.stderr
    assert "Traceback" not in done.stderr
    for part in ("dropout", "l2", "none", "verdict", "bridle-moons/report.html"):
        assert part in done.stdout
    for name in ("study.json", "study.db", "results.csv", "leaderboard.csv", "report.html"):
        assert (folder / "bridle-moons" / name).is_file()


def test_the_answer_fits_80_columns(finished: tuple[Path, Finished]) -> None:
    assert max(map(len, finished[1].stdout.splitlines())) <= 80
    assert max(map(len, finished[1].stderr.splitlines())) <= 80


@pytest.mark.long
def test_the_same_command_again_shows_the_same_answer(
    finished: tuple[Path, Finished], process: Process
) -> None:
    folder, first = finished
    before = (folder / "bridle-moons" / "results.csv").read_bytes()
    again = process(*SMALL, cwd=folder)
    assert again.returncode == 0
    assert again.stdout == first.stdout
    assert "nothing was trained" in again.stderr
    assert (folder / "bridle-moons" / "results.csv").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["bridle-moons"]


@pytest.mark.parametrize("words", [SMALL, ("report", "bridle-moons")])
def test_json_is_one_document(
    words: tuple[str, ...],
    finished: tuple[Path, Finished],
    bridle: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(finished[0])
    status, out, err = bridle(*words, "--json", "--quiet")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["folder"] == "bridle-moons"
    assert document["complete"] is True
    assert document["runs"] == document["planned_runs"] == 12
    assert document["plan"]["replicates"] == 2
    assert document["summary"]
    assert {row["method"] for row in document["leaderboard"]} == {"none", "l2", "dropout"}
    baseline = next(row for row in document["leaderboard"] if row["method"] == "none")
    assert baseline["difference"] is None
    assert baseline["wins"] is None
    assert set(baseline["hyperparameters"]) == {"learning_rate"}


@pytest.mark.parametrize("command", ["resume", "report"])
def test_tables_and_page_are_made_anew_and_quiet_is_quiet(
    command: str, finished: tuple[Path, Finished], bridle: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, first = finished
    monkeypatch.chdir(folder)
    study = folder / "bridle-moons"
    names = ("results.csv", "leaderboard.csv", "report.html")
    before = {name: (study / name).read_bytes() for name in names}
    for name in names:
        (study / name).unlink()
    assert bridle(command, "bridle-moons", "--quiet") == (0, first.stdout, "")
    for name in ("results.csv", "leaderboard.csv"):
        assert (study / name).read_bytes() == before[name]
    assert (study / "report.html").is_file()


def test_figures_as_files(
    finished: tuple[Path, Finished], bridle: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(finished[0])
    asked = ("report", "bridle-moons", "--figures", "-o", str(tmp_path / "pictures"))
    status, out, err = bridle(*asked, "--figure-format", "svg")
    assert status == 0
    assert [Path(line).name for line in out.splitlines()] == [
        f"{name}.svg"
        for name in [
            "differences",
            "data",
            "boundaries",
            "curves",
            "reliability",
            "weights",
            "strength",
            "confusion",
        ]
    ]
    assert all(Path(line).is_file() for line in out.splitlines())
    assert "No figure predictions: it does not suit a classification.\n" in err
    assert "No figure filters: moons holds no images.\n" in err
    status, _, err = bridle("report", "bridle-moons", "-o", "pictures")
    assert status == 2
    assert err == "error: --out says where to write, and needs --figures or --format.\n"


def test_the_answer_in_other_forms(
    finished: tuple[Path, Finished], bridle: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(finished[0])
    status, out, err = bridle("report", "bridle-moons", "--format", "md")
    assert (status, err) == (0, "")
    assert out.startswith("# Which regularization helps on moons?\n")
    path = tmp_path / "answer.md"
    status, nothing, err = bridle("report", "bridle-moons", "--format", "md", "-o", str(path))
    assert (status, nothing, err) == (0, "", f"Written: {path}\n")
    assert path.read_text("utf-8") == out
    status, _, err = bridle("report", "bridle-moons", "--format", "docx")
    assert status == 2
    assert err.startswith("error: --format must be one of md, latex, json, pdf")


def test_another_study_does_not_take_the_folder(
    finished: tuple[Path, Finished], bridle: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished[0])
    status, _, err = bridle(*SMALL, "--seed=1", "--out=bridle-moons")
    assert status == 2
    assert "bridle-moons holds another study" in err
    assert "--out" in err


@pytest.mark.long
def test_train_shows_epochs_and_saves_the_model(
    process: Process, bridle: Run, tmp_path: Path
) -> None:
    words = ("train", "moons(n=60)", "--method=batch-norm", "--epochs=4", "--workers=1")
    done = process(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 run of batch_norm (momentum 0.99, epsilon 0.001)" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["epoch", "train", "loss"]
    assert [line.split()[0] for line in lines[1:5]] == ["1", "2", "3", "4"]
    (model,) = [line for line in lines if line.startswith("Model: ")]
    assert (tmp_path / model.removeprefix("Model: ")).suffix == ".safetensors"
    assert (tmp_path / model.removeprefix("Model: ")).is_file()
    assert (tmp_path / "bridle-moons" / "report.html").is_file()

    renamed = [word.replace("--method", "--model") for word in words]
    status, out, _ = bridle(*renamed, "--json")
    assert status == 0
    document = json.loads(out)
    assert [epoch["epoch"] for epoch in document["history"]] == [1, 2, 3, 4]
    assert {"train_loss", "val_loss", "train_score", "val_score", "penalty"} <= set(
        document["history"][0]
    )
    assert [f"Model: {path}" for path in document["models"]] == [model]
    (row,) = document["leaderboard"]
    assert row["method"] == "batch_norm"
    assert row["hyperparameters"]["momentum"] == 0.99


@pytest.mark.slow
def test_a_convolutional_network(process: Process, tmp_path: Path) -> None:
    words = (
        *(
            "compare",
            "digits",
            "--network=cnn(filters=[2,3])",
            "--methods=batch_norm",
            "--widths=5",
        ),
        *("--replicates=2", "--epochs=1", "--configurations=1"),
    )
    done = process(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "network   8×8 → conv 2 → conv 3 → 5 → 10, relu" in done.stderr
    page = (tmp_path / "bridle-digits" / "report.html").read_text(encoding="utf-8")
    assert "convolutional, 2–3 filters" in page
    assert "--network &#39;cnn(filters=[2,3])&#39;" in page
    again = process(*words, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert "nothing was trained" in again.stderr


@pytest.mark.long
def test_a_pilot_is_announced_then_says_its_number_before_training(bridle: Run) -> None:
    status, out, err = bridle(
        "compare",
        "noise(train=50,validation=50,features=3,classes=2,test=100)",
        "--epochs=auto",
        "--methods=l2",
        "--replicates=2",
        "--configurations=1",
        "--widths=4",
        "--executor=inline",
    )
    assert status == 0, err
    said = " ".join(err.split())
    announced = said.index("epochs found by a pilot (at most 200)")
    assert announced < said.index("epochs, by a pilot: none at learning rate 0.001 stopped")
    (note,) = re.findall(r"\d+ epochs, by a pilot: .*? after \d+ [^.]* half as many\.", said)
    assert note not in " ".join(out.split())
    _, out, _ = bridle("report", "bridle-noise", "--details")
    assert note in " ".join(out.split())
