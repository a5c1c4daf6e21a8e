"""Files written whole or not at all, and paths that may be written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle import wording
from bridle.errors import Unquoted, UserError, shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def array_bytes(arrays: Mapping[str, np.ndarray], about: Mapping[str, str] | None = None) -> bytes:
    """Return named arrays, and texts about them, in the safetensors format."""
    import numpy as np
    from safetensors.numpy import save

    whole = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    return bytes(save(whole, None if about is None else dict(about)))


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as safetensors; a reader sees the file before or after, never in between."""
    # unlike safetensors' `save_file`, this raises the system's error for a full disk
    write_bytes(path, array_bytes(arrays))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file; a reader sees it before or after, never in between."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    os.replace(partial, path)
    return path


def write_whole(path: Path, text: str) -> Path:
    """Write a text in UTF-8; a reader sees the file before or after, never in between.

    Names of folders may hold bytes that are not UTF-8; each is written as a question mark.
    """
    return write_bytes(path, text.encode("utf-8", "replace"))


def csv_text(frame: pd.DataFrame, header: bool = True) -> str:
    """Return a table as CSV, with or without its names: the same text for the same content everywhere."""
    plain = frame.copy()
    for column in plain.select_dtypes(["bool", "boolean"]):
        plain[column] = plain[column].map({True: "true", False: "false"})
    return plain.to_csv(index=False, header=header, lineterminator="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table, whole or not at all."""
    write_whole(path, csv_text(frame))


def write_json(path: Path, content: Any) -> Path:
    """Write readable JSON, whole or not at all."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape preserves
        text = json.dumps(content, indent=1, allow_nan=False)
    return write_whole(path, text + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: the file holds no JSON object; the message says why.
        OSError: it cannot be read.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, received {shown(content)}")
    return content


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def digest(*parts: bytes) -> str:
    """Return the digest of bytes: 32 hexadecimal digits."""
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        total.update(part)
    return total.hexdigest()


def file_to_write(given: str, argument: str, inputs: Iterable[str | Path] = ()) -> Path:
    """Return the path of a file that may be written: a new file, or a regular one that is not an input.

    Args:
        given: the path that the user names.
        argument: the argument that names it, such as `out`.
        inputs: files that are read; `-` is standard input.

    Raises:
        UserError: it is a folder, a device, a pipe or an input, also by another name, or its folder does not exist.
    """
    path = Path(given)
    if not given or path.name in ("", ".."):
        raise UserError(argument=argument, verb="name", expected="a file", received=given)
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
            argument=argument,
            verb="name",
            expected="a file",
            received=Unquoted(f"the folder {given}"),
            advice=f"Write {wording.argument(argument, path / 'NAME')}.",
        )
    if not stat.S_ISREG(there.st_mode):
        raise UserError(
            argument=argument,
            verb="name",
            expected="a file",
            received=Unquoted(f"the device or pipe {given}"),
        )
    for read in inputs:
        try:
            other = os.fstat(0) if str(read) == "-" else os.stat(read)
        except (OSError, ValueError):
            continue  # reading it will say what is wrong
        if os.path.samestat(there, other):
            raise UserError(
                f"{wording.argument(argument, given)} is a file that is read, and would be lost. Name another one."
            )
    return path


def _status(path: Path) -> os.stat_result | None:
    """Return the status of a path, following links; None if there is nothing."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def same_place(one: Path, other: Path) -> bool:
    """Say whether two paths mean the same file, which need not exist."""
    return os.path.realpath(one) == os.path.realpath(other)


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file that a user names, whole or not at all; a link stays a link.

    Args:
        path: of the file.
        content: what it holds, or its parts one after another; an error that these raise leaves no file.

    Raises:
        UserError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".bridle-{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
        if target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(partial, target)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def named_folder(given: str | Path, argument: str = "out") -> Path:
    """Return the folder that an argument names.

    Raises:
        UserError: it names none.
    """
    if not isinstance(given, str | Path) or given == "":
        raise UserError(argument=argument, expected="the name of a folder", received=given)
    return Path(given)


def user_cache() -> Path | None:
    """Return the folder `$BRIDLE_CACHE`, or the user's cache; None if there is no home folder."""
    given = os.environ.get("BRIDLE_CACHE")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_cache_path

    found = user_cache_path("bridle")
    return found if found.is_absolute() else None


def plain(value: Any) -> Any:
    """Return a value for JSON: NumPy scalars as numbers, missing values as None."""
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
