"""Rows of a user's own as files in a study's folder: a safetensors file, and JSON beside it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bridle.data.dataset import Dataset, DatasetKind, Defaults
from bridle.data.overlapping import FRACTIONS
from bridle.errors import UserError
from bridle.files import digest, read_json, write_json
from bridle.grammar import Call
from bridle.signature import Argument, Signature
from bridle.tasks import TASKS, Classification

FORMAT = 4

_DIGEST = re.compile(r"x?([0-9a-f]{12})\Z")


class Rows(Protocol):
    """The rows of a data set, without its split."""

    def digest(self) -> str:
        """Return 12 hexadecimal digits that identify the content; they do not depend on the name."""

    def content(self) -> dict[str, np.ndarray]:
        """Return the arrays to be stored."""

    def about(self) -> dict[str, Any]:
        """Return what is stored beside the arrays, as JSON."""


@dataclass(frozen=True)
class _Digest:
    """The domain of `sha256`: an x, so that no digest can be read as a number, and 12 digits."""

    def describe(self) -> str:
        """Say what is expected."""
        return "an x followed by 12 hexadecimal digits"

    def check(self, name: str, value: Any) -> str:
        """Return the digest with its x, or raise a UserError."""
        match = _DIGEST.match(value) if isinstance(value, str) else None
        if not match:
            raise UserError(argument=name, expected=self.describe(), received=value)
        return f"x{match[1]}"


@dataclass(frozen=True)
class _TaskName:
    """The domain of `task`: the name of a task, without arguments."""

    def describe(self) -> str:
        """Say what is expected."""
        return "the name of a task"

    def check(self, name: str, value: Any) -> str:
        """Return the proper name, or raise a UserError."""
        return TASKS.get(str(value)).name


STORED = (
    Argument("sha256", _Digest(), None, "digest of the content"),
    *FRACTIONS,
    Argument("task", _TaskName(), Classification.kind, "what is learned", silent=True),
)
"""The arguments of every data set whose rows are stored."""


_FEW, _MANY = 1_000, 10_000
"""Number of rows up to which two minutes of two cores allow twice the replicates, and from which larger batches and
fewer epochs are enough."""

_SMALL_SET = Defaults((64, 64), "relu", batch_size=32, epochs=60, learning_rate=0.001, pilot=True)
_TINY_SET = replace(_SMALL_SET, replicates=20)
_LARGE_SET = Defaults(
    (128, 64), "relu", batch_size=128, epochs=20, learning_rate=0.001, replicates=6, pilot=True
)


def kind_of_stored(name: str, summary: str) -> DatasetKind:
    """Return the entry of data sets whose rows lie in a study's folder, and not in a catalogue."""

    def build(spec: str, arguments: Mapping[str, Any]) -> Dataset:
        raise UserError(
            f"{spec} needs the folder where its rows were saved: open_saved(spec, folder)."
        )

    return DatasetKind(
        name=name,
        summary=summary,
        arguments=STORED,
        design="overlapping",
        defaults=usual_training(0),
        source="your own",
        licence="your own",
        build=build,
    )


def usual_training(rows: int) -> Defaults:
    """Return the default network and training for rows of which nothing else is known."""
    if rows >= _MANY:
        return _LARGE_SET
    return _SMALL_SET if rows > _FEW else _TINY_SET


def signature_of(name: str, call: Call) -> Signature:
    """Return the arguments of a call, those of its task among them."""
    kind = TASKS.get(str(call.arguments.get("task", Classification.kind)))
    return Signature(name, (*STORED, *kind.task.declares))


def write(call: Call, rows: Rows, name: str, folder: str | Path, again: Callable[[], str]) -> Path:
    """Keep rows in a folder.

    Writes `<kind>-<digest>.safetensors` and, beside it, a `.json`. Existing files are kept, and damaged ones replaced.

    Args:
        call: the data set's specification.
        rows: its rows.
        name: its name.
        folder: where to.
        again: returns the name of what is there already, or raises a UserError.

    Returns:
        The path of the safetensors file.

    Raises:
        UserError: the folder cannot be written.
    """
    from safetensors.numpy import save_file

    path = paths(call, folder)[0]
    with contextlib.suppress(UserError):
        if again() == name:
            return path
    about = {"format": FORMAT, **rows.about()}
    about["digest"] = _seal(about)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomically(path, lambda part: save_file(rows.content(), part))
        _atomically(path.with_suffix(".json"), lambda part: write_json(part, about))
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error}. Name a folder that can be.") from error
    return path


def read(call: Call, folder: str | Path, stored: Callable[..., Any]) -> Any:
    """Return the rows that `write` kept in a folder, made by `stored` of their arrays and JSON.

    Raises:
        UserError: they are not there, or are not what was saved.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path, beside = paths(call, folder)
    for needed in (path, beside):
        if not needed.is_file():
            raise UserError(
                f"{needed} is missing; it holds the rows of {call}. Copy it there from where the "
                f"study was made, or make the data set again from the same {_SOURCES[call.name]}."
            )
    again = f"restore both files, or compare the same {_SOURCES[call.name]} again in this folder ({folder})."
    try:
        content = load_file(path)
        about = read_json(beside)
        if about.pop("digest", None) != _seal(about):
            raise ValueError("the .json does not have its digest")
        rows = stored(content, about)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"Cannot read {path} and the .json beside it ({type(error).__name__}: {error}). R{again[1:]}"
        ) from error
    if f"x{rows.digest()}" != call.arguments["sha256"]:
        raise UserError(
            f"{path} or the .json beside it has been changed: expected content with the digest "
            f"{call.arguments['sha256']}, found x{rows.digest()}. R{again[1:]}"
        )
    return rows


_SOURCES = {"arrays": "X and y", "table": "table"}


def paths(call: Call, folder: str | Path) -> list[Path]:
    """Return the two files in `folder` that hold the rows of a call."""
    sha256 = str(call.arguments["sha256"]).removeprefix("x")
    path = Path(folder) / f"{call.name}-{sha256}.safetensors"
    return [path, path.with_suffix(".json")]


def _seal(about: Mapping[str, Any]) -> str:
    """Return the digest of the content of the `.json` beside the rows."""
    return digest(json.dumps(about, sort_keys=True).encode())


def _atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file beside `path`, and move it there when it is complete."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
