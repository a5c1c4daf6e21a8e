"""Nothing is lost and nothing is half-written, wherever a study is killed."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridle.api.study import Study
from bridle.api.training import finish, resume
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset, prepare
from bridle.study.request import Request, make_plan
from bridle.study.schema import SCORES
from bridle.study.store import Store
from bridle.study.stored import StoredRun

from .conftest import SMALL


class KilledError(BaseException):
    """Stands for a process that ends here."""


def start(folder: Path) -> None:
    dataset = open_dataset("moons(n=60)")
    prepare(dataset, make_plan(dataset, Request(**SMALL)), folder)


NARROW: dict[str, Any] = {
    "methods": "none,dropout",
    "grid": {"dropout": {"rate": [0.9, 0.6, 0.3, 0.1]}},  # the better, the later
    "replicates": 3,
    "epochs": 3,
    "widths": (8,),
}


def start_narrow(folder: Path) -> None:
    """Begin a study of several chunks a method, so that later ones supersede what earlier ones left."""
    dataset = open_dataset("moons(n=60)")
    plan = make_plan(dataset, Request(**NARROW))
    prepare(dataset, replace(plan, lanes=dict.fromkeys(plan.lanes, 1)), folder)


@pytest.fixture(scope="module")
def narrow_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("narrow") / "study"
    start_narrow(folder)
    study = finish(folder, InProcessExecutor())
    assert isinstance(study, Study)
    return study


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("place", "count"),
    [("_write", 1), ("_write", 3), ("add", 1), ("add", 3), ("drop", 1), ("drop", 3), ("sweep", 1)],
)
def test_killed_at_any_step_of_storing_a_chunk_a_study_ends_as_if_it_were_not(
    narrow_study: Study,
    tmp_path: Path,
    study_bytes: Any,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    when: str,
    count: int,
) -> None:
    folder = tmp_path / "study"
    start_narrow(folder)
    calls = 0
    original = getattr(Store, place)

    def dying(self: Store, *arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and when == "before":
            raise KilledError
        result = original(self, *arguments, **named)
        if calls == count:
            raise KilledError
        return result

    with monkeypatch.context() as patched:
        patched.setattr(Store, place, dying)
        with pytest.raises(KilledError):
            finish(folder, InProcessExecutor())
    assert calls == count

    study = resume(folder, executor=InProcessExecutor())
    assert study.complete
    assert study_bytes(folder) == study_bytes(narrow_study.folder)


def test_a_transaction_that_was_cut_off_leaves_no_run(tmp_path: Path, small_study: Study) -> None:
    folder = tmp_path / "study"
    shutil.copytree(small_study.folder, folder)
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1])\n"
        "c.execute('DELETE FROM run')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder / "study.db")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert Study(folder).complete


COMPARE = """
import bridle, sys
bridle.compare("moons(n=60)", out=sys.argv[1], methods="none,l1,l2,dropout", replicates=12,
               epochs=40, widths=(8,), configurations=3)
"""


def children(pid: int) -> list[str]:
    """Return the process numbers of a process's children, as far as the system tells."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return path.read_text().split() if path.exists() else []


def finished_runs(folder: Path) -> int:
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{folder}/study.db?mode=ro", uri=True)
        ) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM run").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known to Windows")
def test_a_real_kill_loses_nothing_but_the_chunk_under_way(
    tmp_path: Path, study_bytes: Any
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    environment = {**os.environ, "BRIDLE_CACHE": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", COMPARE, str(whole)], check=True, env=environment)

    process = subprocess.Popen([sys.executable, "-c", COMPARE, str(killed)], env=environment)
    try:
        while finished_runs(killed) < 30 and process.poll() is None:
            time.sleep(0.005)
        workers = children(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived the process it works for"
        time.sleep(0.1)
    before = set(Study(killed).results().index)
    kept = finished_runs(killed)
    assert 30 <= kept < 120
    assert len(before) == kept

    again = subprocess.run(
        [sys.executable, "-c", COMPARE, str(killed)], check=True, env=environment
    )
    assert again.returncode == 0
    assert study_bytes(killed) == study_bytes(whole)
    with contextlib.closing(sqlite3.connect(killed / "study.db")) as connection:
        trained = connection.execute("SELECT SUM(lane_epochs) FROM chunk").fetchone()[0]
    assert trained == 120 * 40, "a run was trained twice"


def test_two_processes_do_not_work_on_one_study(tmp_path: Path) -> None:
    from filelock import FileLock

    folder = tmp_path / "study"
    start(folder)
    with (
        FileLock(folder / "study.lock"),
        pytest.raises(UserError, match="Another process is working"),
    ):
        finish(folder, InProcessExecutor())


def test_merit_prefers_score_then_loss_and_never_a_diverged_run() -> None:
    def stored(score: float, loss: float) -> StoredRun:
        scores = dict.fromkeys(SCORES, 0.0) | {"val_score": score, "val_loss": loss}
        return StoredRun("x", "done", 1, 1, scores)

    order = [stored(0.9, 0.2), stored(0.9, 0.3), stored(0.8, 0.1), stored(math.nan, math.nan)]
    assert sorted(order, key=lambda run: run.merit("accuracy"), reverse=True) == order
