"""Small pieces: durations, lists, JSON, progress."""

from __future__ import annotations

import inspect
import io
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from bridle.cli.compare import compare
from bridle.cli.diagnose import diagnose
from bridle.cli.named import study_folder
from bridle.cli.options import Training, read_duration, read_widths
from bridle.cli.output import Output
from bridle.cli.progress import Watcher
from bridle.cli.train import train
from bridle.cli.training import plan_lines
from bridle.data import load
from bridle.errors import UserError
from bridle.files import plain
from bridle.study.driver import Progress
from bridle.study.request import Request, make_plan


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10min", 600), ("1h30m", 5400), (" 1H ", 3600), ("1.5m", 90)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10x", "10m soon", "-5m", "0m", "nan", "1,5h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UserError, match="time_limit must be a time such as"):
        read_duration(text)


@pytest.mark.parametrize("text", ["128", "128,64", "[128, 64]"])
def test_widths(text: str) -> None:
    assert read_widths(text) == [128, 64][: text.count(",") + 1]


@pytest.mark.parametrize("text", ["", "128,", "12.5", "-1", "a,b", "1e3"])
def test_what_are_no_widths(text: str) -> None:
    with pytest.raises(UserError, match="widths must be whole numbers"):
        read_widths(text)


def test_plain_values() -> None:
    given = {
        "nan": math.nan,
        "infinite": math.inf,
        "missing": pd.NA,
        "numpy": np.float32(0.5),
        "count": np.int64(3),
        "true": np.bool_(True),
        "path": Path("a"),
        "list": (1, [math.nan, None]),
    }
    assert plain(given) == {
        "nan": None,
        "infinite": None,
        "missing": None,
        "numpy": 0.5,
        "count": 3,
        "true": True,
        "path": "a",
        "list": [1, [None, None]],
    }


def watched(terminal: bool, *steps: Progress) -> str:
    output = Output()
    text = io.StringIO()
    output.remarks = Console(
        file=text, width=80, force_terminal=terminal, color_system=None, legacy_windows=False
    )
    with Watcher(output) as watcher:
        for step in steps:
            watcher(step)
    return text.getvalue()


def test_the_first_chunk_gives_an_estimate() -> None:
    text = watched(
        False,
        Progress(0, 630, 0.1, None),
        Progress(64, 630, 10.0, 30.0),
        Progress(128, 630, 20.0, 99.0),
    )
    assert text == ("About 40 s for 630 runs. Ctrl-C keeps what is done.\n")


def test_going_on_estimates_what_is_left_to_do() -> None:
    text = watched(False, Progress(600, 630, 0.1, None), Progress(610, 630, 2.0, 3.0))
    assert "600 of 630 runs are there already." in text
    assert "About 5 s for 30 runs" in text


def test_without_a_terminal_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr("bridle.cli.progress.time.monotonic", lambda: next(clock))
    steps = [Progress(done, 100, done, 100.0 - done) for done in range(0, 100, 10)]
    text = watched(False, *steps)
    assert "50 of 100 runs · about 50 s left" in text
    assert text.count(" left") == 5


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr("bridle.cli.progress.time.monotonic", lambda: next(clock))
    text = watched(True, *[Progress(done, 20, done, 20.0 - done) for done in range(0, 20, 5)])
    assert "15 of 20 runs · about 5 s left" in text


def test_a_terminal_gets_a_bar_with_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    text = watched(
        True, Progress(0, 12, 0.0, None), Progress(6, 12, 5.0, 65.0, "fewer replicates fit")
    )
    assert "0 of 12 runs" in text
    assert "6 of 12 runs" in text
    assert "left" in text
    assert "! fewer replicates fit" in text


def test_a_plan_says_what_will_be_done() -> None:
    dataset = load("moons(n=60)")
    plan = make_plan(dataset, Request(epochs=5, replicates=2, configurations=4))
    text = "\n".join(plan_lines(dataset, plan, Path("there")))
    assert dataset.spec in text
    assert "2 → 128 → 128 → 1, relu" in text
    assert "5 epochs" in text
    assert "2 classes" in text
    assert f"× 4 configurations × 2 replicates = {len(plan.runs)} runs" in text
    assert "there" in text


def test_a_plan_of_one_setting_names_it() -> None:
    dataset = load("moons(n=60)")
    request = Request(methods="l2+dropout(rate=0.5)", baseline=False, configurations=1)
    plan = make_plan(dataset, request)
    (line,) = [line for line in plan_lines(dataset, plan, Path("x")) if line.startswith("runs")]
    assert "runs of dropout+l2 (dropout.rate 0.5, dropout.input_rate 0, l2.strength" in line


def test_a_study_is_found_by_a_file_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for name in ("study.json", "report.html"):
        (folder / name).write_text("{}")
    assert study_folder(str(folder)) == folder
    assert study_folder(str(folder / "report.html")) == folder


def test_a_diagnosis_is_not_called_an_unknown_folder(tmp_path: Path) -> None:
    for name in ("diagnosis.json", "report.html"):
        (tmp_path / name).write_text("{}")
    for text in (tmp_path, tmp_path / "report.html"):
        with pytest.raises(UserError, match=r"is a diagnosis, not a study. Open its page: .*html"):
            study_folder(str(text))


def test_other_studies_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bridle-moons").mkdir()
    (tmp_path / "bridle-moons" / "study.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="Studies in this folder: bridle-moons"):
        study_folder("moons")


def test_every_training_option_is_asked_of_a_request() -> None:
    options = {field.name for field in fields(Training)}
    assert set(Training().asked()) == options <= {field.name for field in fields(Request)}
    assert Training(widths="64,32", seed=3).asked() == {
        **Training().asked(),
        "widths": [64, 32],
        "seed": 3,
    }


@pytest.mark.parametrize("command", [compare, train, diagnose])
def test_a_group_of_options_is_spread_out_where_it_stands(command: Callable[..., None]) -> None:
    names = list(inspect.signature(command).parameters)
    options = [field.name for field in fields(Training)]
    start = names.index(options[0])
    assert names[start : start + len(options)] == options
    assert "training" not in names
