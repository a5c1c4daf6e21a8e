"""What `study.db` looks like: its tables, and the digest of each row."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

from bridle.files import digest

FORMAT = 3
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
"""No study costs so many seconds or epochs."""


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
"""Of a run, its own digest last and the history before it."""


def seal(row: Sequence[Any]) -> str:
    """Return the digest of a row: of its values, types included."""
    *values, history = row
    if not isinstance(history, bytes):
        return ""
    return digest(repr(values).encode(errors="replace"), history)


def tables(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return everything a database holds, with how it was made."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return {(str(name), str(sql)) for name, sql in rows}


@functools.cache
def own_tables() -> frozenset[tuple[str, str]]:
    """Return what a study's database holds, as `tables` does."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(SCHEMA)
        return frozenset(tables(connection))
    finally:
        connection.close()
