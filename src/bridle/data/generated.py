"""Data sets made from formulas: every replicate gets a fresh sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import (
    Dataset,
    DatasetKind,
    Defaults,
    Sizes,
    Split,
)
from bridle.data.preprocessing import rescale, standardize
from bridle.data.randomness import generator
from bridle.data.splits import apportion, fraction_sizes, stratified
from bridle.domains import Integer, Real
from bridle.signature import Argument
from bridle.tasks import Classification, Regression, Task

Points = NDArray[np.float64]
Curve = Callable[[list[int], Mapping[str, Any], np.random.Generator], Points]

_PLANE = Defaults((128, 128), "relu", batch_size=32, epochs=60, learning_rate=0.01)
_FRIEDMAN = Defaults((64, 64), "relu", batch_size=32, epochs=100, learning_rate=0.005)
_NOISE = Defaults((128, 64), "relu", batch_size=32, epochs=20, learning_rate=0.001)


def class_counts(n: int, classes: int) -> list[int]:
    """Share `n` points among classes as evenly as possible; the last classes get the remainder."""
    return [n // classes + (label >= classes - n % classes) for label in range(classes)]


def _ring(angles: Points) -> Points:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def moons_curve(
    counts: list[int], arguments: Mapping[str, Any], random: np.random.Generator
) -> Points:
    """Return two interleaving half circles, [sum(counts), 2], as scikit-learn's make_moons."""
    upper = _ring(np.linspace(0, np.pi, counts[0]))
    lower = [1.0, 0.5] - _ring(np.linspace(0, np.pi, counts[1]))
    return np.concatenate([upper, lower])


def circles_curve(
    counts: list[int], arguments: Mapping[str, Any], random: np.random.Generator
) -> Points:
    """Return a circle within another, [sum(counts), 2], as scikit-learn's make_circles."""
    outer, inner = (_ring(np.linspace(0, 2 * np.pi, n, endpoint=False)) for n in counts)
    return np.concatenate([outer, arguments["factor"] * inner])


def spirals_curve(
    counts: list[int], arguments: Mapping[str, Any], random: np.random.Generator
) -> Points:
    """Return points on spiral arms from the centre to radius 1, [sum(counts), 2]."""
    arms = []
    for label, count in enumerate(counts):
        # the square root makes the long outer turns as dense as the short inner ones
        radius = np.sqrt(random.random(count))
        angle = 2 * np.pi * (arguments["turns"] * radius + label / len(counts))
        arms.append(radius[:, None] * _ring(angle))
    return np.concatenate(arms)


def sample(
    curve: Curve, counts: list[int], arguments: Mapping[str, Any], random: np.random.Generator
) -> tuple[Points, NDArray[np.int32]]:
    """Draw points around curves, in random order.

    Args:
        curve: gives the points without noise, class after class.
        counts: points of each class.
        arguments: of the data set; `noise` is the standard deviation around the curve.
        random: where the draw comes from.

    Returns:
        Points [n, 2] and their classes [n].
    """
    points = curve(counts, arguments, random)
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    order = random.permutation(len(points))
    points = points[order] + random.normal(scale=arguments["noise"], size=points.shape)
    return points, labels[order]


def _draw_plane(
    curve: Curve,
    classes: tuple[str, ...],
    sizes: Sizes,
    arguments: Mapping[str, Any],
    number: int,
    seed: int,
) -> Split:
    n = sizes.train + sizes.validation
    points, labels = sample(
        curve, class_counts(n, len(classes)), arguments, generator(seed, number, "points")
    )
    # separate random numbers, so that more training points do not change the test set
    test_points, test_labels = sample(
        curve, class_counts(sizes.test, len(classes)), arguments, generator(seed, number, "test")
    )
    parts = {"train": sizes.train, "validation": sizes.validation}
    train, validation = stratified(labels, parts, classes, generator(seed, number, "split"))
    inputs = np.concatenate([points, test_points]).astype(np.float32)
    shift, scale = standardize(inputs, train)
    test = np.arange(n, n + sizes.test, dtype=np.int32)
    targets = np.concatenate([labels, test_labels])
    return Split(inputs, targets, train, validation, test, shift, scale)


def _build_plane(
    name: str,
    curve: Curve,
    classes: tuple[str, ...] | None,
    defaults: Defaults,
    spec: str,
    arguments: Mapping[str, Any],
) -> Dataset:
    classes = classes or tuple(f"arm {label}" for label in range(arguments["classes"]))
    parts = fraction_sizes(arguments["n"], arguments["validation"])
    sizes = Sizes(parts.train, parts.validation, arguments["test"])
    counts = class_counts(arguments["n"], len(classes))
    # checked now, before anything is planned
    apportion(counts, {"train": sizes.train, "validation": sizes.validation}, classes)
    return Dataset(
        spec=spec,
        name=name,
        task=Classification(classes),
        features=("x1", "x2"),
        shape=(2,),
        design="fresh",
        defaults=defaults,
        sizes=sizes,
        shared=False,
        draw=partial(_draw_plane, curve, classes, sizes, dict(arguments)),
    )


def _draw_noise(classes: int, features: int, sizes: Sizes, number: int, seed: int) -> Split:
    inputs, targets = [], []
    for part, size in (
        ("train", sizes.train),
        ("validation", sizes.validation),
        ("test", sizes.test),
    ):
        inputs.append(generator(seed, number, f"{part}/inputs").random((size, features)))
        targets.append(generator(seed, number, f"{part}/targets").integers(classes, size=size))
    rows = np.arange(sizes.train + sizes.validation + sizes.test, dtype=np.int32)
    train, validation, test = np.split(rows, [sizes.train, sizes.train + sizes.validation])
    # as in the work that this set comes from, uniform numbers are not scaled
    shift, scale = rescale(features, 0, 1)
    return Split(
        np.concatenate(inputs).astype(np.float32),
        np.concatenate(targets).astype(np.int32),
        train,
        validation,
        test,
        shift,
        scale,
    )


def _build_noise(spec: str, arguments: Mapping[str, Any]) -> Dataset:
    features, classes = arguments["features"], arguments["classes"]
    sizes = Sizes(arguments["train"], arguments["validation"], arguments["test"])
    return Dataset(
        spec=spec,
        name="noise",
        task=Classification.of(classes),
        features=tuple(f"feature_{column}" for column in range(features)),
        shape=(features,),
        design="fresh",
        defaults=_NOISE,
        sizes=sizes,
        shared=False,
        draw=partial(_draw_noise, classes, features, sizes),
    )


def friedman_surface(points: Points) -> Points:
    """Return Friedman's function #1 of the first five columns of `points [n, d]`, `[n]`, from about 0 to 30.

    10 sin(π x₁x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅ (Friedman, "Multivariate adaptive regression splines", The Annals of
    Statistics 19, 1991).
    """
    x = points.T
    surface: Points = (
        10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
    )
    return surface


def _draw_friedman(
    noise: float, features: int, task: Task, sizes: Sizes, number: int, seed: int
) -> Split:
    inputs, targets = [], []
    # the test part has its own stream: more training points must not change it
    for purpose, size in (("points", sizes.train + sizes.validation), ("test", sizes.test)):
        random = generator(seed, number, purpose)
        points = random.random((size, features))
        inputs.append(points)
        targets.append(friedman_surface(points) + random.normal(scale=noise, size=size))
    rows = np.arange(sum(asdict(sizes).values()), dtype=np.int32)
    train, validation, test = np.split(rows, [sizes.train, sizes.train + sizes.validation])
    x = np.concatenate(inputs).astype(np.float32)
    y = np.concatenate(targets).astype(np.float32)[:, None]
    return Split(x, y, train, validation, test, *standardize(x, train), task.scaling(y[train]))


def _build_friedman(spec: str, arguments: Mapping[str, Any]) -> Dataset:
    parts = fraction_sizes(arguments["n"], arguments["validation"])
    sizes = Sizes(parts.train, parts.validation, arguments["test"])
    task = Regression(("y",))
    task = task.learned(**{a.name: arguments[a.name] for a in task.declares})
    return Dataset(
        spec=spec,
        name="friedman",
        task=task,
        features=tuple(f"x{column + 1}" for column in range(arguments["features"])),
        shape=(arguments["features"],),
        design="fresh",
        defaults=_FRIEDMAN,
        sizes=sizes,
        shared=False,
        draw=partial(_draw_friedman, arguments["noise"], arguments["features"], task, sizes),
    )


RELEVANT = 5
"""Features that `friedman_surface` depends on, the first ones."""

_N = Argument("n", Integer(10, 10_000_000), 200, "points for training and validation together")
_VALIDATION = Argument(
    "validation", Real(0, 1, open_low=True, open_high=True), 0.5, "fraction of the n points"
)
# many by default: they cost little and keep the noise of the test set small; at least the maximum number of arms
_TEST = Argument(
    "test",
    Integer(100, 10_000_000),
    10_000,
    "points that the networks of a replicate are tested on",
    silent=True,
)


def _spread(default: float) -> Argument:
    return Argument(
        "noise", Real(0, 1000), default, "standard deviation of the noise on both features"
    )


def _plane(
    name: str,
    curve: Curve,
    classes: tuple[str, ...] | None,
    summary: str,
    arguments: tuple[Argument, ...],
    source: str,
    learning_rate: float = _PLANE.learning_rate,
) -> DatasetKind:
    defaults = replace(_PLANE, learning_rate=learning_rate)
    return DatasetKind(
        name=name,
        summary=summary,
        arguments=(_N, *arguments, _VALIDATION, _TEST),
        design="fresh",
        defaults=defaults,
        source=source,
        licence="none needed: made from a formula",
        build=partial(_build_plane, name, curve, classes, defaults),
    )


KINDS = (
    _plane(
        "moons",
        moons_curve,
        ("upper", "lower"),
        "two interleaving half circles in the plane, with noise",
        (_spread(0.3),),
        "the formula of sklearn.datasets.make_moons",
    ),
    _plane(
        "circles",
        circles_curve,
        ("outer", "inner"),
        "a circle within another in the plane, with noise",
        (
            _spread(0.2),
            Argument("factor", Real(0, 1, open_high=True), 0.5, "radius of the inner circle"),
        ),
        "the formula of sklearn.datasets.make_circles",
        learning_rate=0.002,
    ),
    _plane(
        "spirals",
        spirals_curve,
        None,
        "spiral arms in the plane, wound into each other, with noise",
        (
            _spread(0.08),
            Argument("turns", Real(0, open_low=True), 1.5, "turns from centre to rim"),
            Argument("classes", Integer(2, 100), 2, "number of arms"),
        ),
        "points on arcs of r = t, at angles 2π(turns·t + class/classes)",
    ),
    DatasetKind(
        name="noise",
        summary="uniform features and random labels: nothing can be learnt here",
        arguments=(
            Argument("train", Integer(1, 10_000_000), 1000, "training rows"),
            Argument("validation", Integer(1, 10_000_000), 1000, "validation rows"),
            Argument("features", Integer(1, 100_000), 100, "independent uniform features"),
            Argument("classes", Integer(2, 1000), 10, "classes, all equally likely"),
            _TEST,
        ),
        design="fresh",
        defaults=_NOISE,
        source="labels drawn apart from the features: a trap for methods that claim to help",
        licence="none needed: made from a formula",
        build=_build_noise,
    ),
    DatasetKind(
        name="friedman",
        summary="a smooth function of 5 uniform features among others, with noise: a regression",
        arguments=(
            _N,
            Argument("noise", Real(0, 1000), 1.0, "standard deviation of the noise on the target"),
            Argument(
                "features",
                Integer(RELEVANT, 100_000),
                10,
                "features; 5 of them matter",
                silent=True,
            ),
            _VALIDATION,
            replace(_TEST, silent=False),
            *Regression.declares,
        ),
        design="fresh",
        defaults=_FRIEDMAN,
        source="J. Friedman, Multivariate adaptive regression splines, The Annals of Statistics 19, 1991; the formula "
        "of sklearn.datasets.make_friedman1",
        licence="none needed: made from a formula",
        build=_build_friedman,
    ),
)
