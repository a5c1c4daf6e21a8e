"""Models as files: one safetensors file each, with JSON in its header. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridle.errors import Unquoted, UserError
from bridle.files import array_bytes, digest, write_bytes

FORMAT = 1
ENDING = ".safetensors"
_KEY, _SEAL = "bridle", "seal"


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Path:
    """Write JSON and arrays into one file; see `Model.save`."""
    path = path if path.suffix else path.with_suffix(ENDING)
    text = json.dumps({**about, "format": FORMAT, "digest": _digest(arrays)}, sort_keys=True)
    content = array_bytes(arrays, {_KEY: text, _SEAL: digest(text.encode())})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_bytes(path, content)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror or error}.") from None


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the JSON and the arrays of a file that `write` wrote; errors as of `load`."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"{path} {what}; expected a model that was saved: model.save(path).")
    try:
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except (SafetensorError, OSError, ValueError) as error:
        raise _bad(path, f"no whole safetensors file ({error})") from None
    if _KEY not in header:
        raise _bad(path, "a safetensors file of something else")
    if header.get(_SEAL) != digest(header[_KEY].encode()):
        raise _bad(path, "a description that was changed")
    about = json.loads(header[_KEY])
    if about.pop("format") != FORMAT:
        raise _bad(path, f"a model of another format; this version reads {FORMAT}")
    if about.pop("digest") != _digest(arrays):
        raise _bad(path, "numbers that were changed")
    return about, arrays


def _bad(path: Path, what: str) -> UserError:
    return UserError(
        argument=str(path),
        expected="a model that was saved by model.save(path)",
        received=Unquoted(what),
        advice="Save it again, or copy it again from where it was made.",
    )


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the digest of all arrays, their names, types and shapes."""
    parts = []
    for name in sorted(arrays):
        value = arrays[name]
        parts.append(f"{name} {value.dtype.str} {value.shape} {digest(value.tobytes())}")
    return digest("\n".join(parts).encode())
