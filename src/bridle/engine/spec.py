"""What the engine takes and returns: plain data that can be written to files and sent to other machines."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bridle.methods.composition import Setting

HISTORY = (
    "train_loss",
    "train_score",
    "val_loss",
    "val_score",
    "penalty",
    "weight_norm",
    "exact_zeros",
)
"""The columns of a run's history, one row an epoch. Losses are data losses, in evaluation mode."""


def content_hash(content: Any) -> str:
    """Return 16 hex digits that stand for JSON-able content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ProgramSpec:
    """What is compiled, together with the shapes of the data. Strengths, learning rates, epochs and seeds are traced.

    Attributes:
        widths: units of the hidden layers.
        activation: their activation function.
        methods: the methods beyond those that every program holds: names, with the values of static hyperparameters.
        optimizer: `adam` or `sgd(momentum=0.9)`.
        batch_size: examples of one step.
        network: as `bridle.networks.catalogue` reads it, every argument written out.
        precision: of the factors of the dense layers' products.
        examples: number of training rows used, from the first; by default all.
        schedule: of the learning rate, as `bridle.optimizers.catalogue` reads it.
    """

    widths: tuple[int, ...]
    activation: str
    methods: tuple[str, ...]
    optimizer: str
    batch_size: int
    network: str = "mlp"
    precision: str = "float32"
    examples: int | None = None
    schedule: str = "constant"


@dataclass(frozen=True)
class RunSpec:
    """One run of a program. Together with the program and the data it decides every bit of the result.

    Attributes:
        setting: every hyperparameter of the run's methods, by method, by name.
        learning_rate: the optimizer's, before any schedule.
        epochs: maximum number of epochs.
        replicate: which draw of everything random.
        seed: the study's.
        permutation: which permutation of the labels it is trained and tested on; by default none.
    """

    setting: Setting
    learning_rate: float
    epochs: int
    replicate: int
    seed: int
    permutation: int | None = None

    def name(self, program: ProgramSpec, data: str) -> str:
        """Return the hash of the whole specification: run, program and data set."""
        setting = {key: dict(values) for key, values in self.setting.items()}
        own = [self.learning_rate, self.epochs, self.replicate, self.seed, self.permutation]
        return content_hash([_common(program, data), setting, *own])


@functools.lru_cache(maxsize=64)
def _common(program: ProgramSpec, data: str) -> str:
    """Return the hash of a program and a data set, which many runs share."""
    return content_hash([data, asdict(program)])


@dataclass(frozen=True)
class Chunk:
    """The unit of work: runs that pass through the lanes of one program on one device, in order.

    It holds nothing that depends on a machine: the worker that trains it asks for the data that it names
    (`engine/datasets.py`).

    Attributes:
        program: what is compiled.
        data: the data set's canonical specification; of rows that were given as arrays it names the digest.
        width: number of lanes.
        runs: the queue.
    """

    program: ProgramSpec
    data: str
    width: int
    runs: tuple[RunSpec, ...]

    @functools.cached_property
    def name(self) -> str:
        """The hash of the chunk's content."""
        return content_hash([self.width, *self.run_names])

    @functools.cached_property
    def run_names(self) -> tuple[str, ...]:
        """The names of its runs."""
        return tuple(run.name(self.program, self.data) for run in self.runs)


@dataclass(frozen=True)
class RunResult:
    """The results of a run.

    Attributes:
        diverged: loss or weights were no longer finite; then the run has no scores.
        epochs_run: epochs trained.
        best_epoch: the epoch (1, 2, …) whose weights predict.
        history: `[epochs_run, len(HISTORY)]` float32.
        scores: `train_score`, `val_score`, `test_score`, `train_loss`, `val_loss`, `test_loss`,
            `penalty`, `weight_norm`, `exact_zeros` of the weights that predict.
        weights: parameters and statistics that predict, by name; of several models with a further first axis.
        predictions: on `validation` and `test`: logits `[n, K]`, (0, z) for a network with one logit z; or values
            `[n, T]` in the targets' unit. Of several models the logarithms of their mean probabilities, or the mean of
            their values. Data without test rows give none of them, and NaN as test score and loss.
        share: the methods' share of a training step, from 0 to 1: `engine/influence.py`.
    """

    diverged: bool
    epochs_run: int
    best_epoch: int
    history: np.ndarray
    scores: dict[str, float]
    weights: dict[str, np.ndarray]
    predictions: dict[str, np.ndarray]
    share: float = float("nan")


@dataclass(frozen=True)
class OutOfMemory:
    """The outcome of a chunk where the device cannot hold the program at its width.

    Attributes:
        reason: what happened, as far as it is known, in words that can begin or continue a sentence.
    """

    reason: str


@dataclass(frozen=True)
class DataWanted:
    """The answer of a worker that does not hold a chunk's data set.

    Attributes:
        data: the data set's specification.
    """

    data: str


@dataclass(frozen=True)
class ChunkResult:
    """The results of a chunk's runs, in order, and what they cost.

    Attributes:
        chunk: the chunk's name.
        results: one for each run.
        compile_seconds: tracing and compiling, 0 where the program was already compiled.
        seconds: everything else.
        lane_epochs: epochs that lanes spent on runs.
        idle_lane_epochs: epochs that lanes spent waiting for others.
        epoch_seconds: an epoch of all lanes, towards the end of the chunk.
    """

    chunk: str
    results: list[RunResult]
    compile_seconds: float
    seconds: float
    lane_epochs: int
    idle_lane_epochs: int
    epoch_seconds: float = 0.0
