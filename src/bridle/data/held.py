"""Tables whose test rows are the same in all replicates, so that something may be found without ever seeing them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bridle.data import arrays
from bridle.data.dataset import Dataset
from bridle.data.parts import TEST, TRAIN
from bridle.grammar import Call, Value, parse_call


def with_fixed_test(dataset: Dataset, seed: int) -> Dataset:
    """Return a data set of the same rows whose replicates share their test rows: those of its first draw.

    Data sets whose replicates share the test rows already, or no row at all, are returned as they are.

    Args:
        dataset: any.
        seed: of the draw.
    """
    if dataset.design != "overlapping":
        return dataset
    split = dataset.replicate(0, seed)
    given = np.full((1, len(split.targets)), TRAIN, np.int8)
    given[0, split.test] = TEST
    kind: Call = parse_call(dataset.spec)
    rows: Any = dataset.rows
    if rows is None:
        rows = arrays.ArrayRows(
            dataset.name,
            split.inputs,
            split.targets,
            dataset.task,
            dataset.features,
            dataset.shape,
            dataset.channels,
            dataset.weights,
        )
        kind = Call(arrays.KIND.name)
    rows = replace(rows, given=given, typed=())
    sizes = dataset.sizes
    arguments: dict[str, Value] = {
        "sha256": f"x{rows.digest()}",
        "validation": sizes.validation / (sizes.train + sizes.validation),
        "test": sizes.test / len(split.targets),
        "task": dataset.task.kind,
        **dataset.task.arguments,
    }
    found: Dataset = rows.dataset(Call(kind.name, arguments))
    return replace(found, defaults=dataset.defaults)
