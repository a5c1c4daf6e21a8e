"""Runs saved in the middle of training continue with the same bits, in any lane and beside any other runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridle.engine import underway
from bridle.engine.program import Program
from bridle.engine.spec import RunResult
from tests.engine.populations import MOONS, assert_all_same, program, program_spec, run

SPEC = program_spec("dropout")
RUNS = [
    run("dropout", epochs=40),
    run("dropout+early_stopping(patience=5)", epochs=90, learning_rate=0.03),
    run("dropout+l1(strength=1e-3)", epochs=70, replicate=1),
]


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def undisturbed() -> list[RunResult]:
    return program(SPEC, 4).train(RUNS)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few epochs a call, each followed by writing down."""
    monkeypatch.setattr(underway, "SECONDS", 0.0)
    monkeypatch.setattr("bridle.engine.program.SECONDS_PER_CALL", 0.0)


def interrupt(one: Program, folder: Path, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []

    def save(*arguments: Any) -> None:
        original(*arguments)
        saved.append(arguments[1])
        if len(saved) == after:
            raise StoppedError

    original = underway.save
    monkeypatch.setattr(underway, "save", save)
    with pytest.raises(StoppedError):
        one.train(RUNS, folder)
    monkeypatch.setattr(underway, "save", original)


def names(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


def test_goes_on_with_the_same_bits(
    undisturbed: list[RunResult], often: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = program(SPEC, 4)
    interrupt(one, tmp_path, 60, monkeypatch)  # three runs, twenty epochs each
    assert names(tmp_path) == {asked.name(SPEC, MOONS) for asked in RUNS}
    before = one.lane_epochs
    assert_all_same(one.train(RUNS, tmp_path), undisturbed)
    total = sum(result.epochs_run for result in undisturbed)
    assert one.lane_epochs - before == total - 60


def test_goes_on_in_other_lanes_and_company(
    undisturbed: list[RunResult], often: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interrupt(program(SPEC, 4), tmp_path, 45, monkeypatch)
    company = [run("dropout", epochs=3, replicate=7), *RUNS[::-1]]
    assert_all_same(program(SPEC, 4).train(company, tmp_path)[1:], undisturbed[::-1])


def test_what_cannot_be_read_or_does_not_fit_is_trained_anew(
    undisturbed: list[RunResult], often: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interrupt(program(SPEC, 4), tmp_path, 30, monkeypatch)
    first, second, _ = (tmp_path / f"{r.name(SPEC, MOONS)}.safetensors" for r in RUNS)
    first.write_bytes(first.read_bytes()[:100])
    other = {"state": np.zeros(3, np.float32)}
    underway.save(tmp_path, second.stem, other, np.zeros((2, 7), np.float32))
    assert_all_same(program(SPEC, 4).train(RUNS, tmp_path), undisturbed)


def test_a_disk_out_of_reach_stops_nothing(
    undisturbed: list[RunResult], often: None, tmp_path: Path
) -> None:
    place = tmp_path / "underway"
    place.write_text("a file where the folder should be")
    assert_all_same(program(SPEC, 4).train(RUNS, place), undisturbed)


def test_state_comes_back_as_it_went(tmp_path: Path) -> None:
    state: dict[str, Any] = {
        "a": np.array([1.5, np.nan], np.float32),
        "b": (np.array([7], np.uint32), np.int32(3)),
    }
    history = np.arange(6, dtype=np.float32).reshape(3, 2)
    underway.save(tmp_path, "x", state, history)
    found = underway.load(tmp_path, "x", state)
    assert found is not None
    np.testing.assert_array_equal(found[0]["a"], state["a"])
    np.testing.assert_array_equal(found[0]["b"][0], state["b"][0])
    assert found[0]["b"][1] == 3
    np.testing.assert_array_equal(found[1], history)
    underway.forget(tmp_path, ["x", "never there"])
    assert underway.load(tmp_path, "x", state) is None
    underway.forget(tmp_path)
    assert not tmp_path.exists()


STUDY = """
import sys
from bridle import compare
from bridle.engine import underway
from bridle.engine.executor import InProcessExecutor

underway.SECONDS = float(sys.argv[2])
compare("moons(n=100,validation=0.2)", methods="l2", replicates=1, configurations=1, epochs=3000,
        widths=[8], out=sys.argv[1], executor=InProcessExecutor())
"""


@pytest.mark.long
def test_a_study_killed_in_the_middle_of_its_runs(tmp_path: Path) -> None:
    """A real SIGKILL: the tables are those of an undisturbed study, and few epochs are trained again."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}

    def start(folder: str, seconds: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", STUDY, str(tmp_path / folder), seconds]
        return subprocess.Popen(command, env=environment)

    killed = start("killed", "0")
    folder = tmp_path / "killed" / underway.FOLDER
    while killed.poll() is None and not (folder.is_dir() and any(folder.glob("*.safetensors"))):
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert start("killed", "3600").wait() == 0
    assert start("undisturbed", "3600").wait() == 0
    for name in ("results.csv", "leaderboard.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (
            tmp_path / "undisturbed" / name
        ).read_bytes()
    assert not folder.exists()

    from bridle import Study

    trained = [
        Study(tmp_path / name).facts()["costs"]["lane_epochs"] for name in ("killed", "undisturbed")
    ]
    assert trained[0] < trained[1] == 6000
