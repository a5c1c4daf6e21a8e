"""The data sets on which protocols are compared: bundled sets, images, and tables drawn from populations."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bridle.data import from_arrays, load
from bridle.data.dataset import Dataset, Defaults, Inputs, Integers, Sizes, Split
from bridle.data.preprocessing import standardize
from bridle.data.randomness import generator
from bridle.data.splits import stratified
from bridle.tasks import Classification

DRAWS = 8
"""Runs of one split that start from other weights: of engine replicate `DRAWS * split + draw`, 0 is every method's."""

TEST_ROWS = 2000
"""Maximum number of test rows of a split."""

NOISE = 0.4
"""Share of wrong training labels in `digits_noise`."""

TABLE = Defaults((64, 64), "relu", batch_size=32, epochs=60, learning_rate=0.001)
"""The defaults of rows of one's own (`bridle.data.arrays`), here of tables drawn from a population."""

IMAGES = Defaults((256, 128), "relu", batch_size=32, epochs=60, learning_rate=0.001)
"""MNIST's network with the batches and epochs of a table, for 200 and 1,000 images."""


def dataset(name: str) -> Dataset:
    """Return one of `SETS` or `OTHERS`; several consecutive replicates share each split."""
    own = (SETS | OTHERS)[name]()
    sizes = replace(own.sizes, test=min(own.sizes.test, TEST_ROWS))

    @functools.lru_cache(maxsize=64)
    def split(number: int, seed: int) -> Split:
        found = own.draw(number, seed)
        if len(found.test) > TEST_ROWS:
            random = generator(seed, number, "protocol/test")
            found = replace(found, test=random.permutation(found.test)[:TEST_ROWS])
        return found

    return replace(
        own, name=name, sizes=sizes, draw=lambda number, seed: split(number // DRAWS, seed)
    )


def made() -> Dataset:
    """Return a made table of 846 rows, 18 features and 4 classes."""
    from sklearn.datasets import make_classification

    inputs, targets = make_classification(
        846, 18, n_informative=10, n_redundant=4, n_classes=4, class_sep=1.2, flip_y=0.05,
        random_state=1,
    )  # fmt: skip
    return from_arrays(inputs.astype(np.float32), targets, name="made")


def _images(name: str, train: int, validation: int, defaults: Defaults | None) -> Dataset:
    found = load(f"{name}(train={train},validation={validation})")
    return found if defaults is None else replace(found, defaults=defaults)


def _whole(name: str) -> Dataset:
    """Return a table of which every split holds all rows."""
    inputs, targets = population(name)
    return replace(from_arrays(inputs, targets, name=name), defaults=TABLE)


def _drawn(name: str, rows: int) -> Dataset:
    """Return tables of so many rows drawn from a population, three quarters to train; the test rows are others."""
    inputs, targets = population(name)
    classes = tuple(map(str, range(targets.max() + 1)))
    sizes = Sizes(3 * rows // 4, rows - 3 * rows // 4, min(TEST_ROWS, len(inputs) - rows))
    parts = {"train": sizes.train, "validation": sizes.validation, "test": sizes.test}

    def draw(number: int, seed: int) -> Split:
        random = generator(seed, number, "protocol/table")
        train, validation, test = stratified(targets, parts, classes, random)
        shift, scale = standardize(inputs, train)
        return Split(inputs, targets, train, validation, test, shift, scale)

    return Dataset(
        spec=f"{name}{rows}", name=name, task=Classification(classes), shape=(inputs.shape[1],),
        features=tuple(f"x{column}" for column in range(inputs.shape[1])), design="overlapping",
        defaults=TABLE, sizes=sizes, shared=True, draw=draw,
    )  # fmt: skip


@functools.cache
def population(name: str) -> tuple[Inputs, Integers]:
    """Return all rows of a shared table: numbers, missing ones at the median, and an indicator of every category."""
    import pandas as pd

    table = pd.read_csv(Path(os.environ["BRIDLE_DATA"]) / "tabular" / f"{name}.csv.gz")
    columns = table.drop(columns="target")
    numeric = columns.select_dtypes("number")
    columns[numeric.columns] = numeric.fillna(numeric.median())
    inputs = pd.get_dummies(columns).to_numpy(np.float32)
    return inputs, pd.factorize(table["target"])[0].astype(np.int32)


def _noisy(dataset: Dataset) -> Dataset:
    """Return a data set where a share `NOISE` of the training labels of every split is wrong."""
    classes = len(dataset.classes)

    def draw(number: int, seed: int) -> Split:
        found, random = dataset.draw(number, seed), generator(seed, number, "protocol/noise")
        targets = found.targets.copy()
        wrong = random.permutation(found.train)[: round(NOISE * len(found.train))]
        targets[wrong] = (targets[wrong] + random.integers(1, classes, len(wrong))) % classes
        return replace(found, targets=targets)

    return replace(dataset, shared=False, draw=draw)


SETS: dict[str, Callable[[], Dataset]] = {
    "digits": lambda: load("digits"),
    "digits_noise": lambda: _noisy(load("digits")),
    "australian": lambda: _whole("australian"),
    "mnist_200": lambda: _images("mnist", 200, 100, IMAGES),
    "adult_1000": lambda: _drawn("adult", 1000),
    "moons": lambda: load("moons"),
    "mnist_1000": lambda: _images("mnist", 1000, 300, IMAGES),
    "bank_500": lambda: _drawn("bank-marketing", 500),
    "breast_cancer": lambda: load("breast_cancer"),
    "segment_800": lambda: _drawn("segment", 800),
    "balance_scale": lambda: _whole("balance-scale"),
    "fashion_1000": lambda: _images("fashion_mnist", 1000, 300, IMAGES),
    "blood_transfusion": lambda: _whole("blood-transfusion"),
    "circles": lambda: load("circles"),
    "adult_500": lambda: _drawn("adult", 500),
    "wine": lambda: load("wine"),
    "mnist_10000": lambda: _images("mnist", 10000, 2000, None),
}
"""The data sets, those first that say most; a pool that is cut short holds the first ones."""

OTHERS: dict[str, Callable[[], Dataset]] = {"made": lambda: replace(made(), defaults=TABLE)}
"""Data sets of other pages."""

SPLITS = {"mnist_1000": 5, "fashion_1000": 5, "mnist_10000": 5}
"""Maximum number of splits of the data sets that take longest."""


def described(name: str) -> dict[str, Any]:
    """Return what a table of the data sets shows."""
    found = dataset(name)
    sizes, own = found.sizes, found.defaults
    return {
        "training": sizes.train, "validation": sizes.validation, "test": sizes.test,
        "features": len(found.features), "classes": len(found.classes), "epochs": own.epochs,
        "batch": own.batch_size, "rate": own.learning_rate,
    }  # fmt: skip
