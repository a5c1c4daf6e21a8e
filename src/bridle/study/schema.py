"""The layout of `study.db`: its tables, and the digest of each row."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

from bridle.files import digest

FORMAT = 5
"""The version of a study's files: `study.json`, `studies.json` and `study.db`."""

WEIGHTS, PREDICTIONS = KINDS = ("weights", "predictions")
"""The folders of arrays that belong to runs."""

SCORES = (
    "train_score",
    "val_score",
    "test_score",
    "train_loss",
    "val_loss",
    "test_loss",
    "penalty",
    "weight_norm",
    "exact_zeros",
)

SCHEMA = f"""
CREATE TABLE run (
    name TEXT PRIMARY KEY,
    method TEXT NOT NULL,
    replicate INTEGER NOT NULL,
    status TEXT NOT NULL,
    epochs_run INTEGER NOT NULL,
    best_epoch INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in SCORES)},
    share REAL,
    history BLOB NOT NULL,
    weights TEXT NOT NULL,
    predictions TEXT NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE chunk (
    name TEXT PRIMARY KEY,
    compile_seconds REAL NOT NULL,
    seconds REAL NOT NULL,
    lane_epochs INTEGER NOT NULL,
    idle_lane_epochs INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE session (wall_seconds REAL NOT NULL);
PRAGMA user_version = {FORMAT};
"""
COSTS = {
    "chunk": ("compile_seconds", "seconds", "lane_epochs", "idle_lane_epochs"),
    "session": ("wall_seconds",),
}
LONGEST = 1e15
"""Upper limit of the seconds or epochs that a study can cost."""


COLUMNS = (
    "name",
    "status",
    "epochs_run",
    "best_epoch",
    *SCORES,
    "share",
    "method",
    "replicate",
    *KINDS,
    "history",
    "digest",
)
"""Columns of a run, with the history and the row's own digest last."""


def seal(row: Sequence[Any]) -> str:
    """Return the digest of a row: of its values, types included."""
    *values, history = row
    if not isinstance(history, bytes):
        return ""
    return digest(repr(values).encode(errors="replace"), history)


def tables(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return the tables and other objects of a database, with the SQL that made them."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return {(str(name), str(sql)) for name, sql in rows}


@functools.cache
def own_tables() -> frozenset[tuple[str, str]]:
    """Return the same for a study's database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(SCHEMA)
        return frozenset(tables(connection))
    finally:
        connection.close()
