"""Tables drawn from real populations, and networks that Bridle trains on their splits.

Worlds of `simulate_splits`, `simulate_signal`, `simulate_recommendation` and `simulate_more_replicates`. A table is
split at random, 60 to 20 to 20, again and again, and every method is trained on each split. Its networks are tested on
the split's own test rows, as in a study, and on `REST` rows outside the table, which tell what they truly score. Needs
the folder that `BRIDLE_DATA` names.
"""

from __future__ import annotations

import argparse
import functools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridle.data import from_arrays, load
from bridle.data.dataset import Dataset, Split
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.methods.composition import Composition

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]

REST = 2000
"""Rows outside a table on which its networks are tested."""

LANES, WIDTH = 32, 32

PLAIN = (
    "none",
    "l2(strength=0.01)",
    "l2(strength=0.1)",
    "weight_decay(strength=10)",
    "early_stopping(patience=5)",
)
"""Methods that are part of every program."""

WRAPPED = ("dropout(rate=0.3)", "dropout(rate=0.6)", "mixup(strength=0.4)")
NORMALIZED = ("batch_norm",)
METHODS = (*PLAIN, *WRAPPED, *NORMALIZED)


@dataclass(frozen=True)
class World:
    """Studies of a population.

    Attributes:
        population: its name.
        rows: of every table.
        replicates: splits of every table.
        epochs: of training.
        tables: how many are drawn.
        shuffled: share of a table's labels that are shuffled among themselves; 1 leaves no signal.
        methods: what is trained.
    """

    population: str
    rows: int
    replicates: int
    epochs: int
    tables: int
    shuffled: float = 0.0
    methods: tuple[str, ...] = METHODS

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test rows of a split."""
        return 3 * (self.rows // 5), self.rows // 5


WORLDS = (
    World("adult", 50, 10, 40, 80),
    World("adult", 200, 32, 40, 40),
    World("adult", 1000, 10, 20, 30),
    World("bank-marketing", 150, 32, 30, 40),
    World("bank-marketing", 500, 10, 20, 60),
    World("segment", 200, 16, 60, 40),
    World("mnist", 100, 10, 40, 40),
    World("mnist", 400, 10, 20, 24),
    World("fashion_mnist", 200, 10, 30, 40),
    World("adult", 5000, 5, 5, 12),
)
"""The worlds with signal."""


@dataclass(frozen=True)
class Trained:
    """What networks gave on one table.

    Attributes:
        labels: [rows] of the table.
        rows: [replicates, test rows], which row of the table each test row is.
        predicted: [methods, replicates, test rows], classes.
        minus_loss: likewise, the logarithm of the true class's probability.
        outside: [methods, replicates], accuracy outside the table.
        outside_minus_loss: likewise minus the loss.
    """

    labels: Integers
    rows: Integers
    predicted: npt.NDArray[np.int8]
    minus_loss: npt.NDArray[np.float32]
    outside: npt.NDArray[np.float32]
    outside_minus_loss: npt.NDArray[np.float32]

    @functools.cached_property
    def right(self) -> Floats:
        """[methods, replicates, test rows], whether each prediction is right."""
        return np.asarray(self.predicted == self.labels[self.rows], float)


@functools.cache
def population(name: str) -> tuple[npt.NDArray[np.float32], Integers]:
    """Return all rows of a real data set, numbers only: images at half their size, large numbers as logarithms."""
    if "mnist" in name:
        images = load(name).replicate(0, 0)
        square = images.inputs.reshape(-1, 14, 2, 14, 2).astype(np.float32)
        return square.mean((2, 4)).reshape(len(square), -1) / 255, images.targets.astype(np.int32)
    import pandas as pd

    table = pd.read_csv(Path(os.environ["BRIDLE_DATA"]) / "tabular" / f"{name}.csv.gz")
    numbers = table.drop(columns="target").select_dtypes("number").dropna(axis=1)
    inputs = numbers.to_numpy(np.float32)
    classes = pd.factorize(table["target"])[0].astype(np.int32)
    return np.sign(inputs) * np.log1p(np.abs(inputs)), classes


def trained(world: World, tables: int | None = None, seed: int = 0) -> Iterator[Trained]:
    """Draw tables and train every method on every split of each."""
    inputs, targets = population(world.population)
    rng = np.random.default_rng([seed, world.rows, len(inputs), round(100 * world.shuffled)])
    for _ in range(world.tables if tables is None else tables):
        rows = enough_of_each(targets, world.rows, rng)
        labels = targets[rows].copy()
        chosen = rng.permutation(world.rows)[: round(world.shuffled * world.rows)]
        labels[chosen] = labels[rng.permutation(chosen)]
        others = np.setdiff1d(np.arange(len(targets)), rows)
        outside = rng.permutation(others)[:REST]
        yield _trained(world, (inputs[rows], labels), (inputs[outside], targets[outside]))


def _trained(
    world: World,
    table: tuple[npt.NDArray[np.float32], Integers],
    outside: tuple[npt.NDArray[np.float32], Integers],
) -> Trained:
    dataset = _with_rest(from_arrays(*table), outside)
    splits = [dataset.replicate(r, 0) for r in range(world.replicates)]
    own = len(splits[0].test) - len(outside[1])
    shape = (len(world.methods), world.replicates)
    predicted, losses = np.empty((*shape, own), np.int8), np.empty((*shape, own), np.float32)
    away, away_loss = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for names, methods in _programs(world.methods).items():
        program = Program(ProgramSpec((WIDTH,), "relu", names, "adam", 32), LANES, dataset)
        places = [(m, r) for r in range(world.replicates) for m in methods]
        runs = [
            RunSpec(Composition.parse(world.methods[m]).setting(), 3e-3, world.epochs, r, 0)
            for m, r in places
        ]
        for (m, r), result in zip(places, program.train(runs), strict=True):
            logits = result.predictions["test"].astype(float)
            truth = splits[r].targets[splits[r].test]
            logits -= logits.max(axis=1, keepdims=True)
            loss = logits[np.arange(len(truth)), truth] - np.log(np.exp(logits).sum(axis=1))
            classes = logits.argmax(axis=1)
            predicted[m, r], losses[m, r] = classes[:own], loss[:own]
            away[m, r], away_loss[m, r] = np.mean(classes[own:] == truth[own:]), loss[own:].mean()
    rows = np.stack([split.test[:own] for split in splits])
    return Trained(table[1], rows, predicted, losses, away, away_loss)


def _programs(methods: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
    """Return which methods each program trains."""
    found: dict[tuple[str, ...], list[int]] = {}
    for place, method in enumerate(methods):
        names = ("dropout", "mixup") if method in WRAPPED else Composition.parse(method).compiled
        found.setdefault(names, []).append(place)
    return found


def _with_rest(table: Dataset, outside: tuple[npt.NDArray[np.float32], Integers]) -> Dataset:
    """Return the table's data set with further test rows."""
    n = sum((table.sizes.train, table.sizes.validation, table.sizes.test))
    further = np.arange(n, n + len(outside[1]), dtype=np.int32)
    first = table.replicate(0, 0)
    inputs = np.concatenate([first.inputs, outside[0]])
    targets = np.concatenate([first.targets, outside[1]]).astype(np.int32)

    def draw(number: int, seed: int) -> Split:
        split = table.replicate(number, seed)
        test = np.concatenate([split.test, further])
        return replace(split, inputs=inputs, targets=targets, test=test)

    sizes = replace(table.sizes, test=table.sizes.test + len(further))
    return replace(table, draw=draw, sizes=sizes)


def enough_of_each(targets: Integers, rows: int, rng: np.random.Generator) -> npt.NDArray[np.int_]:
    """Draw a table in which every class has rows for all parts."""
    while True:
        drawn = rng.choice(len(targets), rows, replace=False)
        if np.bincount(targets[drawn], minlength=targets.max() + 1).min() >= 5:
            return drawn


def pool(world: World, folder: Path | None = None, seed: int = 0) -> list[Trained]:
    """Return the tables of a world, from `folder` where they were trained before.

    Args:
        world: what to train.
        folder: where it is kept; by default nowhere.
        seed: of the tables.
    """
    names = Trained.__dataclass_fields__
    shuffled = f"_{round(100 * world.shuffled)}" if world.shuffled else ""
    path = None
    if folder is not None:
        path = folder / f"{world.population}_{world.rows}{shuffled}_{seed}.npz"
        if path.exists():
            with np.load(path) as held:
                columns = {name: held[name] for name in names}
            return [
                Trained(**{name: columns[name][i] for name in names})
                for i in range(len(columns["labels"]))
            ]
    found = list(trained(world, seed=seed))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = {name: np.stack([getattr(one, name) for one in found]) for name in names}
        np.savez_compressed(path, allow_pickle=False, **columns)
    return found


def main() -> None:
    """Train the worlds into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=int, nargs="*", help="which, from 0; all by default")
    given = parser.parse_args()
    for number in given.worlds or range(len(WORLDS)):
        world, start = WORLDS[number], time.perf_counter()
        pool(world, given.folder)
        print(f"{world.population} {world.rows}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
