"""The pool of runs that all tables are read from: parts, their runs, and the training of them."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import astuple, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.protocol_sets import DRAWS, SPLITS, dataset
from bridle.data.dataset import Dataset
from bridle.engine.devices import Device
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.methods.catalogue import method as find
from bridle.methods.composition import Composition, Setting
from bridle.networks.catalogue import network_for

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("dropout", "l2", "weight_decay", "early_stopping", "mixup")
REDRAWN = "redrawn"
"""A method that does nothing: `none` from other initial weights, as many draws as a method has strengths."""

STEPS = 16
"""Learning rates are the data set's default times 10 ** (step / STEPS)."""

FINE = tuple(range(-16, 25))
QUARTERS = FINE[::4]
HALVES = FINE[::8]
SHARED = (-16, -8, -4, 0, 4, 8, 16, 24)
ALL, FOUR = tuple(range(7)), (0, 2, 4, 6)

MOST_LANES = 4096
COPIED = 2**28
"""Bytes of the weights and rows of all lanes of a GPU, at most."""

SCORES = ("val_score", "val_loss", "test_score", "test_loss", "train_score")


@dataclass(frozen=True)
class Part:
    """A part of the pool: every method's learning rates and strengths under one schedule and optimizer.

    Attributes:
        fine: steps of the learning rate of `none`.
        shared: those of all methods.
        strengths: places in the methods' own grids.
        epochs: multiples of the data set's default.
        optimizer: as `bridle.optimizers.catalogue` reads it.
        factor: on the data set's learning rate at step 0, where another optimizer needs other ones.
        schedule: of the learning rate.
        redrawn: whether the method that does nothing is trained.
        splits: number of splits of every data set, at most.
    """

    fine: tuple[int, ...]
    shared: tuple[int, ...]
    strengths: tuple[int, ...]
    epochs: tuple[float, ...] = (1.0,)
    optimizer: str = "adam"
    factor: float = 1.0
    schedule: str = "constant"
    redrawn: bool = False
    splits: int = 10


SGD = "sgd(momentum=0.9,nesterov=true)"


def _part(optimizer: str = "adam", schedule: str = "constant", *times: float) -> Part:
    """Return a small part, for a comparison of schedules or optimizers."""
    factor = 10.0 if optimizer == SGD else 1.0
    return Part(QUARTERS, HALVES, FOUR, times or (1.0,), optimizer, factor, schedule, splits=6)


PARTS = {
    "grid": Part(FINE, SHARED, ALL, redrawn=True),
    "epochs": _part("adam", "constant", 0.25, 0.5, 2.0, 4.0),
    "linear_grid": Part(FINE, SHARED, ALL, schedule="linear", redrawn=True),
    "linear_epochs": _part("adam", "linear", 0.25, 0.5, 2.0, 4.0),
    "constant": _part("adam", "constant", 1.0, 2.0),
    "linear": _part("adam", "linear", 1.0, 2.0),
    "cosine": _part("adam", "cosine", 1.0, 2.0),
    "flat_cosine": _part("adam", "flat_cosine", 1.0, 2.0),
    "warmup": _part("adam", "warmup"),
    "adamw": _part("adamw"),
    "sgd": _part(SGD),
    "sgd_linear": _part(SGD, "linear"),
}


@dataclass(frozen=True)
class Planned:
    """One run of a part: the engine's specification, and the places that tables find it by."""

    spec: RunSpec
    method: str
    step: int
    strength: int
    split: int
    times: float


def planned(part: Part, rate: float, epochs: int, splits: int) -> Iterator[Planned]:
    """Yield the runs of a part on a data set of this default learning rate and number of epochs."""
    settings: list[tuple[str, int, int, Setting, int]] = [
        ("none", step, 0, {"none": {}}, 0) for step in part.fine
    ]
    for name in METHODS:
        composition, strength = Composition.parse(name), find(name).strength()
        assert strength is not None
        settings += [
            (name, step, place, composition.setting({(name, strength.name): strength.grid[place]}), 0)
            for step in part.shared
            for place in part.strengths
        ]  # fmt: skip
    if part.redrawn:
        settings += [
            (REDRAWN, step, place, {"none": {}}, place + 1)
            for step in part.shared
            for place in range(DRAWS - 1)
        ]
    for times in part.epochs:
        for name, step, place, setting, draw in settings:
            for split in range(min(splits, part.splits)):
                spec = RunSpec(
                    setting=setting,
                    learning_rate=float(f"{rate * part.factor * 10 ** (step / STEPS):.4g}"),
                    epochs=max(1, round(epochs * times)),
                    replicate=DRAWS * split + draw,
                    seed=0,
                )
                yield Planned(spec, name, step, place, split, times)


def groups(parts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the parts grouped by the program that trains them."""
    found: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        found.setdefault((PARTS[part].optimizer, PARTS[part].schedule), []).append(part)
    return [tuple(group) for group in found.values()]


def train(name: str, parts: Sequence[str], splits: int, device: str) -> pd.DataFrame:
    """Train parts of one program on a data set in this process.

    Args:
        name: of the data set.
        parts: their names.
        splits: how many, at most.
        device: the kind that trains.

    Returns:
        A row for each run: its places, final scores, and seconds as its share of its queue's.
    """
    import pandas as pd

    from bridle.engine.program import Program
    from bridle.engine.width import lanes

    data, asked = dataset(name), PARTS[parts[0]]
    own = data.defaults
    held = sorted({text for label in METHODS for text in Composition.parse(label).compiled})
    program = ProgramSpec(
        own.widths, own.activation, tuple(held), asked.optimizer,
        min(own.batch_size, data.sizes.train), schedule=asked.schedule,
    )  # fmt: skip
    width = lanes(program, data) if device == "cpu" else wide(program, data)
    waiting = [
        (part, one)
        for part in parts
        for one in planned(PARTS[part], own.learning_rate, own.epochs, splits)
    ]
    # runs of one length end together; those that may end early go last
    waiting.sort(key=lambda pair: (pair[1].method == "early_stopping", pair[1].times))
    trainer = Program(program, min(width, len(waiting)), data)
    rows = []
    for start in range(0, len(waiting), 4 * width):
        queue = waiting[start : start + 4 * width]
        began, compiling = time.perf_counter(), trainer.compiled.compile_seconds
        results = trainer.train([one.spec for _, one in queue])
        compiling = trainer.compiled.compile_seconds - compiling
        seconds = (time.perf_counter() - began - compiling) / len(queue)
        rows += [
            {"dataset": name, "part": part, "device": device, **_row(one, result, seconds)}
            for (part, one), result in zip(queue, results, strict=True)
        ]
    print(f"{name}: {trainer.compiled.compile_seconds:.1f} s of compiling", flush=True)
    return pd.DataFrame(rows)


def wide(program: ProgramSpec, data: Dataset) -> int:
    """Return the number of lanes for a GPU: many, while what they hold is copied quickly when a run ends."""
    built = network_for(data, program.network, program.widths, program.activation)
    numbers = sum(map(math.prod, built.shapes().values()))
    if not data.shared:  # each lane has rows of its own
        numbers += sum(astuple(data.sizes)) * (1 + math.prod(data.shape))
    return min(MOST_LANES, 1 << int(math.log2(COPIED / (4 * numbers))))


def _row(one: Planned, result: RunResult, seconds: float) -> dict[str, object]:
    """Return a run's row of the pool."""
    return {
        "method": one.method, "times": np.float32(one.times), "step": np.int8(one.step),
        "strength": np.int8(one.strength), "split": np.int16(one.split),
        **{score: np.float32(result.scores[score]) for score in SCORES},
        "epochs_run": np.int16(result.epochs_run), "best_epoch": np.int16(result.best_epoch),
        "seconds": np.float32(seconds),
    }  # fmt: skip


def fill(
    path: Path, jobs: Sequence[tuple[str, tuple[str, ...]]], splits: int, workers: int, device: str
) -> None:
    """Train parts on data sets in several processes, and write the pool after each of them.

    Args:
        path: of the pool, a Parquet file.
        jobs: data sets and parts of one program, in the order in which they begin.
        splits: number of splits of every data set, at most.
        workers: number of processes.
        device: `cpu` or `gpu`, which the processes share.
    """
    import pandas as pd

    environment = Device(device, 0).environment()
    environment["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # several processes share a GPU
    os.environ.clear()
    os.environ.update(environment)
    found: list[pd.DataFrame] = []
    began = time.perf_counter()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = {
            pool.submit(train, name, parts, min(splits, SPLITS.get(name, splits)), device): (
                f"{name} {', '.join(parts)}"
            )
            for name, parts in jobs
        }
        for done in as_completed(waiting):
            own = done.result()
            found.append(own)
            past, spent = time.perf_counter() - began, own["seconds"].sum()
            said = f"{waiting[done]}: {len(own):,} runs in {spent:.1f} s of one process"
            print(f"{past:.0f} s: {said}", flush=True)
            write(path, pd.concat(found, ignore_index=True))


def write(path: Path, pool: pd.DataFrame) -> None:
    """Write a pool, whole or not at all."""
    part = path.with_suffix(".part")
    for column in ("dataset", "part", "device", "method"):
        pool[column] = pool[column].astype("category")
    pool.to_parquet(part, compression="zstd", index=False)
    part.replace(path)
