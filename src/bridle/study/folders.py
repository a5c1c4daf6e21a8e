"""Folders of studies: which folder a new study gets, and a lock for one process at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bridle.errors import UserError
from bridle.files import named_folder
from bridle.wording import argument

START_SECONDS = 10.0
"""Seconds that another process may take to write which study it begins in a folder."""

SEARCH = "search.json"
"""The file of a search, in whose folder the study that judges its find is begun."""

WRITTEN = (
    "study.db",
    "results.csv",
    "leaderboard.csv",
    "effects.csv",
    "metrics.csv",
    "report.html",
)
"""The files that training and reports leave in the folder, beside `study.json`."""

_LEFT = (
    "arrays-",
    ".arrays-",
    "table-",
    ".table-",
    "study.lock",
    "study.partial",
    "studies.partial",
)
"""Prefixes of the files that may be in a folder before its `study.json` or `studies.json`."""


@contextmanager
def sole_work(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Lock the study in `folder` against other processes.

    Args:
        folder: the study's.
        patience: seconds to wait for another process.

    Raises:
        UserError: another process works there.
    """
    lock = FileLock(folder / "study.lock", timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"Another process is working on the study in {folder}. "
            "Wait until it ends, or stop it; then the same command goes on."
        ) from None
    try:
        yield
    finally:
        lock.release()


def settle(
    out: str | Path | None,
    stem: str,
    check: Callable[[Path], bool],
    write: Callable[[Path], None],
    kind: str = "a study",
) -> Path:
    """Return the folder of a study: the one named, or the first of `stem`, `stem-2`, … that is free or its own.

    Processes that begin studies at once get different folders: a folder is
    read and written with its lock held.

    Args:
        out: the folder named.
        stem: the first default name.
        check: says whether a folder holds this study already; raises a UserError where it holds another.
        write: writes the study to its folder.
        kind: what is settled, for the error.

    Raises:
        UserError: `out` holds something else, cannot be written to, or another process works on the study.
    """
    if out is not None:
        return _enter(named_folder(out), check, write, kind)
    for number in itertools.count(1):
        folder = Path(stem if number == 1 else f"{stem}-{number}")
        try:
            return _enter(folder, check, write, kind)
        except _TakenError:
            continue
    raise AssertionError("there are always further numbers")


class _TakenError(UserError):
    """A folder is another study's, or something else."""


def _enter(
    folder: Path, check: Callable[[Path], bool], write: Callable[[Path], None], kind: str
) -> Path:
    try:
        there = _holds(folder, check, kind)
        folder.mkdir(parents=True, exist_ok=True)
        # a process that begins a study here writes in a moment which
        with sole_work(folder, 0.0 if there else START_SECONDS):
            _holds(folder, check, kind)
            write(folder)
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with {argument('out')}."
        ) from error
    return folder


def _holds(folder: Path, check: Callable[[Path], bool], kind: str) -> bool:
    # listed before it is read: what another process writes in between is then read
    free = _left_by_a_start(folder)
    try:
        there = check(folder)
    except UserError as error:
        raise _TakenError(error.message) from error
    if not there and not free:
        raise _TakenError(
            f"{folder} exists and is not {kind}. Choose another folder with {argument('out')}."
        )
    return there


def _left_by_a_start(folder: Path) -> bool:
    """Say whether a folder does not exist, is empty, or holds only files of an interrupted start."""
    if folder.is_file():
        return False
    return not folder.exists() or all(path.name.startswith(_LEFT) for path in folder.iterdir())
