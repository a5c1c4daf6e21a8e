"""What was edited or overwritten in a study's database is noticed, and its runs are trained again."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import bridle
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError


@pytest.fixture
def folder(small_study: Study, tmp_path: Path) -> Path:
    shutil.copytree(small_study.folder, tmp_path / "study")
    return tmp_path / "study"


ROWS = (
    "UPDATE run SET test_score = 'abc'",
    "UPDATE run SET test_score = test_score + 0.001 WHERE replicate = 1",
    "UPDATE run SET test_score = NULL WHERE method = 'l1'",
    "UPDATE run SET val_loss = 9e999",
    "UPDATE run SET epochs_run = 10",
    "UPDATE run SET status = 'fine'",
    "UPDATE run SET history = 'text' WHERE replicate = 0",
    "UPDATE run SET history = x'00'",
    "UPDATE run SET name = 'x' || name WHERE replicate = 2",
    "UPDATE run SET weights = predictions",
    "UPDATE run SET share = 0",
    "UPDATE run SET digest = ''",
)


@pytest.mark.parametrize("statement", ROWS)
def test_an_edit_of_a_row_is_refused_by_readers(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection, connection:
        connection.execute(statement)
    study = Study(folder)
    assert not study.settled()
    for read in (study.results, study.leaderboard, study.metrics, study.facts):
        with pytest.raises(UserError, match=r"study\.db was altered.*bridle\.resume\("):
            read()


@pytest.mark.parametrize("statement", [ROWS[1], ROWS[8]])
def test_an_edit_of_a_row_is_mended_by_training(
    folder: Path, statement: str, small_study: Study, study_bytes: Any
) -> None:
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection, connection:
        connection.execute(statement)
    assert bridle.resume(folder, executor=InProcessExecutor()).settled()
    assert study_bytes(folder) == study_bytes(small_study.folder)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("ALTER TABLE run DROP COLUMN share", "not as this version makes them: run"),
        ("ALTER TABLE run ADD COLUMN more", "not as this version makes them: run"),
        ("CREATE TABLE more (a)", "not as this version makes them: more"),
        ("DROP TABLE chunk", "not as this version makes them: chunk"),
        ("DROP TABLE run; CREATE TABLE run (a)", "not as this version makes them: run"),
        ("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END", "them: t"),
        ("PRAGMA user_version = 99", "later version of Bridle"),
        ("PRAGMA user_version = 0", "damaged or not a study's"),
        ("INSERT INTO session VALUES ('long')", "session.wall_seconds holds something else"),
        ("UPDATE chunk SET seconds = 9e999", "chunk.seconds holds something else"),
        ("UPDATE chunk SET lane_epochs = -1", "chunk.lane_epochs holds something else"),
    ],
)
def test_another_database_is_a_message(folder: Path, script: str, said: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection:
        connection.executescript(script)
    with pytest.raises(UserError, match=said):
        Study(folder)


@pytest.mark.parametrize("place", [*range(0, 16_000, 1_700), -2000])
def test_a_page_of_the_database_that_was_overwritten_never_changes_an_answer(
    folder: Path, small_study: Study, place: int
) -> None:
    path = folder / "study.db"
    content = bytearray(path.read_bytes())
    content[place : place + 64] = b"\xff" * 64
    path.write_bytes(content)
    try:
        results = Study(folder).results()
    except UserError as error:
        told = str(error)
        assert "study.db" in told
    else:  # nothing lay there
        assert results.equals(small_study.results())
