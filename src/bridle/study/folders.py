"""Folders of studies: which one a new study gets, and that one process at a time works there."""

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
"""How long another process may take to write down which study it begins in a folder."""

_LEFT = ("arrays-", ".arrays-", "study.lock", "study.partial", "studies.partial")
"""How the names of all files begin that stand in a folder before its `study.json` or `studies.json`."""


@contextmanager
def sole_work(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Keep other processes from working on the study in `folder` meanwhile.

    Args:
        folder: the study's.
        patience: seconds that another process is waited for.

    Raises:
        UserError: one works there.
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
) -> Path:
    """Return the folder of a study: the one named, or the first of `stem`, `stem-2`, … that is free or its own.

    Of several processes that begin studies at once, none gets a folder that another has taken: what is in a folder is
    looked at and written with its lock held.

    Args:
        out: the folder named.
        stem: the first default name.
        check: says whether a folder holds this study already; raises a UserError where it holds something else.
        write: writes the study down in a folder that is its own.

    Raises:
        UserError: `out` holds something else, cannot be written to, or another process works on the study.
    """
    if out is not None:
        return _enter(named_folder(out), check, write)
    for number in itertools.count(1):
        folder = Path(stem if number == 1 else f"{stem}-{number}")
        try:
            return _enter(folder, check, write)
        except _TakenError:
            continue
    raise AssertionError("there are always further numbers")


class _TakenError(UserError):
    """A folder is another study's, or something else."""


def _enter(folder: Path, check: Callable[[Path], bool], write: Callable[[Path], None]) -> Path:
    try:
        there = _holds(folder, check)
        folder.mkdir(parents=True, exist_ok=True)
        # whoever is about to begin a study here says in a moment which
        with sole_work(folder, 0.0 if there else START_SECONDS):
            _holds(folder, check)
            write(folder)
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with {argument('out')}."
        ) from error
    return folder


def _holds(folder: Path, check: Callable[[Path], bool]) -> bool:
    try:
        return check(folder)
    except UserError as error:
        raise _TakenError(error.message) from error


def left_by_a_start(folder: Path) -> bool:
    """Say whether a folder is not there, empty, or holds only what a start that was cut off left."""
    if folder.is_file():
        return False
    return not folder.exists() or all(path.name.startswith(_LEFT) for path in folder.iterdir())
