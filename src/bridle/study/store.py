"""The study's folder. The results of each chunk are stored in one transaction; nothing is lost or half-written.

Order of writing: first the files of a chunk's best runs, then the transaction; then superseded files are deleted.
If the process is killed between two steps, the next start finds the chunk either missing or complete.

Every row holds its own digest, and those of its run's weights and predictions where these were kept. A reader
refuses data without the right digest; a session of training discards them and trains the run again.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bridle.engine.spec import HISTORY, ChunkResult
from bridle.errors import UserError
from bridle.files import array_bytes, digest, write_bytes
from bridle.refusals import refusal
from bridle.study.plan import PlannedRun
from bridle.study.schema import (
    COLUMNS,
    COSTS,
    FORMAT,
    KINDS,
    LONGEST,
    SCHEMA,
    SCORES,
    own_tables,
    seal,
    tables,
)
from bridle.study.stored import StoredRun, row_of, run_of
from bridle.wording import command


class Store:
    """Read and write the results of a study.

    Args:
        folder: the study's folder.
        write: whether results will be written; readers leave the folder as it is.

    Raises:
        UserError: the database is damaged, of another version, or cannot be opened.
    """

    def __init__(self, folder: Path, write: bool = False) -> None:
        self.folder = folder
        self._path = folder / "study.db"
        self._writes = write
        self._copied: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._connection = self._open_to_write() if write else self._open_to_read()
        except (OSError, sqlite3.Error) as error:
            raise self._told(error) from error

    def _open_to_write(self) -> sqlite3.Connection:
        for kind in KINDS:
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        self._see_no_folder()
        connection = sqlite3.connect(self._path)
        if self._is_new(connection):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _open_to_read(self) -> sqlite3.Connection:
        self._see_no_folder()
        if self._path.is_file():
            connection = self._connect_to_read(self._path)
            if not self._is_new(connection):
                return connection
            connection.close()
        connection = sqlite3.connect(":memory:")
        connection.executescript(SCHEMA)
        return connection

    def _connect_to_read(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("SELECT COUNT(*) FROM sqlite_master")
        except sqlite3.OperationalError as error:
            connection.close()
            if self._copied is not None or not refusal(error):
                raise
            # reading what a killed session left needs a file beside it, which cannot be written in every folder
            self._copied = tempfile.TemporaryDirectory(prefix="bridle-")
            for own in (self._path, self._path.with_name("study.db-wal")):
                if own.exists():
                    shutil.copyfile(own, Path(self._copied.name) / own.name)
            return self._connect_to_read(Path(self._copied.name) / path.name)
        return connection

    def _see_no_folder(self) -> None:
        if self._path.is_dir():
            raise UserError(
                f"{self._path} is a folder, where the file of the study's results belongs. Move it elsewhere; then "
                f"`{command('resume', self.folder)}` trains the runs again."
            )

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Say whether a database is still empty; check that any other is a study's.

        Raises:
            UserError: it is not a study's, or of a later version.
        """
        there = tables(connection)
        if not there:
            return True
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise UserError(
                f"{self._path} was written by a later version of Bridle (format {version}; this one reads "
                f"{FORMAT}). Upgrade Bridle to read it."
            )
        if there != own_tables() or version != FORMAT:
            names = ", ".join(sorted({name for name, _ in there ^ own_tables()})) or "format"
            raise self._damage(f"not as this version makes them: {names}")
        return False

    def _damage(self, what: str) -> UserError:
        return UserError(
            f"{self._path} is damaged or not a study's ({what}). Restore it from a "
            f"copy, or delete it: `{command('resume', self.folder)}` then trains its runs again."
        )

    def _told(self, error: BaseException) -> UserError:
        """Return the error for a failure to open or read."""
        if said := refusal(error):
            return UserError(
                f"Cannot open {self._path}. {said}; then `{command('resume', self.folder)}` goes on."
            )
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return UserError(
                f"{self._path} is in use by another process. Wait until it ends; then give the command again."
            )
        return self._damage(str(error))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writes and kind is None:
            # so readers of a finished study need no files beside it; another reader may be faster
            with contextlib.suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()
        if self._copied is not None:
            self._copied.cleanup()
        ours = (sqlite3.ProgrammingError, sqlite3.IntegrityError)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours):
            if self._writes and refusal(error):
                return  # the session reports it
            raise self._told(error) from error

    def read(self) -> tuple[dict[str, StoredRun], list[str]]:
        """Return all finished runs by name, and the names of runs with a wrong digest."""
        runs, damaged = {}, []
        for *row, sealed in self._connection.execute(f"SELECT {', '.join(COLUMNS)} FROM run"):
            if seal(row) == sealed:
                stored = run_of(row)
                runs[stored.name] = stored
            else:
                damaged.append(str(row[0]))
        return runs, damaged

    def runs(self) -> dict[str, StoredRun]:
        """Return all finished runs by name."""
        return self.read()[0]

    def scores(self, column: str) -> dict[str, float | None]:
        """Return a column of `SCORES` of every finished run by name, for showing progress: no digest is checked."""
        if column not in SCORES:
            raise ValueError(f"{column} is none of {SCORES}")
        return dict(self._connection.execute(f"SELECT name, {column} FROM run").fetchall())

    def discard(self, names: Iterable[str]) -> None:
        """Discard runs, so that they are trained again."""
        with self._connection:
            self._connection.executemany(
                "DELETE FROM run WHERE CAST(name AS TEXT) = ?", [(name,) for name in names]
            )

    def history(self, name: str) -> np.ndarray:
        """Return a run's history `[epochs, len(HISTORY)]`."""
        (blob,) = self._connection.execute(
            "SELECT history FROM run WHERE name = ?", (name,)
        ).fetchone()
        return np.frombuffer(blob, "<f4").reshape(-1, len(HISTORY))

    def costs(self) -> dict[str, float]:
        """Return the cost of the chunks, and the wall time of all sessions.

        Raises:
            UserError: a column of time or work holds something else.
        """
        for table, columns in COSTS.items():
            for column in columns:
                (wrong,) = self._connection.execute(
                    f"SELECT COUNT(*) FROM {table} WHERE typeof({column}) NOT IN ('real', 'integer') "
                    f"OR {column} NOT BETWEEN 0 AND {LONGEST}"
                ).fetchone()
                if wrong:
                    raise self._damage(f"{table}.{column} holds something else than amounts")
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

    def add(
        self, planned: Sequence[PlannedRun], outcome: ChunkResult, keep: Callable[[str, str], bool]
    ) -> None:
        """Store a chunk's results: the files that are kept, then all rows in one transaction.

        Args:
            planned: the chunk's runs, in its order.
            outcome: their results.
            keep: says for a kind, `weights` or `predictions`, and a run's name whether its file is kept for now.
        """
        rows = []
        for run, result in zip(planned, outcome.results, strict=True):
            digests = [
                self._write(kind, run.name, getattr(result, kind)) if keep(kind, run.name) else ""
                for kind in KINDS
            ]
            row = row_of(run, result, digests)
            rows.append((*row, seal(row)))
        with self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO run ({', '.join(COLUMNS)}) "
                f"VALUES ({', '.join('?' * len(COLUMNS))})",
                rows,
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

    def drop(self, kind: str, name: str) -> None:
        """Delete a file of a run that is no longer kept."""
        self._file(kind, name).unlink(missing_ok=True)

    def sweep(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Delete the files of runs that are not wanted, and what a killed session left half-written.

        Args:
            wanted: names of the runs with files to keep, for each kind of file.
        """
        for path in self.stray(wanted):
            path.unlink(missing_ok=True)

    def stray(self, wanted: Mapping[str, Collection[str]]) -> list[Path]:
        """Return the files of runs that are not wanted, and what a killed session left half-written."""
        found = []
        for kind, names in wanted.items():
            for path in (self.folder / kind).glob("*"):
                own = path.suffix in (".safetensors", ".partial") and not path.is_dir()
                if own and not (path.suffix == ".safetensors" and path.stem in names):
                    found.append(path)
        return found

    def without_files(self, wanted: Mapping[str, Collection[str]]) -> set[str]:
        """Return the finished runs with a wanted file that is missing or has a wrong digest."""
        found = set()
        for kind, names in wanted.items():
            for name in names:
                try:
                    self._content(kind, name)
                except _WrongFileError:
                    found.add(name)
        return found

    def arrays(self, kind: str, name: str) -> dict[str, np.ndarray]:
        """Read the `weights` or `predictions` of a finished run.

        Raises:
            UserError: the file is missing, or not the one that was written.
        """
        from safetensors.numpy import load

        try:
            # sorted by name: `load` has no fixed order, and sums over arrays depend on it
            return dict(sorted(load(self._content(kind, name)).items()))
        except _WrongFileError as error:
            raise UserError(
                f"{self._file(kind, name)} {error}. Restore it from a copy, or train its run again: "
                f"{command('resume', self.folder)}"
            ) from None

    def _content(self, kind: str, name: str) -> bytes:
        """Return the content of a run's file.

        Raises:
            _WrongFileError: it is missing, or not the one that was written.
        """
        try:
            content = self._file(kind, name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise _WrongFileError("is missing") from None
        except IsADirectoryError:
            raise _WrongFileError("is a folder") from None
        (expected,) = self._connection.execute(
            f"SELECT {kind} FROM run WHERE name = ?", (name,)
        ).fetchone()
        found = digest(content)
        if found != expected:
            raise _WrongFileError(
                "was altered or damaged, or is another run's: its digest must be "
                f"{expected}, and is {found}"
            )
        return content

    def _write(self, kind: str, name: str, arrays: Mapping[str, np.ndarray]) -> str:
        """Write a file, and return its digest."""
        content = array_bytes(arrays)
        write_bytes(self._file(kind, name), content)
        return digest(content)

    def _file(self, kind: str, name: str) -> Path:
        return self.folder / kind / f"{name}.safetensors"


class _WrongFileError(Exception):
    """A file is not the one that was written; the message goes on after its name."""
