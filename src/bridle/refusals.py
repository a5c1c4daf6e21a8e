"""Errors of the operating system in words, with what to do: no room, no permission, a folder in the way."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from bridle.errors import UserError
from bridle.wording import argument

_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY}
_DISK = {errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO}
_LONG = {errno.ENAMETOOLONG}
_DATABASE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_PERM: _PERMISSION,
    sqlite3.SQLITE_READONLY: _PERMISSION,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CANTOPEN: _PERMISSION,
}
_ADVICE = (
    (_ROOM, "Make room"),
    (_PERMISSION, "Mend the permissions, or choose a folder that may be written to"),
    (_IN_THE_WAY, "Something of that name is in the way: move it elsewhere"),
    (_DISK, "See whether the disk is well and connected"),
    (_LONG, f"Choose a shorter name with {argument('out')}"),
)


class NotWritableError(UserError):
    """A folder may not be written to; what it holds can still be read."""


def check_free(folder: Path, names: Iterable[str]) -> None:
    """Check before training that files can be written under these names.

    Raises:
        UserError: a folder has one of the names.
    """
    for name in names:
        if (folder / name).is_dir():
            raise UserError(
                f"{folder / name} is a folder, and Bridle writes a file of that name. Move it elsewhere, or "
                f"choose another folder with {argument('out')}."
            )


def refusal(error: BaseException) -> str:
    """Return in words what the system refused, with advice; empty if the error is of another kind.

    A `FileNotFoundError` is of another kind: the file may be missing because of a fault of Bridle.
    """
    cause = _cause(error)
    advice = next((advice for kind, advice in _ADVICE if kind is cause), "")
    if not advice:
        return ""
    # in a replacement, the second name is the file to be replaced
    name = getattr(error, "filename2", None) or getattr(error, "filename", None)
    place = f" {os.fsdecode(name)}" if isinstance(name, str | bytes) else ""
    return f"The system refuses{place}: {getattr(error, 'strerror', None) or error}. {advice}"


def _cause(error: BaseException) -> set[int]:
    """Return the kind of a refusal; empty if the error is none."""
    if isinstance(error, sqlite3.Error):
        # the lowest byte holds the kind; errors that Python itself raises have no code
        return _DATABASE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, set())
    if isinstance(error, OSError):
        return next((kind for kind, _ in _ADVICE if error.errno in kind), set())
    return set()


@contextlib.contextmanager
def working_in(folder: Path, then: str) -> Iterator[None]:
    """Put errors of the system into words while Bridle works in a folder.

    Args:
        folder: where files are read and written.
        then: what to do once the cause is removed, such as a command; it ends a sentence.

    Raises:
        NotWritableError: the folder may not be written to.
        UserError: the folder or something in it has gone, or the system refuses something else.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if not folder.is_dir():
            raise UserError(
                f"{folder} was removed or renamed while Bridle worked in it. Put it back, and {then}; or begin anew "
                "with the command that made it."
            ) from error
        if said := refusal(error):
            kind = NotWritableError if _cause(error) is _PERMISSION else UserError
            raise kind(f"{said}; then {then}.") from error
        name = getattr(error, "filename", None)
        if isinstance(error, FileNotFoundError) and name and folder in Path(name).parents:
            # name the folder that is missing, or the file itself where its folder exists
            gone = next((p for p in Path(name).parents if not p.exists()), Path(name))
            raise UserError(
                f"{gone} was removed while Bridle worked in {folder}; {then}."
            ) from error
        raise
