"""Files that are there whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import math
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.errors import UserError

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


def named_folder(given: str | Path, argument: str = "out") -> Path:
    """Return the folder that an argument names.

    Raises:
        UserError: it names none.
    """
    if not isinstance(given, str | Path) or given == "":
        raise UserError(f"{argument} must be the name of a folder; received {given!r}.")
    return Path(given)


def user_cache() -> Path | None:
    """Return the folder `$BRIDLE_CACHE`, or the user's cache; None where no home is known either."""
    given = os.environ.get("BRIDLE_CACHE")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_cache_path

    found = user_cache_path("bridle")
    return found if found.is_absolute() else None


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
