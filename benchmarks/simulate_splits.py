"""Train networks on tables drawn from real populations, and count how often intervals over their splits hold the truth.

    python -m benchmarks.simulate_splits --tables 200

prints the table of docs/evidence/overlapping-splits.md. Every table is split at random, 60 to 20 to 20, and every
method is trained on each split by Bridle's own engine. The truth is the mean over all tables: what a table of this
size gives on average in this population. Needs the folder that `BRIDLE_DATA` names, with adult, bank-marketing, MNIST
and Fashion-MNIST.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from bridle.data import from_arrays, load
from bridle.engine.program import Program
from bridle.statistics import Comparison, compare
from bridle.statistics.checks import Floats
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan

METHODS = ("none", "l2", "early_stopping", "dropout", "batch_norm")
GRID = {"l2": {"strength": (1e-2,)}, "dropout": {"rate": (0.3,)}}
WIDTH = 32

Score = Literal["accuracy", "log-loss"]


@dataclass(frozen=True)
class World:
    """Tables of so many rows of a population, split so often, and epochs of training."""

    population: str
    rows: int
    replicates: int
    epochs: int


WORLDS = (
    World("adult", 50, 10, 40),
    World("adult", 100, 10, 40),
    World("bank-marketing", 150, 30, 30),
    World("bank-marketing", 400, 10, 20),
    World("mnist", 200, 10, 30),
    World("fashion_mnist", 600, 10, 20),
    World("mnist", 1000, 5, 15),
    World("adult", 5000, 5, 5),
)


def population(name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int_]]:
    """Return all rows of a real data set, numbers only: images at half their size, large numbers as logarithms."""
    if "mnist" in name:
        images = load(name).replicate(0, 0)
        square = images.inputs.reshape(-1, 14, 2, 14, 2).astype(np.float32)
        return square.mean((2, 4)).reshape(len(square), -1) / 255, images.targets.astype(int)
    import pandas as pd

    table = pd.read_csv(Path(os.environ["BRIDLE_DATA"]) / "tabular" / f"{name}.csv.gz")
    numbers = table.drop(columns="target").select_dtypes("number").dropna(axis=1)
    inputs = numbers.to_numpy(np.float32)
    return np.sign(inputs) * np.log1p(np.abs(inputs)), pd.factorize(table["target"])[0]


@dataclass(frozen=True)
class Trained:
    """What became of one table: by method [splits, test rows] of both scores, and which row each is."""

    right: dict[str, Floats]
    minus_loss: dict[str, Floats]
    rows: npt.NDArray[np.int_]


def tables(world: World, number: int, seed: int = 0) -> Iterator[Trained]:
    """Draw tables and train every method on every split of each."""
    inputs, targets = population(world.population)
    rng = np.random.default_rng([seed, world.rows, len(inputs)])
    plan: Plan | None = None
    for _ in range(number):
        rows = enough_of_each(targets, world.rows, rng)
        dataset = from_arrays(inputs[rows], targets[rows])
        if plan is None:
            asked = Request(
                methods=METHODS, replicates=world.replicates, epochs=world.epochs, grid=GRID,
                widths=WIDTH, learning_rate=3e-3,
            )  # fmt: skip
            plan = make_plan(dataset, asked)
        programs = defaultdict(list)
        for run in plan.runs:
            programs[run.program].append(run)
        splits = [dataset.replicate(r, plan.seed) for r in range(world.replicates)]
        shape = (world.replicates, len(splits[0].test))
        right = {method: np.empty(shape) for method in METHODS}
        losses = {method: np.empty(shape) for method in METHODS}
        for program, runs in programs.items():
            found = Program(program, 32, dataset).train([run.spec for run in runs])
            for run, result in zip(runs, found, strict=True):
                split, logits = splits[run.replicate], result.predictions["test"].astype(float)
                truth = split.targets[split.test]
                right[run.method][run.replicate] = logits.argmax(axis=1) == truth
                logits = logits - logits.max(axis=1, keepdims=True)
                own = logits[np.arange(len(truth)), truth]
                losses[run.method][run.replicate] = own - np.log(np.exp(logits).sum(axis=1))
        yield Trained(right, losses, np.stack([split.test for split in splits]))


def enough_of_each(
    targets: npt.NDArray[np.int_], rows: int, rng: np.random.Generator
) -> npt.NDArray[np.int_]:
    """Draw a table in which every class has rows for all parts."""
    while True:
        drawn = rng.choice(len(targets), rows, replace=False)
        if np.bincount(targets[drawn], minlength=targets.max() + 1).min() >= 5:
            return drawn


@dataclass(frozen=True)
class Counts:
    """What intervals did: how often one holds the truth, studies that err, half widths by the oracle's."""

    covered: float
    wrong: float
    width: float


def count(found: list[Trained], score: Score, replicates: int, rows: bool) -> Counts:
    """Compare every table's methods, with or without the rows of their test parts.

    The oracle knows how far estimates spread over tables, and takes the normal quantile for all methods together.
    """
    comparisons = [_compare(one, score, replicates, rows) for one in found]
    whole = [_compare(one, score, len(one.rows), rows) for one in found]
    truth = np.mean([[c.difference for c in one.methods] for one in whole], axis=0)
    estimates = np.array([[c.difference for c in one.methods] for one in comparisons])
    low = np.array([[c.low for c in one.methods] for one in comparisons])
    high = np.array([[c.high for c in one.methods] for one in comparisons])
    held = (low <= truth) & (truth <= high)
    oracle = 2.4909 * estimates.std(axis=0, ddof=1)  # Šidák's quantile for four
    return Counts(
        float(held.mean()),
        float((~held.all(axis=1)).mean()),
        float(np.median(((high - low) / 2).mean(axis=0) / oracle)),
    )


def _compare(one: Trained, score: Score, replicates: int, rows: bool) -> Comparison:
    tables = one.right if score == "accuracy" else one.minus_loss
    test = one.rows.shape[1]
    return compare(
        None,
        "overlapping",
        examples={name: table[:replicates] for name, table in tables.items()},
        rows=one.rows[:replicates] if rows else None,
        sizes=(3 * test, test),
        margin=0.01,
        error="accuracy" if score == "accuracy" else "loss",
    )


def _cells(found: Counts) -> str:
    return f"{100 * found.covered:.1f} % | {100 * found.wrong:.1f} % | {found.width:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=200, help="tables for each world")
    parser.add_argument("--worlds", type=int, nargs="*", help="which, from 0; all by default")
    given = parser.parse_args()
    print(
        "| population | rows | splits | score | by rows: held | err | half width "
        "| corrected t: held | err | half width |"
    )
    print("|" + "---|" * 10)
    for number in given.worlds or range(len(WORLDS)):
        world, start = WORLDS[number], time.perf_counter()
        found = list(tables(world, given.tables))
        for score in ("accuracy", "log-loss"):
            for replicates in sorted({3, 5, world.replicates}):
                old = _cells(count(found, score, replicates, False))
                counts = score == "accuracy"  # of losses rows are not used
                new = _cells(count(found, score, replicates, True)) if counts else "– | – | –"
                place = f"{world.population} | {world.rows:,} | {replicates} | {score}"
                print(f"| {place} | {new} | {old} |", flush=True)
        print(f"{world.population} {world.rows}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
