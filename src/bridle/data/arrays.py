"""Data of your own, `X` and `y`, as a data set, and the files that store it with a study."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bridle.data.dataset import (
    Channels,
    Dataset,
    DatasetKind,
    Defaults,
    Floats,
    Inputs,
    Targets,
)
from bridle.data.examples import examples
from bridle.data.images import pixel_range
from bridle.data.overlapping import FRACTIONS, overlapping
from bridle.data.targets import example_weights, targets
from bridle.errors import UserError
from bridle.files import digest, read_json, write_json
from bridle.grammar import Call, Value, parse_call
from bridle.signature import Argument, Signature
from bridle.tasks import TASKS, Classification, Task

_MANY = 10_000  # number of rows from which larger batches and fewer epochs are enough
_SMALL_SET = Defaults((64, 64), "relu", batch_size=32, epochs=60, learning_rate=0.001, pilot=True)
_LARGE_SET = Defaults(
    (256, 128), "relu", batch_size=128, epochs=20, learning_rate=0.001, replicates=6, pilot=True
)
_DIGEST = re.compile(r"x?([0-9a-f]{12})\Z")
_FORMAT = 3
_FEW_VALUES = (
    "A few pixels are far brighter or darker than all others, so each pixel was standardized on the "
    "training rows."
)


@dataclass(frozen=True)
class _Rows:
    """The content of a data set made of arrays, without its split."""

    name: str
    inputs: Inputs
    targets: Targets
    task: Task
    features: tuple[str, ...]
    shape: tuple[int, ...]
    channels: Channels = "last"
    weights: Floats | None = None

    def digest(self) -> str:
        """Return 12 hexadecimal digits that identify the content; they do not depend on the name."""
        header = [self.inputs.dtype.str, self.shape, self.task.names, self.features]
        total = hashlib.sha256(json.dumps(header).encode())
        total.update(np.ascontiguousarray(self.inputs).data)
        total.update(np.ascontiguousarray(self.targets).data)
        if self.weights is not None:
            total.update(self.weights.data)
        return total.hexdigest()[:12]


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


def from_arrays(
    X: Any,
    y: Any,
    *,
    validation: float = 0.2,
    test: float = 0.2,
    name: str = "arrays",
    channels: Channels | None = None,
    task: str | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> Dataset:
    """Make a data set of your own examples and targets.

    Every replicate splits the rows anew, stratified by class. Numbers are standardized on the training
    rows. All pixels of images are scaled in the same way: the lowest becomes 0 and the highest 1, whatever
    their type. If a few extreme values determine that range, pixels are standardized instead.

    Args:
        X: [n, d] numbers: an array, nested lists, or a frame of pandas, polars, pyarrow and so on, whose columns
            keep their names; or images [n, height, width], [n, height, width, channels] or
            [n, channels, height, width].
        y: [n] labels of any kind; classes are sorted, and ordered categories keep their order. Or [n]
            or [n, T] numbers to be predicted as they are.
        validation: fraction of all rows that selects settings.
        test: fraction of all rows for the test scores.
        name: its name in reports.
        channels: which axis of images holds their channels, `first` or `last`, if the shape is ambiguous.
        task: `classification`, `regression` or `regression(loss=huber,delta=1)`; by default it follows from `y`, and a
            note says so if numbers are treated as a quantity.
        sample_weight: [n], how much each example counts in losses and scores; by default all count alike.
        class_weight: `"balanced"`, or the weight of each class by its name: example weights by class.

    Raises:
        UserError: `X` or `y` is not of that form (the message names row and column), there is
            one class only, or too few rows of a class.
    """
    if not isinstance(name, str):
        raise UserError(argument="name", expected="text", received=name)
    found = examples(X, channels)
    learned, what, said = targets(y, len(found.inputs), task)
    weights = example_weights(sample_weight, class_weight, learned, what)
    rows = _Rows(
        name, found.inputs, learned, what, found.names, found.shape, found.channels, weights
    )
    given: dict[str, Value] = {
        "sha256": f"x{rows.digest()}",
        "validation": validation,
        "test": test,
        "task": what.kind,
        **what.arguments,
    }
    return _dataset(rows, Call(KIND.name, given), found.notes + said)


def save(dataset: Dataset, folder: str | Path) -> Path | None:
    """Keep the rows of `dataset` in `folder`, so that its specification can be opened there.

    Writes `arrays-<digest>.safetensors` and, beside it, a `.json` with the names of classes and
    features. Existing files are kept, and damaged ones are replaced.

    Returns:
        The path of the safetensors file; None for data sets that can be loaded by name alone, for
        which nothing is written.

    Raises:
        UserError: the folder cannot be written.
    """
    call = parse_call(dataset.spec)
    if call.name != KIND.name:
        return None
    from safetensors.numpy import save_file

    path = _path(folder, str(call.arguments["sha256"]))
    with contextlib.suppress(UserError):
        if open_saved(call, folder).name == dataset.name:
            return path
    split = dataset.replicate(0, 0)
    about = {
        "format": _FORMAT,
        "name": dataset.name,
        "task": dataset.task.kind,
        "names": dataset.task.names,
        "features": dataset.features,
        "shape": dataset.shape,
        "channels": dataset.channels,
    }
    content = {"inputs": split.inputs, "targets": split.targets}
    if dataset.weights is not None:
        content["weights"] = dataset.weights
    about["digest"] = _seal(about)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _atomically(path, lambda part: save_file(content, part))
        _atomically(path.with_suffix(".json"), lambda part: write_json(part, about))
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error}. Name a folder that can be.") from error
    return path


def open_saved(spec: str | Call, folder: str | Path) -> Dataset:
    """Return the data set that `save` kept in `folder`.

    Args:
        spec: of the data set, `arrays(sha256=x…,validation=…,test=…)`.
        folder: where it was saved.

    Raises:
        UserError: it is not there, or is not what was saved.
    """
    call = parse_call(spec) if isinstance(spec, str) else spec
    if call.name != KIND.name:
        raise UserError(f"{call} was never saved; expected a form like arrays(sha256=x…).")
    call = signature_of(call).resolve(call)
    path = _path(folder, str(call.arguments["sha256"]))
    for needed in (path, path.with_suffix(".json")):
        if not needed.is_file():
            raise UserError(
                f"{needed} is missing; it holds the rows of {call}. Copy it there from where the "
                f"study was made, or make the data set again with from_arrays(X, y)."
            )
    rows = _read(path)
    if f"x{rows.digest()}" != call.arguments["sha256"]:
        raise UserError(
            f"{path} or the .json beside it has been changed: expected content with the digest "
            f"{call.arguments['sha256']}, found x{rows.digest()}. Restore both files, or give the same X and y "
            f"again: bridle.compare(X, y, out={str(folder)!r})."
        )
    return _dataset(rows, call)


def saved_files(spec: str, folder: str | Path) -> list[Path]:
    """Return the files in `folder` that `open_saved` reads; empty for data sets that can be loaded by name alone."""
    call = parse_call(spec)
    if call.name != KIND.name:
        return []
    path = _path(folder, str(call.arguments["sha256"]))
    return [path, path.with_suffix(".json")]


def _read(path: Path) -> _Rows:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        content = load_file(path)
        about = read_json(path.with_suffix(".json"))
        if about.pop("digest", None) != _seal(about):
            raise ValueError("the .json does not have its digest")
        return _Rows(
            name=about["name"],
            inputs=content["inputs"],
            targets=content["targets"],
            task=TASKS.get(about["task"]).of(tuple(about["names"])),
            features=tuple(about["features"]),
            shape=tuple(about["shape"]),
            channels=about["channels"],
            weights=content.get("weights"),
        )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"Cannot read {path} and the .json beside it ({type(error).__name__}: {error}). "
            f"Restore both files, or give the same X and y again: bridle.compare(X, y, out={str(path.parent)!r})."
        ) from error


def signature_of(call: Call) -> Signature:
    """Return the arguments of a call, those of its task among them."""
    kind = TASKS.get(str(call.arguments.get("task", Classification.kind)))
    return Signature(KIND.name, (*KIND.arguments, *kind.task.declares))


def _seal(about: Mapping[str, Any]) -> str:
    """Return the digest of the content of the `.json` beside the rows."""
    return digest(json.dumps(about, sort_keys=True).encode())


def _dataset(rows: _Rows, call: Call, notes: tuple[str, ...] = ()) -> Dataset:
    signature, pixels = signature_of(call), None
    given: Mapping[str, Any] = signature.resolve(call).arguments
    if len(rows.shape) > 1:
        pixels = pixel_range(rows.inputs)
        if pixels is None:
            notes += (_FEW_VALUES,)
    return overlapping(
        signature.write(call),
        rows.name,
        rows.inputs,
        rows.targets,
        task=rows.task.learned(**{a.name: given[a.name] for a in rows.task.declares}),
        features=rows.features,
        shape=rows.shape,
        defaults=_LARGE_SET if len(rows.inputs) >= _MANY else _SMALL_SET,
        pixels=pixels,
        channels=rows.channels,
        weights=rows.weights,
        notes=notes,
        **{a.name: given[a.name] for a in FRACTIONS},
    )


def _path(folder: str | Path, sha256: str) -> Path:
    return Path(folder) / f"arrays-{sha256.removeprefix('x')}.safetensors"


def _atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file beside `path`, and move it there when it is complete."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _build(spec: str, arguments: Mapping[str, Any]) -> Dataset:
    raise UserError(f"{spec} needs the folder where its rows were saved: open_saved(spec, folder).")


KIND = DatasetKind(
    name="arrays",
    summary="rows of your own, given as arrays",
    arguments=(
        Argument("sha256", _Digest(), None, "digest of the content"),
        *FRACTIONS,
        Argument("task", _TaskName(), Classification.kind, "what is learned", silent=True),
    ),
    design="overlapping",
    defaults=_SMALL_SET,
    source="your own",
    licence="your own",
    build=_build,
)
