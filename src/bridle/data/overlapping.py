"""Data sets that are one table, split anew into train, validation and test by every replicate."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import numpy as np

from bridle.data.dataset import (
    Argument,
    Channels,
    Dataset,
    Defaults,
    Inputs,
    Integers,
    Sizes,
    Split,
)
from bridle.data.preprocessing import rescale, standardize
from bridle.data.randomness import generator
from bridle.data.splits import apportion, fraction_sizes, stratified
from bridle.domains import Real

_FRACTION = Real(0, 1, open_low=True, open_high=True)

FRACTIONS = (
    Argument("validation", _FRACTION, 0.2, "fraction of all rows that selects settings"),
    Argument("test", _FRACTION, 0.2, "fraction of all rows that judges"),
)


def overlapping(
    spec: str,
    name: str,
    inputs: Inputs,
    targets: Integers,
    *,
    classes: tuple[str, ...],
    features: tuple[str, ...],
    shape: tuple[int, ...],
    defaults: Defaults,
    validation: float,
    test: float,
    pixels: tuple[float, float] | None = None,
    channels: Channels = "last",
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Make a data set of one table.

    Args:
        spec: canonical specification.
        name: what people call it.
        inputs: [n, d]; made read-only, since every replicate shares it.
        targets: [n] int32; made read-only.
        classes: names of the classes.
        features: names of the d columns.
        shape: of one example.
        defaults: network and training that suit it.
        validation: fraction of all rows.
        test: fraction of all rows.
        pixels: the values of which a network sees 0 and 1; None standardizes on the training rows.
        channels: which axis of the images as they were given held the channels.
        notes: sentences on how the rows were read.

    Raises:
        UserError: the rows do not suffice for such a split.
    """
    sizes = fraction_sizes(len(inputs), validation, test)
    counts = np.bincount(targets, minlength=len(classes))
    # checked now, before anything is planned
    apportion(counts.tolist(), asdict(sizes), classes)
    inputs.setflags(write=False)
    targets.setflags(write=False)
    return Dataset(
        spec=spec,
        name=name,
        classes=classes,
        features=features,
        shape=shape,
        design="overlapping",
        defaults=defaults,
        sizes=sizes,
        shared=True,
        draw=partial(_draw, inputs, targets, classes, sizes, pixels),
        channels=channels,
        notes=notes,
    )


def _draw(
    inputs: Inputs,
    targets: Integers,
    classes: tuple[str, ...],
    sizes: Sizes,
    pixels: tuple[float, float] | None,
    number: int,
    seed: int,
) -> Split:
    random = generator(seed, number, "split")
    train, validation, test = stratified(targets, asdict(sizes), classes, random)
    shift, scale = (
        standardize(inputs, train) if pixels is None else rescale(inputs.shape[1], *pixels)
    )
    return Split(inputs, targets, train, validation, test, shift, scale)
