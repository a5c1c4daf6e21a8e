"""Start of a study: one that is killed, or begins at the same time as another, leaves a folder that can be resumed."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from bridle.api.study import Study
from bridle.api.training import resume
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset, prepare
from bridle.study.members import make_plans, prepare_all
from bridle.study.request import Request, make_plan
from bridle.study.store import Store

from .conftest import SMALL

DATASET = open_dataset("moons(n=60)")
STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "sqlite3.connect"}


class KilledError(BaseException):
    """Stands for a process that ends here."""


class _Killer:
    """Ends the process, as it were, before the n-th time that the system is asked for something in a folder."""

    def __init__(self) -> None:
        self.folder, self.left = "", -1

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.left >= 0 and event in STEPS and self.folder in str(arguments[0]):
            self.left -= 1
            if self.left < 0:
                raise KilledError


KILLER = _Killer()
sys.addaudithook(KILLER)


class _Intruder:
    """Does something at the moment in which a folder is listed for the first time."""

    def __init__(self) -> None:
        self.folder = ""
        self.act: Callable[[], Any] = str

    def await_listing(self, folder: Path, act: Callable[[], Any]) -> None:
        self.folder, self.act = str(folder), act

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if (
            self.folder
            and event in ("os.listdir", "os.scandir")
            and str(arguments[0]) == self.folder
        ):
            self.folder = ""
            self.act()


INTRUDER = _Intruder()
sys.addaudithook(INTRUDER)


def begin(plan: Any, out: str | None) -> Path:
    folder = prepare(DATASET, plan, out)
    with Store(folder, write=True):
        return folder


@pytest.mark.parametrize("out", ["bridle-moons", None])
def test_killed_before_any_step_of_its_start_a_study_can_be_begun_again(
    out: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(DATASET, Request(**SMALL))
    deaths = 0
    while True:
        place = tmp_path / str(deaths)
        place.mkdir()
        monkeypatch.chdir(place)
        KILLER.folder, KILLER.left = "bridle-moons", deaths
        try:
            begin(plan, out)
            break
        except KilledError:
            deaths += 1
        finally:
            KILLER.left = -1
        if Path("bridle-moons/study.json").is_file():
            assert Study("bridle-moons").facts()["runs"] == 0  # what `resume` reads first
        assert begin(plan, out) == Path("bridle-moons")
        assert Study("bridle-moons").facts()["runs"] == 0
    assert deaths >= 5


@pytest.mark.parametrize("statements", [[], ["PRAGMA journal_mode=WAL"]], ids=["empty", "header"])
def test_a_database_without_tables_is_a_new_one(
    statements: list[str], small_study: Study, study_bytes: Any, tmp_path: Path
) -> None:
    folder = prepare(DATASET, make_plan(DATASET, Request(**SMALL)), tmp_path / "study")
    (folder / "study.db").touch()
    connection = sqlite3.connect(folder / "study.db")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    assert Study(folder).facts()["runs"] == 0
    resume(folder, executor=InProcessExecutor())
    assert study_bytes(folder) == study_bytes(small_study.folder)


def at_once(count: int, work: Any) -> list[Any]:
    """Let threads do the same at once: locks of one process's files keep each other out as other processes' do."""
    barrier = threading.Barrier(count)

    def together(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(together, range(count)))


def test_studies_begun_at_once_get_a_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plans = [make_plan(DATASET, Request(**SMALL, seed=seed)) for seed in range(6)]
    folders = at_once(6, lambda number: prepare(DATASET, plans[number], None))
    assert len(set(folders)) == 6
    for plan, folder in zip(plans, folders, strict=True):
        assert Study(folder).plan.hash == plan.hash
        assert prepare(DATASET, plan, None) == folder


def test_several_studies_begun_at_once_get_a_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    datasets = {"moons": DATASET, "circles": open_dataset("circles(n=60)")}
    plans = [make_plans(datasets, Request(**SMALL, seed=seed)) for seed in range(3)]
    folders = at_once(3, lambda number: prepare_all(datasets, plans[number], None))
    assert len(set(folders)) == 3


def test_of_studies_begun_at_once_in_one_folder_one_is_told_so(tmp_path: Path) -> None:
    plans = [make_plan(DATASET, Request(**SMALL, seed=seed)) for seed in range(3)]

    def work(number: int) -> Path | str:
        try:
            return prepare(DATASET, plans[number], tmp_path / "study")
        except UserError as error:
            return str(error)

    found = at_once(3, work)
    assert found.count(tmp_path / "study") == 1
    assert sum("holds another study" in str(one) for one in found) == 2


def test_a_study_that_another_process_begins_while_the_folder_is_looked_at_is_named(
    tmp_path: Path,
) -> None:
    mine, other = (make_plan(DATASET, Request(**SMALL, seed=seed)) for seed in range(2))
    folder = tmp_path / "study"
    INTRUDER.await_listing(folder, lambda: prepare(DATASET, other, folder))
    folder.mkdir()
    with pytest.raises(UserError, match="holds another study"):
        prepare(DATASET, mine, folder)
    assert Study(folder).plan.hash == other.hash


def test_the_same_study_begun_while_it_is_trained_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = make_plan(DATASET, Request(**SMALL))
    folder = prepare(DATASET, plan, None)
    with (
        FileLock(folder / "study.lock"),
        pytest.raises(UserError, match="Another process is working on the study in bridle-moons"),
    ):
        prepare(DATASET, plan, None)


def test_what_is_no_study_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bridle-moons").write_text("a file")
    Path("bridle-moons-2").mkdir()
    Path("bridle-moons-2/study.db").touch()
    plan = make_plan(DATASET, Request(**SMALL))
    assert prepare(DATASET, plan, None) == Path("bridle-moons-3")
