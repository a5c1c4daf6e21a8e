"""`filters`: the weights of the first layer as images, for data that are images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.report.figures.base import NotShownError, StudyReading, need_methods

UNITS = 12
"""Maximum number of units shown for a method: those with the largest weights."""


@dataclass(frozen=True)
class Filters:
    """One method's first layer.

    Attributes:
        method: its name, as tables write it.
        images: [units, height, width, channels] weights, the unit with the largest ones first.
        replicate: of the network.
        units: how many there are.
    """

    method: str
    images: npt.NDArray[np.float32]
    replicate: int
    units: int


@dataclass(frozen=True)
class FiltersFigure:
    """First layers, a row for each method.

    Attributes:
        methods: one for each method with a result, the baseline first.
        limit: the size of weights at which colours end, the same for all.
    """

    methods: tuple[Filters, ...]
    limit: float


def collect(reading: StudyReading) -> FiltersFigure:
    """Read the first layer of every method's first network.

    Raises:
        NotShownError: the data are no images, or the first layer does not see their pixels.
    """
    shape = reading.dataset.shape
    if len(shape) not in (2, 3):
        raise NotShownError(f"{reading.dataset.name} holds no images")
    found = []
    for label in need_methods(reading.answer):
        replicate = reading.answer.evidence.done(label)[0]
        images = _images(reading.study.weights(label, replicate), (*shape, 1)[:3])
        sizes = np.sqrt((images**2).sum(axis=(1, 2, 3)))
        largest = np.argsort(-sizes, kind="stable")[:UNITS]
        found.append(Filters(reading.name(label), images[largest], replicate, len(images)))
    sizes = np.concatenate([np.abs(one.images).ravel() for one in found])
    return FiltersFigure(tuple(found), float(np.quantile(sizes, 0.995)) or 1.0)


def _images(weights: dict[str, np.ndarray], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return the first layer's weights [units, height, width, channels]."""
    for name, axes in (("conv_0/kernel", 4), ("dense_0/kernel", 2), ("output/kernel", 2)):
        if name not in weights:
            continue
        kernel = weights[name].astype(np.float32)
        kernel = kernel[0] if kernel.ndim == axes + 1 else kernel  # the first of several models
        if axes == 4:
            return np.moveaxis(kernel, -1, 0)
        if len(kernel) == math.prod(shape):
            return np.ascontiguousarray(kernel.T).reshape(-1, *shape)
    raise NotShownError("the first layer does not see the pixels themselves")


def caption(record: FiltersFigure) -> str:
    """Say how to read the figure."""
    replicates = {one.replicate for one in record.methods}
    which = f" of replicate {replicates.pop()}" if len(replicates) == 1 else ""
    return (
        f"Each square is a unit of the first layer{which}: the weight it gives to every pixel, orange above zero, "
        f"purple below, like the background at zero; colours end at ±{record.limit:.2g} for all methods. "
        "The units with the largest weights come first."
    )


def alt(record: FiltersFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [f"{one.method} {np.abs(one.images).mean():.2g}" for one in record.methods]
    return f"Weights of the first layer as images; their mean sizes: {', '.join(parts)}."
