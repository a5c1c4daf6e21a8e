"""What tests of the engine share: programs compiled once, runs written in one line."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import numpy as np

from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.engine.program import Program
from bridle.engine.spec import Chunk, ProgramSpec, RunResult, RunSpec
from bridle.methods.catalogue import shared_methods
from bridle.methods.composition import Composition

MOONS = "moons(n=100,noise=0.3,validation=0.2)"  # 80 training rows: batches of 32, 32 and 16
WINE = "wine(validation=0.2,test=0.2)"  # three classes, 13 features


@functools.cache
def dataset(spec: str) -> Dataset:
    return load(spec)


def program_spec(
    methods: str = "none",
    *,
    widths: tuple[int, ...] = (8, 6),
    activation: str = "tanh",
    optimizer: str = "adam",
    batch_size: int = 32,
    network: str = "mlp",
) -> ProgramSpec:
    names = Composition.parse(methods).names
    own = tuple(name for name in names if name not in ("none", *shared_methods()))
    return ProgramSpec(widths, activation, own, optimizer, batch_size, network)


@functools.cache
def program(spec: ProgramSpec, width: int = 4, data: str = MOONS) -> Program:
    return Program(spec, width, dataset(data))


def chunk(spec: ProgramSpec, width: int, runs: Iterable[RunSpec], data: str = MOONS) -> Chunk:
    return Chunk(spec, dataset(data).spec, width, tuple(runs))


def run(
    method: str = "none",
    *,
    learning_rate: float = 0.01,
    epochs: int = 6,
    replicate: int = 0,
    seed: int = 0,
) -> RunSpec:
    setting = Composition.parse(method).setting()
    return RunSpec(setting, learning_rate, epochs, replicate, seed)


def assert_same(a: RunResult, b: RunResult) -> None:
    """Every number of two results has the same bits."""
    assert (a.diverged, a.epochs_run, a.best_epoch) == (b.diverged, b.epochs_run, b.best_epoch)
    np.testing.assert_array_equal(a.history, b.history)
    assert a.scores.keys() == b.scores.keys()
    np.testing.assert_array_equal(list(a.scores.values()), list(b.scores.values()))
    for left, right in ((a.weights, b.weights), (a.predictions, b.predictions)):
        assert left.keys() == right.keys()
        for name, leaf in left.items():
            np.testing.assert_array_equal(leaf, right[name], err_msg=name)


def assert_all_same(left: Sequence[RunResult], right: Sequence[RunResult]) -> None:
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert_same(a, b)
