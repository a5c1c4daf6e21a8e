"""Files that are there whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import math
import os
import sqlite3
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.errors import UserError, shown

if TYPE_CHECKING:
    import numpy as np

_SYSTEM = {errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EDQUOT}
_DATABASE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as safetensors; a reader sees the file before or after, never in between."""
    import numpy as np
    from safetensors.numpy import save

    partial = path.with_suffix(".partial")
    content = save({name: np.asarray(value, order="C") for name, value in arrays.items()})
    partial.write_bytes(
        content
    )  # whose errors are the system's: `save_file` has its own for a full disk
    os.replace(partial, path)


def write_whole(path: Path, text: str) -> Path:
    """Write a text; a reader sees the file before or after, never in between."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)
    return path


def file_to_write(given: str, option: str, inputs: Iterable[str | Path] = ()) -> Path:
    """Return the path of a file that may be written: a new one, or a regular one that is no input.

    Args:
        given: the path that the user names.
        option: that names it, such as `--out`.
        inputs: files that are read; `-` is standard input.

    Raises:
        UserError: it is a folder, a device, a pipe or an input, under whatever name, or lies in no folder.
    """
    path = Path(given)
    if not given or path.name in ("", ".."):
        raise UserError(f"{option} must name a file; received {shown(given)}.")
    try:
        there = _status(path)
        folder = _status(path.parent)
    except (OSError, ValueError) as error:
        raise UserError(
            f"Cannot write {given}: {getattr(error, 'strerror', None) or error}."
        ) from None
    if there is None:
        if folder is None or not stat.S_ISDIR(folder.st_mode):
            raise UserError(f"Cannot write {given}: there is no folder {path.parent}.")
        return path
    if stat.S_ISDIR(there.st_mode):
        raise UserError(
            f"{option} must name a file, and {given} is a folder. Write {option} {path / 'NAME'}."
        )
    if not stat.S_ISREG(there.st_mode):
        raise UserError(f"{option} must name a file, and {given} is a device or a pipe.")
    for read in inputs:
        try:
            other = os.fstat(0) if str(read) == "-" else os.stat(read)
        except (OSError, ValueError):
            continue  # whoever reads it says so
        if os.path.samestat(there, other):
            raise UserError(
                f"{option} {given} is a file that is read, and would be lost. Name another one."
            )
    return path


def _status(path: Path) -> os.stat_result | None:
    """Return what is at a path, behind links; None where there is nothing."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def same_place(one: Path, other: Path) -> bool:
    """Say whether two paths are one file, whether it is there or not."""
    return os.path.realpath(one) == os.path.realpath(other)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that a user names; a reader sees it before or after, and a link stays one."""
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".bridle-{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
        if target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"Cannot write {path}: {error.strerror}.") from None


def named_folder(given: str | Path, argument: str = "out") -> Path:
    """Return the folder that an argument names.

    Raises:
        UserError: it names none.
    """
    if not isinstance(given, str | Path) or given == "":
        raise UserError(f"{argument} must be the name of a folder; received {shown(given)}.")
    return Path(given)


def refused(error: BaseException) -> bool:
    """Say whether the system refused what was asked of it: no room, or no permission."""
    if isinstance(error, sqlite3.Error):
        # the lowest byte tells the kind; errors of Python's own have no code
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DATABASE
    return isinstance(error, OSError) and error.errno in _SYSTEM


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NumPy scalars as numbers, what is missing as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    # pandas' missing value is neither a number nor None
    return None if type(value).__name__ == "NAType" else str(value)
