"""MNIST-1D: ten short curves, moved, stretched, sheared and hidden in noise. A small hard problem made from a formula.

The recipe is that of S. Greydanus and D. Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024
(arXiv:2011.14439), at its own settings; every replicate draws a fresh sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Dataset, DatasetKind, Defaults, Sizes, Split
from bridle.data.randomness import generator, relabelled
from bridle.domains import Integer, Real
from bridle.signature import Argument
from bridle.tasks import Classification

Curves = NDArray[np.float64]

_HEIGHTS = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
"""The ten shapes, one a digit, as the paper gives them."""

POINTS = 40
"""Numbers of an example."""

_SHORTEST, _LONGEST = 36, 60
"""Least and greatest number of zeros behind a shape; fewer of them stretch it."""

_STRETCHED = len(_HEIGHTS[0]) + _LONGEST
_PLACES = 48
_SIZE, _SHEAR = 0.4, 0.75
_BACKGROUND, _SMOOTH, _EVERYWHERE = 0.25, 2.0, 0.02


def shapes() -> Curves:
    """Return the ten shapes `[10, 12]`: each with standard deviation 1/6, beginning at 0."""
    heights = np.array(_HEIGHTS)
    standard = (heights - heights.mean(1, keepdims=True)) / heights.std(1, keepdims=True)
    begun: Curves = (standard - standard[:, :1]) / 6
    return begun


def curves(labels: NDArray[np.int32], random: np.random.Generator) -> Curves:
    """Draw an example of each label: `[n, 40]`, not yet standardized.

    Args:
        labels: digits `[n]`.
        random: where the draw comes from.
    """
    from scipy.ndimage import gaussian_filter1d  # lists of data sets do without scipy

    n, drawn = len(labels), shapes()
    zeros = random.integers(_SHORTEST, _LONGEST + 1, n)
    # a shape and the zeros behind it, read off at 72 evenly spaced places
    padded = np.pad(drawn, [(0, 0), (0, _LONGEST + 1)])[labels]
    place = np.linspace(0, 1, _STRETCHED) * (drawn.shape[1] + zeros - 1)[:, None]
    before = np.floor(place).astype(int)
    rest = place - before
    left = np.take_along_axis(padded, before, 1)
    x = (1 - rest) * left + rest * np.take_along_axis(padded, before + 1, 1)
    x *= 1 + _SIZE * (random.random(n) - 0.5)[:, None]
    shape = place < drawn.shape[1]
    moved = (np.arange(_STRETCHED) - random.integers(0, _PLACES, n)[:, None]) % _STRETCHED
    x, shape = np.take_along_axis(x, moved, 1), np.take_along_axis(shape, moved, 1)
    background = gaussian_filter1d(random.normal(scale=_BACKGROUND, size=x.shape), _SMOOTH, axis=1)
    x = np.where(shape, x, background) + random.normal(scale=_EVERYWHERE, size=x.shape)
    slope = _SHEAR * (random.random(n) - 0.5)[:, None]
    x = x - slope * np.linspace(-0.5, 0.5, _STRETCHED)
    at = np.linspace(0, _STRETCHED - 1, POINTS)
    lower = np.minimum(at.astype(int), _STRETCHED - 2)
    between: Curves = x[:, lower] * (lower + 1 - at) + x[:, lower + 1] * (at - lower)
    return between


def _draw(random_labels: float, sizes: Sizes, number: int, seed: int) -> Split:
    inputs, targets = [], []
    counts = {"train": sizes.train, "validation": sizes.validation, "test": sizes.test}
    for part, size in counts.items():
        random = generator(seed, number, f"{part}/curves")
        labels = random.permutation(np.arange(size, dtype=np.int32) % len(_HEIGHTS))
        inputs.append(curves(labels, random))
        if part == "train":
            own = generator(seed, number, "random labels")
            labels = relabelled(labels, random_labels, len(_HEIGHTS), own)
        targets.append(labels)
    rows = np.arange(sum(counts.values()), dtype=np.int32)
    train, validation, test = np.split(rows, [sizes.train, sizes.train + sizes.validation])
    x = np.concatenate(inputs)
    # as in the paper, one mean and one standard deviation for all places
    shift = np.full(POINTS, x[train].mean(), np.float32)
    scale = np.full(POINTS, 1 / x[train].std(), np.float32)
    return Split(
        x.astype(np.float32), np.concatenate(targets), train, validation, test, shift, scale
    )


def _build(spec: str, arguments: Mapping[str, Any]) -> Dataset:
    sizes = Sizes(arguments["train"], arguments["validation"], arguments["test"])
    return Dataset(
        spec=spec,
        name="mnist_1d",
        task=Classification(tuple("0123456789")),
        features=tuple(f"place_{place}" for place in range(POINTS)),
        shape=(POINTS,),
        design="fresh",
        defaults=_DEFAULTS,
        sizes=sizes,
        shared=False,
        draw=partial(_draw, arguments["random_labels"], sizes),
    )


_DEFAULTS = Defaults((100, 100), "relu", batch_size=100, epochs=40, learning_rate=0.003)

KIND = DatasetKind(
    name="mnist_1d",
    summary="ten short curves, moved, stretched, sheared and hidden in noise, 40 numbers each",
    arguments=(
        Argument("train", Integer(10, 10_000_000), 4000, "training examples"),
        Argument("validation", Integer(10, 10_000_000), 1000, "validation examples"),
        Argument(
            "random_labels",
            Real(0, 1),
            0.0,
            "share of the training labels that is drawn anew",
            silent=True,
        ),
        Argument("test", Integer(100, 10_000_000), 10_000, "test examples", silent=True),
    ),
    design="fresh",
    defaults=_DEFAULTS,
    source="S. Greydanus, D. Kobak, Scaling down deep learning with MNIST-1D, ICML 2024, arXiv:2011.14439; the recipe, "
    "made anew",
    licence="none needed: made from a formula",
    build=_build,
)
