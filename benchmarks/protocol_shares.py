"""How a small table is best split: random shares against repeated folds, by the width of the intervals that follow.

    python -m benchmarks.protocol_shares fill shares.parquet --tables 30 --workers 2
    python -m benchmarks.protocol_shares table shares.parquet

Every table is drawn from a population, split ten times by each design, and every method is tuned on each split.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.protocol_rules import finer, spread
from benchmarks.protocol_sets import TABLE, population
from bridle.data.dataset import Dataset, Integers, Sizes, Split
from bridle.data.preprocessing import standardize
from bridle.data.randomness import generator
from bridle.data.splits import stratified
from bridle.engine.devices import Device
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.methods.catalogue import method as find
from bridle.methods.composition import Composition, Setting
from bridle.statistics import compare
from bridle.tasks import Classification

if TYPE_CHECKING:
    import pandas as pd

WORLDS = ("adult", "segment")
ROWS, SPLITS, EPOCHS = 400, 10, 40

DESIGNS: Mapping[str, tuple[float, float, int]] = {
    "60/20/20": (0.2, 0.2, 0), "70/15/15": (0.15, 0.15, 0), "50/25/25": (0.25, 0.25, 0),
    "65/15/20": (0.15, 0.2, 0), "5 folds, 60/20/20": (0.2, 0.2, 5), "5 folds, 65/15/20": (0.15, 0.2, 5),
    "10 folds, 70/20/10": (0.2, 0.1, 10),
}  # fmt: skip
"""Shares of validation and test rows, and the number of folds that repetitions divide the rows into, 0 for none."""

METHODS = ("l2", "dropout", "early_stopping")
RATES = (-8, 0, 8)


def parts(
    targets: Integers, design: str, number: int, seed: int
) -> tuple[Integers, Integers, Integers]:
    """Return the training, validation and test rows of one split of a table."""
    validation, test, folds = DESIGNS[design]
    names = tuple(map(str, range(targets.max() + 1)))
    sizes = {"test": round(test * len(targets)), "validation": round(validation * len(targets))}
    sizes["train"] = len(targets) - sum(sizes.values())
    if not folds:
        tested, checked, trained = stratified(
            targets, sizes, names, generator(seed, number, "shares")
        )
        return trained, checked, tested
    repetition, fold = divmod(number, folds)
    equal = {str(place): sizes["test"] for place in range(folds)}
    tested = stratified(targets, equal, names, generator(seed, repetition, "shares/folds"))[fold]
    rest = np.setdiff1d(np.arange(len(targets)), tested)
    del sizes["test"]
    own = stratified(targets[rest], sizes, names, generator(seed, number, "shares/inner"))
    return rest[own[1]].astype(np.int32), rest[own[0]].astype(np.int32), tested


def table(world: str, design: str, number: int) -> Dataset:
    """Return one table of a population, split by a design."""
    inputs, targets = population(world)
    random, classes = generator(number, 0, "shares/rows"), int(targets.max()) + 1
    names = tuple(map(str, range(classes)))
    rows = stratified(targets, {"table": ROWS}, names, random)[0]
    inputs, targets = inputs[rows], targets[rows]

    def draw(split: int, seed: int) -> Split:
        found = parts(targets, design, split, seed)
        shift, scale = standardize(inputs, found[0])
        return Split(inputs, targets, *found, shift, scale)

    first = parts(targets, design, 0, number)
    return Dataset(
        spec=f"{world}{number}", name=world, task=Classification(names),
        features=tuple(f"x{column}" for column in range(inputs.shape[1])),
        shape=(inputs.shape[1],), design="overlapping", defaults=TABLE,
        sizes=Sizes(*map(len, first)), shared=True, draw=draw,
    )  # fmt: skip


def runs(seed: int) -> list[tuple[str, RunSpec]]:
    """Return every method's runs on all splits of a table."""
    settings: list[tuple[str, int, Setting]] = [
        ("none", step, {"none": {}}) for step in finer(RATES, 9)
    ]
    for name in METHODS:
        composition, strength = Composition.parse(name), find(name).strength()
        assert strength is not None
        settings += [
            (name, step, composition.setting({(name, strength.name): strength.grid[place]}))
            for step in RATES
            for place in spread(3)
        ]  # fmt: skip
    return [
        (name, RunSpec(setting, 1.5e-3 * 10 ** (step / 16), EPOCHS, split, seed))
        for split in range(SPLITS)
        for name, step, setting in settings
    ]


def tables(world: str, design: str, numbers: range) -> pd.DataFrame:
    """Train on tables and compare the selected runs of each; return a row for each table and method."""
    import pandas as pd

    from bridle.engine.program import Program

    rows = []
    for number in numbers:
        data, own = table(world, design, number), TABLE
        program = ProgramSpec(
            own.widths, own.activation, ("dropout",), "adam", 32, schedule="linear"
        )
        asked = runs(number)
        results = Program(program, 32, data).train([spec for _, spec in asked])
        splits = [data.replicate(split, number) for split in range(SPLITS)]
        best: dict[tuple[str, int], tuple[float, float]] = {}
        right: dict[str, list[np.ndarray]] = {n: [np.empty(0)] * SPLITS for n in ("none", *METHODS)}
        for (name, spec), result in zip(asked, results, strict=True):
            merit = (result.scores["val_score"], -result.scores["val_loss"])
            if merit > best.get((name, spec.replicate), (-1.0, 0.0)):
                best[name, spec.replicate] = merit
                split = splits[spec.replicate]
                truth = split.targets[split.test]
                right[name][spec.replicate] = result.predictions["test"].argmax(axis=1) == truth
        examples = {name: np.stack(found).astype(float) for name, found in right.items()}
        sizes = (len(splits[0].train), len(splits[0].test))
        found = compare(
            None, "overlapping", examples=examples, rows=np.stack([s.test for s in splits]),
            sizes=sizes, margin=0.01, error="accuracy",
        )  # fmt: skip
        rows += [
            {"world": world, "design": design, "table": number, "method": name,
             "difference": one.difference, "low": one.low, "high": one.high,
             "score": float(examples[name].mean()), "none": float(examples["none"].mean())}
            for name, one in zip(METHODS, found.methods, strict=True)
        ]  # fmt: skip
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each world and design: scores, spread of estimates over tables, half widths, coverage."""
    truth = found.groupby(["world", "design", "method"])["difference"].transform("mean")
    found = found.assign(
        half=50 * (found["high"] - found["low"]), held=(found["low"] <= truth) & (truth <= found["high"]),
        off=100 * (found["difference"] - truth), score=100 * found["score"], none=100 * found["none"],
    )  # fmt: skip
    own = found.groupby(["world", "design"], sort=False)
    return own.agg(
        none=("none", "mean"), methods=("score", "mean"), spread=("off", "std"),
        half=("half", "mean"), held=("held", "mean"),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.protocol_shares", description=__doc__
    )
    parser.add_argument("command", choices=("fill", "table"))
    parser.add_argument("pool", type=Path)
    parser.add_argument("--tables", type=int, default=30)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    import pandas as pd

    if given.command == "table":
        print(summary(pd.read_parquet(given.pool)).round(2).to_string())
        return
    environment = Device("cpu", 0).environment()
    os.environ.clear()
    os.environ.update(environment)
    found = []
    with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
        waiting = [
            pool.submit(tables, world, design, range(first, min(first + 10, given.tables)))
            for first in range(0, given.tables, 10)
            for world in WORLDS
            for design in DESIGNS
        ]
        for done in as_completed(waiting):
            found.append(done.result())
            pd.concat(found).to_parquet(given.pool, index=False)


if __name__ == "__main__":
    main()
