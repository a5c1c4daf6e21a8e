"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.errors import UserError

if TYPE_CHECKING:
    import numpy as np

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
    (_LONG, "Choose a shorter name with --out"),
)


def array_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return named arrays in the safetensors format."""
    import numpy as np
    from safetensors.numpy import save

    return bytes(save({name: np.asarray(value, order="C") for name, value in arrays.items()}))


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as safetensors; a reader sees the file before or after, never in between."""
    # `save_file` has errors of its own for a full disk; these are the system's
    write_bytes(path, array_bytes(arrays))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file; a reader sees it before or after, never in between."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    os.replace(partial, path)
    return path


def write_whole(path: Path, text: str) -> Path:
    """Write a text in UTF-8; a reader sees the file before or after, never in between.

    Names of folders may hold bytes that are no UTF-8; a question mark stands for each of them.
    """
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path: Path, content: Any) -> Path:
    """Write JSON for people to read as well, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which only an escape brings back
        text = json.dumps(content, indent=1, allow_nan=False)
    return write_whole(path, text + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: the file holds none; the message says why.
        OSError: it cannot be read.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, received {shortened(content)}")
    return content


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def shortened(value: Any, most: int = 60) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def digest(*parts: bytes) -> str:
    """Return 32 hexadecimal digits that stand for so many bytes."""
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        total.update(part)
    return total.hexdigest()


def named_folder(given: str | Path, argument: str = "out") -> Path:
    """Return the folder that an argument names.

    Raises:
        UserError: it names none.
    """
    if not isinstance(given, str | Path) or given == "":
        raise UserError(f"{argument} must be the name of a folder; received {given!r}.")
    return Path(given)


class NotWritableError(UserError):
    """A folder may not be written to; what it holds can be read all the same."""


def check_free(folder: Path, names: Iterable[str]) -> None:
    """See that files can be written under these names, before hours are spent on what they will hold.

    Raises:
        UserError: a folder has one of the names.
    """
    for name in names:
        if (folder / name).is_dir():
            raise UserError(
                f"{folder / name} is a folder, and a file of that name is to be written. Move it elsewhere, or "
                "choose another folder with --out."
            )


def refusal(error: BaseException) -> str:
    """Return in words what the system refused, with what to do; empty where it is no matter of the system's.

    A `FileNotFoundError` is not: what is missing may as well be of our own.
    """
    cause = _cause(error)
    advice = next((advice for kind, advice in _ADVICE if kind is cause), "")
    if not advice:
        return ""
    # of a file that was to take another's place, the place is meant
    name = getattr(error, "filename2", None) or getattr(error, "filename", None)
    place = f" {os.fsdecode(name)}" if isinstance(name, str | bytes) else ""
    return f"The system refuses{place}: {getattr(error, 'strerror', None) or error}. {advice}"


def _cause(error: BaseException) -> set[int]:
    """Return the kind of a refusal; nothing where it is none."""
    if isinstance(error, sqlite3.Error):
        # the lowest byte tells the kind; errors of Python's own have no code
        return _DATABASE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, set())
    if isinstance(error, OSError):
        return next((kind for kind, _ in _ADVICE if error.errno in kind), set())
    return set()


@contextlib.contextmanager
def working_in(folder: Path, then: str) -> Iterator[None]:
    """Say it in words where the system stops work in a folder.

    Args:
        folder: where files are read and written.
        then: what to do once the cause is mended, such as a command; for the end of a sentence.

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
            # the folder of what was to be written, unless that is there and the file is meant
            gone = next((p for p in Path(name).parents if not p.exists()), Path(name))
            raise UserError(
                f"{gone} was removed while Bridle worked in {folder}; {then}."
            ) from error
        raise


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
