"""Data of your own, `X` and `y`, as a data set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.data.dataset import (
    Channels,
    Dataset,
    Floats,
    Inputs,
    Targets,
)
from bridle.data.examples import examples
from bridle.data.images import pixel_range
from bridle.data.overlapping import FRACTIONS, overlapping
from bridle.data.parts import Splits, of_list
from bridle.data.roles import Roles
from bridle.data.stored import kind_of_stored, signature_of, usual_training
from bridle.data.tabular import from_table
from bridle.data.targets import example_weights, targets
from bridle.errors import UserError
from bridle.grammar import Call, Value
from bridle.tables.frames import as_raw
from bridle.tasks import TASKS, Task

_FEW_VALUES = (
    "A few pixels are far brighter or darker than all others, so each pixel was standardized on the "
    "training rows."
)


@dataclass(frozen=True)
class ArrayRows:
    """The content of a data set made of arrays, without its split.

    `given` are the splits that were given, as `bridle.data.parts.Parts` has them. `typed` are the words that name the
    same data on a command line, if they came from a file or a folder.
    """

    name: str
    inputs: Inputs
    targets: Targets
    task: Task
    features: tuple[str, ...]
    shape: tuple[int, ...]
    channels: Channels = "last"
    weights: Floats | None = None
    given: Splits | None = None
    typed: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return 12 hexadecimal digits that identify the content; they do not depend on the name."""
        header = [self.inputs.dtype.str, self.shape, self.task.names, self.features]
        total = hashlib.sha256(json.dumps(header).encode())
        total.update(np.ascontiguousarray(self.inputs).data)
        total.update(np.ascontiguousarray(self.targets).data)
        for more in (self.weights, self.given):
            if more is not None:
                total.update(more.data)
        return total.hexdigest()[:12]

    def content(self) -> dict[str, np.ndarray]:
        """Return the arrays to be stored."""
        found = {
            "inputs": self.inputs,
            "targets": self.targets,
            "weights": self.weights,
            "given": self.given,
        }
        return {name: array for name, array in found.items() if array is not None}

    def about(self) -> dict[str, Any]:
        """Return what is stored beside the arrays, as JSON."""
        return {
            "name": self.name,
            "task": self.task.kind,
            "names": self.task.names,
            "features": self.features,
            "shape": self.shape,
            "channels": self.channels,
            "typed": self.typed,
        }

    @classmethod
    def stored(cls, content: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> ArrayRows:
        """Return what was stored."""
        return cls(
            name=about["name"],
            inputs=content["inputs"],
            targets=content["targets"],
            task=TASKS.get(about["task"]).of(tuple(about["names"])),
            features=tuple(about["features"]),
            shape=tuple(about["shape"]),
            channels=about["channels"],
            weights=content.get("weights"),
            given=content.get("given"),
            typed=tuple(about["typed"]),
        )

    def dataset(self, call: Call) -> Dataset:
        """Return the data set that a call with its arguments written out means."""
        return _dataset(self, call)


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
    split: Any = None,
) -> Dataset:
    """Make a data set of your own examples and targets.

    Every replicate splits the rows anew, stratified by class. Numbers are standardized on the training
    rows. All pixels of images are scaled in the same way: the lowest becomes 0 and the highest 1, whatever
    their type. If a few extreme values determine that range, pixels are standardized instead.

    Args:
        X: [n, d] numbers: an array or nested lists; a frame of pandas, polars, pyarrow and so on, whose columns keep
            their names, and may hold categories, dates and missing values too; or images [n, height, width],
            [n, height, width, channels] or [n, channels, height, width].
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
        split: a list of `(train, test)` or `(train, validation, test)` row numbers, which replicates take in turn; by
            default splits are drawn.

    Raises:
        UserError: `X` or `y` is not of that form (the message names row and column), there is
            one class only, or too few rows of a class.
    """
    if not isinstance(name, str):
        raise UserError(argument="name", expected="text", received=name)
    table = as_raw(X, "X")
    if table is not None and not table.plain:
        return from_table(
            table,
            Roles(split=split),
            name=name,
            task=task,
            validation=validation,
            test=test,
            class_weight=class_weight,
            y=y,
            sample_weight=sample_weight,
        )
    found = examples(X, channels)
    learned, what, said = targets(y, len(found.inputs), task)
    weights = example_weights(sample_weight, class_weight, learned, what)
    parts = None if split is None else of_list(split, len(found.inputs))
    rows = ArrayRows(
        name, found.inputs, learned, what, found.names, found.shape, found.channels, weights, parts
    )
    given: dict[str, Value] = {
        "sha256": f"x{rows.digest()}",
        "validation": validation,
        "test": test,
        "task": what.kind,
        **what.arguments,
    }
    return _dataset(rows, Call(KIND.name, given), found.notes + said)


def _dataset(rows: ArrayRows, call: Call, notes: tuple[str, ...] = ()) -> Dataset:
    signature, pixels = signature_of(KIND.name, call), None
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
        defaults=usual_training(len(rows.inputs)),
        pixels=pixels,
        channels=rows.channels,
        weights=rows.weights,
        given=rows.given,
        notes=notes,
        rows=rows,
        **{a.name: given[a.name] for a in FRACTIONS},
    )


KIND = kind_of_stored("arrays", "rows of your own, given as arrays")
