"""Models as files: one safetensors file each, with JSON in its header. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridle.errors import Unquoted, UserError, shown
from bridle.files import array_bytes, digest, file_to_write, write_file

FORMAT = 1
ENDING = ".safetensors"
NAME = f"model{ENDING}"
"""The name of a model in a study's folder."""

_KEY, _SEAL = "bridle", "seal"
_MODEL = "a model that `bridle refit` or model.save(path) wrote"


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Path:
    """Write JSON and arrays into one file; see `Model.save`."""
    path = target(path)
    text = json.dumps({**about, "format": FORMAT, "digest": _digest(arrays)}, sort_keys=True)
    write_file(path, array_bytes(arrays, {_KEY: text, _SEAL: digest(text.encode())}))
    return path


def target(path: Path, argument: str = "path") -> Path:
    """Return the file that a model is written to: the ending is added where there is none.

    Raises:
        UserError: it cannot be written; nothing was trained for it yet.
    """
    ended = path if path.suffix or not path.name else path.with_name(f"{path.name}{ENDING}")
    return file_to_write(str(ended), argument)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the JSON and the arrays of a file that `write` wrote; errors as of `load`."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        inside = path / NAME
        meant = (str(path), str(inside)) if inside.is_file() else None
        asked = f" Did you mean {shown(str(inside))}?" if meant else ""
        raise UserError(f"{path} {what}; expected {_MODEL}.{asked}", instead=meant)
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
        expected=_MODEL,
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
