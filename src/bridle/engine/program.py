"""A compiled program on one device: runs enter its lanes from a queue, train, and leave as results."""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.data.dataset import Dataset, Split
from bridle.draws import replicate_key
from bridle.engine import underway
from bridle.engine.bite import neutral
from bridle.engine.cache import compile_kept
from bridle.engine.lanes import DIVERGED, FINISHED, RUNNING, TICKS, Lane, Population, Rows
from bridle.engine.optimizers import optimizer
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.engine.step import Run, Step
from bridle.methods.base import Model
from bridle.methods.catalogue import compiled, shared_methods
from bridle.networks.catalogue import network

TRAIN_SCORE_ROWS = 10_000
"""The final training score is measured on at most so many training rows."""

SECONDS_PER_CALL = 2.0
"""About how long one call of a compiled function should keep a device busy."""

COMPILER_OPTIONS: dict[str, dict[str, str | bool]] = {
    "cpu": {"xla_backend_optimization_level": "1", "xla_cpu_prefer_vector_width": "512"}
}
"""For each kind of device what decides the bits beside specification, width, jaxlib and processor: part of the program,
not of a process. Level 1 compiles in a third of the default's time to programs as fast; 512 bits gain a tenth."""


def compiler_options() -> dict[str, str | bool]:
    """Return the compiler's options for this process's device."""
    return COMPILER_OPTIONS.get(jax.default_backend(), {})


@dataclass
class _Job:
    """A run under way: its place in the queue, and what is known of it so far."""

    index: int
    run: RunSpec
    history: list[np.ndarray] = field(default_factory=list)
    status: int = RUNNING
    best_epoch: int = 0
    model: Model | None = None
    summary: dict[str, float] = field(default_factory=dict)
    share: float = float("nan")


class Program:
    """What a `ProgramSpec` compiles to, at one width.

    Args:
        spec: what to compile.
        width: number of lanes.
        dataset: the data set that `spec` names.
    """

    def __init__(self, spec: ProgramSpec, width: int, dataset: Dataset) -> None:
        self.spec, self.width, self.dataset = spec, width, dataset
        self.lane_epochs = self.idle_lane_epochs = 0
        self.compile_seconds = 0.0
        self._split = functools.lru_cache(maxsize=4 * width)(self._draw)
        step = build_step(spec, dataset)
        self._methods = step.methods
        population = Population(step, dataset.shape, spec.batch_size, dataset.shared)
        self._functions = {
            "start": jax.jit(population.start, donate_argnums=0),
            "advance": jax.jit(population.advance, donate_argnums=0),
            "harvest": jax.jit(population.harvest),
            "bite": jax.jit(population.bite),
            "predict": jax.jit(population.predict),
        }
        self._compiled: dict[Any, Any] = {}
        self._population = population
        self.tick_seconds: float | None = None
        self._data: tuple[Any, Any] | None = None
        self._shared = dataset.shared
        self._state: Any = None
        self._folder: Path | None = None
        self._saved = 0.0

    def train(self, runs: Sequence[RunSpec], folder: Path | None = None) -> list[RunResult]:
        """Train the runs in order, recycling lanes, and return their results in the same order.

        Args:
            runs: the queue.
            folder: the study's; there, long runs are written down now and then, and found again.
        """
        self._folder, self._saved = folder, time.perf_counter()
        self._data = None
        permuted = any(run.permutation is not None for run in runs)
        self._shared = self.dataset.shared and not permuted
        waiting = deque(_Job(index, run) for index, run in enumerate(runs))
        owners: list[_Job | None] = [None] * self.width
        ended: list[_Job] = []
        results: dict[int, RunResult] = {}
        lanes: Lane | None = None
        while waiting or any(owners):
            lanes = self._fill(lanes, owners, waiting)
            lanes = self._advance_lanes(lanes, owners)
            self._save_underway(lanes, owners)
            ended += self._collect(lanes, owners)
            while len(ended) >= self.width or (ended and not waiting and not any(owners)):
                group, ended = ended[: self.width], ended[self.width :]
                results.update(self._finish(group))
        return [results[index] for index in range(len(runs))]

    def _fill(self, lanes: Lane | None, owners: list[_Job | None], waiting: deque[_Job]) -> Lane:
        """Give free lanes to waiting runs."""
        free = [i for i, owner in enumerate(owners) if owner is None]
        chosen = np.zeros(self.width, bool)
        for i in free[: len(waiting)]:
            owners[i] = waiting.popleft()
            chosen[i] = True
        if lanes is not None and not chosen.any():
            return lanes
        # a lane without an owner carries a copy of some other lane's run, and is never running
        somebody = next(owner for owner in owners if owner is not None)
        jobs = [owner or somebody for owner in owners]
        run, rows = self._runs(jobs), self._rows(jobs)
        if not self._shared or self._data is None:
            self._data = self._examples(jobs)
        if lanes is None:
            lanes = self._idle(run, rows)
        started: Lane = self._call("start", lanes, run, rows, chosen)
        return self._go_on(started, owners, chosen)

    def _go_on(self, lanes: Lane, owners: list[_Job | None], chosen: np.ndarray) -> Lane:
        """Put runs that were written down before they ended back where they were."""
        if self._folder is None:
            return lanes
        like = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype),
            (lanes.state, lanes.epoch),
        )
        written = {}
        for i in np.flatnonzero(chosen):
            job = owners[i]
            assert job is not None
            found = underway.load(self._folder, job.run.name(self.spec), like)
            if found is not None:
                written[i], history = found
                job.history = list(history)
        if not written:
            return lanes
        held: Lane = jax.tree.map(np.array, jax.device_get(lanes))
        places = jax.tree.leaves((held.state, held.epoch))
        for i, own in written.items():
            for place, leaf in zip(places, jax.tree.leaves(own), strict=True):
                place[i] = leaf
        return held

    def _save_underway(self, lanes: Lane, owners: list[_Job | None]) -> None:
        """Write down the runs in the lanes, once a minute."""
        now = time.perf_counter()
        if self._folder is None or now - self._saved < underway.SECONDS:
            return
        self._saved = now
        held = jax.device_get((lanes.state, lanes.epoch))
        for i, job in enumerate(owners):
            if job is not None and lanes.status[i] == RUNNING:
                own = jax.tree.map(lambda leaf, i=i: np.asarray(leaf[i]), held)
                underway.save(self._folder, job.run.name(self.spec), own, np.stack(job.history))

    def _advance_lanes(self, lanes: Lane, owners: list[_Job | None]) -> Lane:
        """Train for some seconds, or until a run ends."""
        limit = 1
        if self.tick_seconds is not None:
            limit = int(np.clip(SECONDS_PER_CALL / max(self.tick_seconds, 1e-6), 1, TICKS))
        started, compiling = time.perf_counter(), self.compile_seconds
        assert self._data is not None
        lanes, passed, records = self._call("advance", lanes, *self._data, np.int32(limit))
        ticks = int(passed)
        records = np.asarray(records)[:ticks]
        seconds = time.perf_counter() - started - (self.compile_seconds - compiling)
        self.tick_seconds = seconds / max(ticks, 1)
        busy = 0
        for i, owner in enumerate(owners):
            if owner is not None:
                owner.history.extend(records[:, i])
                busy += 1
        self.lane_epochs += ticks * busy
        self.idle_lane_epochs += ticks * (self.width - busy)
        return lanes

    def _collect(self, lanes: Lane, owners: list[_Job | None]) -> list[_Job]:
        """Take the runs that ended out of their lanes, with the models that predict."""
        status = np.asarray(lanes.status)
        places = [i for i, owner in enumerate(owners) if owner is not None and status[i] != RUNNING]
        if not places:
            return []
        assert self._data is not None
        models, epochs, summary = jax.device_get(self._call("harvest", lanes, *self._data))
        shares = self._shares(lanes, owners)
        ended = []
        for i in places:
            job = owners[i]
            assert job is not None
            job.status, job.best_epoch = int(status[i]), int(epochs[i])
            job.model = jax.tree.map(lambda leaf, i=i: np.array(leaf[i]), models)
            job.summary = {name: float(values[i]) for name, values in summary.items()}
            job.share = float(shares[i])
            owners[i] = None
            ended.append(job)
        return ended

    def _shares(self, lanes: Lane, owners: list[_Job | None]) -> np.ndarray:
        """Return the methods' share of the step `[L]` in every lane, NaN where it is not known."""
        runs = [None if owner is None else neutral(owner.run) for owner in owners]
        known = [run for run in runs if run is not None]
        if not known:
            return np.full(self.width, np.nan)
        layers = self._population.step.network.layers
        encoded = [encode_setting(self._methods, run or known[0], layers) for run in runs]
        stacked = jax.tree.map(lambda *values: _stack(values), *encoded)
        assert self._data is not None
        shares = np.asarray(self._call("bite", lanes, stacked, *self._data))
        return np.where([run is None for run in runs], np.nan, shares)

    def _finish(self, jobs: list[_Job]) -> dict[int, RunResult]:
        """Predict with up to `width` ended runs and measure them."""
        padded = jobs + [jobs[0]] * (self.width - len(jobs))
        run, rows = self._runs(padded), self._rows(padded)
        models: Model = jax.tree.map(lambda *leaves: np.stack(leaves), *(j.model for j in padded))
        data = self._data if self._shared else self._examples(padded)
        assert data is not None
        splits = self._splits(padded)
        parts = {
            "train": _stack([split.train[:TRAIN_SCORE_ROWS] for split in splits]),
            "val": _stack([split.validation for split in splits]),
            "test": _stack([split.test for split in splits]),
        }
        ends = np.cumsum([positions.shape[1] for positions in parts.values()])
        everything = np.concatenate(list(parts.values()), axis=1)
        found = self._call("predict", models, run, data[0], everything, rows)
        logits = dict(
            zip(
                parts,
                np.split(np.asarray(found), ends[:-1], axis=1),
                strict=True,
            )
        )
        results = {}
        for lane, job in enumerate(jobs):
            targets = splits[lane].targets
            scores = dict(job.summary)
            for part, positions in parts.items():
                loss, score = loss_and_accuracy(logits[part][lane], targets[positions[lane]])
                scores[f"{part}_loss"], scores[f"{part}_score"] = loss, score
            diverged = job.status == DIVERGED
            assert job.model is not None
            results[job.index] = RunResult(
                diverged=diverged,
                epochs_run=len(job.history),
                best_epoch=job.best_epoch,
                history=np.stack(job.history),
                scores={name: float("nan") for name in scores} if diverged else scores,
                weights=jax.tree.map(np.asarray, {**job.model.params, **job.model.statistics}),
                predictions={
                    "validation": logits["val"][lane],
                    "test": logits["test"][lane],
                },
                share=float("nan") if diverged else job.share,
            )
        return results

    def _draw(self, replicate: int, seed: int, permutation: int | None) -> Split:
        split = self.dataset.replicate(replicate, seed, permutation)
        return split if self.spec.examples is None else split.shortened(self.spec.examples)

    def _splits(self, jobs: Sequence[_Job]) -> list[Split]:
        runs = [job.run for job in jobs]
        return [self._split(run.replicate, run.seed, run.permutation) for run in runs]

    def _runs(self, jobs: Sequence[_Job]) -> Run:
        """Return the runs as traced values, `[L, ...]`."""
        layers = self._population.step.network.layers
        encoded = [encode_setting(self._methods, job.run, layers) for job in jobs]
        return Run(
            key=_stack([replicate_key(job.run.seed, job.run.replicate) for job in jobs]),
            h=jax.tree.map(lambda *values: _stack(values), *encoded),
            learning_rate=_stack([np.float32(job.run.learning_rate) for job in jobs]),
            epochs=_stack([np.int32(job.run.epochs) for job in jobs]),
        )

    def _rows(self, jobs: Sequence[_Job]) -> Rows:
        """Return the runs' rows of the data, `[L, n]`, and their scaling `[L, d]`."""
        splits = self._splits(jobs)
        probe = min(len(splits[0].train), len(splits[0].validation))
        return Rows(
            train=_stack([split.train for split in splits]),
            probe=_stack([split.train[:probe] for split in splits]),
            validation=_stack([split.validation for split in splits]),
            shift=_stack([split.shift for split in splits]),
            scale=_stack([split.scale for split in splits]),
        )

    def _examples(self, jobs: Sequence[_Job]) -> tuple[Any, Any]:
        """Put inputs and targets on the device: once for all, or for each lane its own."""
        if self._shared:
            return _shared_examples(self.dataset)
        splits = self._splits(jobs)
        targets = _stack([split.targets for split in splits])
        if self.dataset.shared:  # labels are permuted, each lane's in its own way
            return _shared_examples(self.dataset)[0], targets
        return _stack([split.inputs for split in splits]), targets

    def _idle(self, run: Run, rows: Rows) -> Lane:
        """Return lanes that hold nothing and are not running."""
        if self._state is None:
            self._state = jax.eval_shape(jax.vmap(self._population.step.init), run)
        none: Any = np.zeros(self.width, np.int32)
        lanes = Lane(self._state, run, rows, epoch=none, status=none)
        empty: Lane = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), lanes)
        return empty._replace(status=none + FINISHED)

    def _call(self, name: str, *arguments: Any) -> Any:
        """Call one of the population's functions, compiled for the arguments' shapes."""
        arguments = jax.tree.map(_canonical, arguments)
        shapes = tuple(leaf.shape for leaf in jax.tree.leaves(arguments))
        if (name, shapes) not in self._compiled:
            started = time.perf_counter()
            lowered = self._functions[name].lower(*arguments)
            self._compiled[name, shapes] = compile_kept(lowered, compiler_options())
            self.compile_seconds += time.perf_counter() - started
        return jax.block_until_ready(self._compiled[name, shapes](*arguments))


def _stack(arrays: Sequence[Any]) -> Any:
    """Return `arrays`, one for each lane, with a leading axis of lanes; a program takes NumPy's arrays for its own."""
    return np.stack(arrays)


def _canonical(leaf: Any) -> Any:
    """Return an array of the type that a program reads (int32 for int64); what is on a device stays there."""
    if isinstance(leaf, jax.Array):
        return leaf
    return np.asarray(leaf, jax.dtypes.canonicalize_dtype(np.result_type(leaf)))


@functools.lru_cache(maxsize=2)
def _shared_examples(dataset: Dataset) -> tuple[Array, Array]:
    """Put a data set that all replicates share on the device, once for all programs of this process."""
    split = dataset.replicate(0, 0)
    return jnp.asarray(split.inputs), jnp.asarray(split.targets)


def build_step(spec: ProgramSpec, dataset: Dataset) -> Step:
    """Return the training step that a specification describes."""
    classes = len(dataset.classes)
    built = network(
        spec.network, dataset.shape, classes, spec.widths, spec.activation, spec.precision
    )
    examples = spec.examples or dataset.sizes.train
    return Step(
        built,
        tuple(compiled(text) for text in sorted({*spec.methods, *shared_methods()})),
        optimizer(spec.optimizer),
        lone=examples % spec.batch_size == 1,
    )


def encode_setting(methods: Sequence[Any], run: RunSpec, layers: int) -> dict[str, Any]:
    """Return every method's hyperparameters as arrays: the run's own, or else neutral ones."""
    encoded: dict[str, Any] = {}
    for found in methods:
        given = run.setting.get(found.name)
        encoded[found.name] = {}
        for declared in found.traced():
            value = declared.neutral if given is None else given[declared.name]
            numbers = np.array(declared.encode(value, layers), np.float32)
            scalar = declared.per_layer is False
            encoded[found.name][declared.name] = numbers[0] if scalar else numbers
    return encoded


def loss_and_accuracy(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy of `logits [n, K]` on `targets [n]`."""
    full = logits.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        top = full.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(full - top).sum(axis=1))
        losses = log_sum - full[np.arange(len(full)), targets]
    return float(losses.mean()), float((full.argmax(axis=1) == targets).mean())
