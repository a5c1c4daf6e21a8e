"""Data sets that are one table, split anew into train, validation and test by every replicate."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import (
    Channels,
    Dataset,
    Defaults,
    Floats,
    Inputs,
    Split,
    Targets,
)
from bridle.data.parts import Parts
from bridle.data.preprocessing import relative, rescale, standardize
from bridle.domains import Real
from bridle.signature import Argument
from bridle.tasks import Task

_FRACTION = Real(0, 1, open_low=True, open_high=True)

FRACTIONS = (
    Argument("validation", _FRACTION, 0.2, "fraction of all rows that selects settings"),
    Argument("test", _FRACTION, 0.2, "fraction of all rows that judges"),
)


def overlapping(
    spec: str,
    name: str,
    inputs: Inputs,
    targets: Targets,
    *,
    task: Task,
    features: tuple[str, ...],
    shape: tuple[int, ...],
    defaults: Defaults,
    validation: float,
    test: float,
    pixels: tuple[float, float] | None = None,
    channels: Channels = "last",
    weights: Floats | None = None,
    given: NDArray[np.int8] | None = None,
    notes: tuple[str, ...] = (),
    rows: Any = None,
) -> Dataset:
    """Make a data set of one table.

    Args:
        spec: canonical specification.
        name: what people call it.
        inputs: [n, d]; made read-only, since every replicate shares it.
        targets: [n, *task.target_shape]; made read-only.
        task: what is learned.
        features: names of the d columns.
        shape: of one example.
        defaults: network and training that suit it.
        validation: fraction of all rows.
        test: fraction of all rows.
        pixels: the values of which a network sees 0 and 1; None standardizes on the training rows.
        channels: which axis of the images as they were given held the channels.
        weights: [n] of the examples, where they do not all count alike; made read-only.
        given: [S, n], what every row is in S given splits, as `Parts.given`; None draws all splits.
        notes: sentences on how the rows were read.
        rows: what is stored with a study, if the data set cannot be loaded by its name.

    Raises:
        UserError: the rows do not suffice for such a split.
    """
    strata, names = task.strata(targets)
    # checked now, before anything is planned
    parts = Parts(strata, names, validation, test, given=given)
    inputs.setflags(write=False)
    targets.setflags(write=False)
    if weights is not None:
        weights.setflags(write=False)
    return Dataset(
        spec=spec,
        name=name,
        task=task,
        features=features,
        shape=shape,
        design=parts.design,
        defaults=defaults,
        sizes=parts.sizes,
        folds=parts.folds,
        shared=True,
        draw=partial(_draw, inputs, targets, weights, task, parts, pixels),
        channels=channels,
        weights=weights,
        notes=notes,
        rows=rows,
    )


def _draw(
    inputs: Inputs,
    targets: Targets,
    weights: Floats | None,
    task: Task,
    parts: Parts,
    pixels: tuple[float, float] | None,
    number: int,
    seed: int,
) -> Split:
    train, validation, test = parts.draw(number, seed)
    shift, scale = (
        standardize(inputs, train) if pixels is None else rescale(inputs.shape[1], *pixels)
    )
    return Split(
        inputs,
        targets,
        train,
        validation,
        test,
        shift,
        scale,
        task.scaling(targets[train]),
        relative(weights, train),
    )
