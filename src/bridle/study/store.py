"""The study's folder: results enter it in one transaction as each chunk ends, and nothing is ever lost or half-written.

Order of writing: first the files of a chunk's best runs, then the transaction, then what they superseded is deleted.
Killed between any two, the next start finds either a chunk that is not there, or one that is complete.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bridle.engine.spec import HISTORY, ChunkResult, RunResult
from bridle.errors import UserError
from bridle.files import refused, write_arrays
from bridle.study.plan import PlannedRun

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

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS run (
    name TEXT PRIMARY KEY,
    method TEXT NOT NULL,
    replicate INTEGER NOT NULL,
    status TEXT NOT NULL,
    epochs_run INTEGER NOT NULL,
    best_epoch INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in SCORES)},
    history BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunk (
    name TEXT PRIMARY KEY,
    compile_seconds REAL NOT NULL,
    seconds REAL NOT NULL,
    lane_epochs INTEGER NOT NULL,
    idle_lane_epochs INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (wall_seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS bite (name TEXT PRIMARY KEY, share REAL) WITHOUT ROWID;
COMMIT;
"""


@dataclass(frozen=True)
class StoredRun:
    """A finished run as the database holds it, without its history.

    Attributes:
        name: the hash of its specification.
        status: `done` or `diverged`.
        epochs_run: epochs trained.
        best_epoch: the epoch whose weights predict.
        scores: the columns `SCORES`; NaN for a diverged run.
    """

    name: str
    status: str
    epochs_run: int
    best_epoch: int
    scores: dict[str, float]

    def merit(self, criterion: str) -> tuple[float, float]:
        """Return what selection maximizes: validation score and lower validation loss, the criterion first."""
        score, loss = self.scores["val_score"], self.scores["val_loss"]
        if math.isnan(score) or math.isnan(loss):
            return (-math.inf, -math.inf)
        return (-loss, score) if criterion == "log-loss" else (score, -loss)


class Store:
    """Read and write the results of a study.

    Args:
        folder: the study's folder.
        write: whether results will be written; readers leave the folder as it is.
    """

    def __init__(self, folder: Path, write: bool = False) -> None:
        self.folder = folder
        self._writes = write
        try:
            self._connection = self._open(folder / "study.db", write)
            self._connection.execute("SELECT COUNT(*) FROM run, chunk, session")
        except sqlite3.DatabaseError as error:
            if refused(error):
                raise UserError(
                    f"Cannot open {folder / 'study.db'}: {error}. Make room or mend the permissions; then "
                    "`bridle resume` goes on."
                ) from error
            raise UserError(
                f"{folder / 'study.db'} is damaged or not a study's ({error}). Restore it from a "
                "copy, or delete it: `bridle resume` then trains its runs again."
            ) from error

    @staticmethod
    def _open(path: Path, write: bool) -> sqlite3.Connection:
        folder = path.parent
        if write:
            (folder / "weights").mkdir(parents=True, exist_ok=True)
            (folder / "predictions").mkdir(exist_ok=True)
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(_SCHEMA)
            return connection
        if path.is_file():
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
                return connection
            # its writer was killed before there was anything in it
            connection.close()
        connection = sqlite3.connect(":memory:")
        connection.executescript(_SCHEMA)
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writes and kind is None:
            # readers of a finished study then need no files beside it; another reader may be faster
            with contextlib.suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()

    def runs(self) -> dict[str, StoredRun]:
        """Return all finished runs by name."""
        columns = ", ".join(SCORES)
        rows = self._connection.execute(
            f"SELECT name, status, epochs_run, best_epoch, {columns} FROM run"
        )
        return {
            name: StoredRun(
                name,
                status,
                epochs_run,
                best_epoch,
                {
                    key: math.nan if value is None else value
                    for key, value in zip(SCORES, values, strict=True)
                },
            )
            for name, status, epochs_run, best_epoch, *values in rows
        }

    def history(self, name: str) -> np.ndarray:
        """Return a run's history `[epochs, len(HISTORY)]`."""
        (blob,) = self._connection.execute(
            "SELECT history FROM run WHERE name = ?", (name,)
        ).fetchone()
        return np.frombuffer(blob, "<f4").reshape(-1, len(HISTORY))

    def shares(self) -> dict[str, float]:
        """Return the methods' share of a step of every run of which it is known."""
        # studies of before have no such table
        tables = self._connection.execute("SELECT name FROM sqlite_master WHERE name = 'bite'")
        if tables.fetchone() is None:
            return {}
        found = self._connection.execute("SELECT name, share FROM bite WHERE share IS NOT NULL")
        return dict(found.fetchall())

    def costs(self) -> dict[str, float]:
        """Return what the chunks cost, and the wall time of all sessions."""
        compiling, seconds, lane_epochs, idle, chunks = self._connection.execute(
            "SELECT TOTAL(compile_seconds), TOTAL(seconds), TOTAL(lane_epochs), "
            "TOTAL(idle_lane_epochs), COUNT(*) FROM chunk"
        ).fetchone()
        (wall,) = self._connection.execute("SELECT TOTAL(wall_seconds) FROM session").fetchone()
        return {
            "compile_seconds": compiling,
            "device_seconds": seconds,
            "lane_epochs": lane_epochs,
            "idle_lane_epochs": idle,
            "chunks": chunks,
            "wall_seconds": wall,
        }

    def add_session(self, wall_seconds: float) -> None:
        """Record how long a session of training took."""
        with self._connection:
            self._connection.execute("INSERT INTO session VALUES (?)", (wall_seconds,))

    def add(self, planned: Sequence[PlannedRun], outcome: ChunkResult, keep: set[str]) -> None:
        """Store a chunk's results: the files of runs in `keep`, then all rows in one transaction.

        Args:
            planned: the chunk's runs, in its order.
            outcome: what became of them.
            keep: names of the runs whose weights and predictions are kept for now.
        """
        for run, result in zip(planned, outcome.results, strict=True):
            if run.name in keep:
                self._write_arrays("weights", run.name, result.weights)
                self._write_arrays("predictions", run.name, result.predictions)
        with self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO run VALUES ({','.join('?' * (7 + len(SCORES)))})",
                [_row(run, result) for run, result in zip(planned, outcome.results, strict=True)],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO bite VALUES (?, ?)",
                [
                    (run.name, None if math.isnan(result.share) else result.share)
                    for run, result in zip(planned, outcome.results, strict=True)
                ],
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?)",
                (
                    outcome.chunk,
                    outcome.compile_seconds,
                    outcome.seconds,
                    outcome.lane_epochs,
                    outcome.idle_lane_epochs,
                ),
            )

    def sweep(self, selected: Iterable[str]) -> None:
        """Delete the files of runs that are not selected, and what a killed session left half-written."""
        wanted = {f"{name}.safetensors" for name in selected}
        for kind in ("weights", "predictions"):
            for path in (self.folder / kind).iterdir():
                if path.name not in wanted:
                    path.unlink(missing_ok=True)

    def without_files(self, runs: Iterable[PlannedRun]) -> set[str]:
        """Return the names of selected runs whose weights or predictions somebody deleted."""
        return {
            run.name
            for run in runs
            for kind in ("weights", "predictions")
            if not (self.folder / kind / f"{run.name}.safetensors").is_file()
        }

    def arrays(self, kind: str, name: str) -> dict[str, np.ndarray]:
        """Read the `weights` or `predictions` of a selected run.

        Raises:
            UserError: the file is missing or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self.folder / kind / f"{name}.safetensors"
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            raise UserError(
                f"{path} is missing or damaged ({error}). Delete it if it is there; "
                f"`bridle resume {self.folder}` trains its run again."
            ) from error

    def _write_arrays(self, kind: str, name: str, arrays: dict[str, np.ndarray]) -> None:
        write_arrays(self.folder / kind / f"{name}.safetensors", arrays)


def as_stored(name: str, result: RunResult) -> StoredRun:
    """Return a result as the database will give it back."""
    status = "diverged" if result.diverged else "done"
    scores = {key: result.scores[key] for key in SCORES}
    return StoredRun(name, status, result.epochs_run, result.best_epoch, scores)


def _row(run: PlannedRun, result: RunResult) -> tuple[object, ...]:
    stored = as_stored(run.name, result)
    scores = (None if math.isnan(value) else value for value in stored.scores.values())
    history = result.history.astype("<f4").tobytes()
    return (
        run.name,
        run.method,
        run.replicate,
        stored.status,
        stored.epochs_run,
        stored.best_epoch,
        *scores,
        history,
    )
