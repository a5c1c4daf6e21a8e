"""A conveyor: runs enter a program's lanes from a queue, train, and leave as results."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from bridle.data.dataset import Dataset
from bridle.domains import Integer
from bridle.engine import underway
from bridle.engine.buckets import to_bucket
from bridle.engine.compiled import Shapes, compiled
from bridle.engine.feed import Feed, stack, stack_trees
from bridle.engine.lanes import RUNNING, TICKS, Lane
from bridle.engine.results import PARTS, Job, result_of
from bridle.engine.settings import own_settings
from bridle.engine.spec import ProgramSpec, RunResult, RunSpec
from bridle.errors import UserError, shown

TRAIN_SCORE_ROWS = 10_000
"""Maximum number of training rows on which the final training score is measured."""

SECONDS_PER_CALL = 2.0
"""Intended seconds of one call of a compiled function."""


class Program:
    """Trains runs of one `ProgramSpec` on one data set side by side, in this process.

    Programs of a process with the same specification, width and shapes of data share compiled functions, so that
    another data set of these shapes costs no compilation. The data may be in memory only (`bridle.data.from_arrays`)
    and need not have test rows.

    A bucketed program pads training, validation and test rows and the table itself to the sizes of their buckets
    (`engine/buckets.py`). Data sets whose counts have the same buckets, such as the folds of a table, share compiled
    functions. Padding has no effect; a run's bits
    depend on its own rows and their bucket. They differ from those of a program without buckets, where the order of
    the rows is drawn for other sizes.

    Args:
        spec: what is compiled.
        width: number of lanes.
        dataset: what the runs train on.
        bucketed: whether rows are padded to the sizes of their buckets.
        measures: whether a run that ends is scored and predicts its validation and test rows, and the methods' share of
            its last step is measured, for which further functions are compiled.

    Attributes:
        lane_epochs: epochs that lanes have spent on runs.
        idle_lane_epochs: epochs that lanes have spent waiting for others.
        tick_seconds: seconds of an epoch of all lanes, as last measured.
    """

    def __init__(
        self,
        spec: ProgramSpec,
        width: int,
        dataset: Dataset,
        *,
        bucketed: bool = False,
        measures: bool = True,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise UserError(
                f"dataset must be a data set, such as bridle.data.load('moons'); received {shown(dataset)}."
            )
        Integer(1).check("width", width)
        Integer(1).check("batch_size", spec.batch_size)
        self.spec, self.width, self.dataset, self.bucketed = spec, width, dataset, bucketed
        self.compiled = compiled(spec, Shapes.of(dataset, bucketed), width)
        self.lane_epochs = self.idle_lane_epochs = 0
        self.tick_seconds: float | None = None
        self._feed = Feed(self.compiled, dataset, spec.examples, bucketed)
        self._data: tuple[Any, Any] | None = None
        self._counts: Any = ()
        self._alike = dataset.shared
        self._measures = measures
        self._scratch: Path | None = None
        self._saved = 0.0

    def train(self, runs: Sequence[RunSpec], scratch: Path | None = None) -> list[RunResult]:
        """Train the runs in order, recycling lanes, and return their results in the same order.

        Args:
            runs: the queue.
            scratch: a folder in which long runs are saved now and then, and from which they continue.

        Raises:
            UserError: something in `runs` is no run of this program.
        """
        self._check(runs)
        with own_settings():
            return self._train(runs, scratch)

    def _check(self, runs: Sequence[RunSpec]) -> None:
        if not isinstance(runs, Sequence) or not all(isinstance(run, RunSpec) for run in runs):
            raise UserError(f"runs must be a list of RunSpec; received {shown(runs)}.")
        held = {method.name for method in self.compiled.step.methods}
        for run in runs:
            Integer(1).check("epochs", run.epochs)
            Integer(0).check("replicate", run.replicate)
            if missing := [name for name in run.setting if name not in held | {"none"}]:
                raise UserError(
                    f"This program does not hold {missing[0]}, so it cannot train a run of it; it holds "
                    f"{', '.join(sorted(held))}. Name it in ProgramSpec.methods."
                )

    def _train(self, runs: Sequence[RunSpec], scratch: Path | None) -> list[RunResult]:
        self._scratch, self._saved = scratch, time.perf_counter()
        self._data, self._alike = None, self._feed.alike(runs)
        self._counts = self._feed.counts(runs)
        waiting = deque(Job(index, run) for index, run in enumerate(runs))
        owners: list[Job | None] = [None] * self.width
        ended: list[Job] = []
        results: dict[int, RunResult] = {}
        lanes: Lane | None = None
        while waiting or any(owners):
            lanes = self._fill(lanes, owners, waiting)
            lanes = self._advance(lanes, owners)
            self._save_underway(lanes, owners)
            ended += self._collect(lanes, owners)
            while len(ended) >= self.width or (ended and not waiting and not any(owners)):
                group, ended = ended[: self.width], ended[self.width :]
                results.update(self._finish(group))
        return [results[index] for index in range(len(runs))]

    def _fill(self, lanes: Lane | None, owners: list[Job | None], waiting: deque[Job]) -> Lane:
        """Give free lanes to waiting runs."""
        free = [i for i, owner in enumerate(owners) if owner is None]
        chosen = np.zeros(self.width, bool)
        for i in free[: len(waiting)]:
            owners[i] = waiting.popleft()
            chosen[i] = True
        if lanes is not None and not chosen.any():
            return lanes
        # a lane without an owner holds a copy of another lane's run, and is never running
        somebody = next(owner for owner in owners if owner is not None)
        specs = [(owner or somebody).run for owner in owners]
        run, rows = self._feed.runs(specs), self._feed.rows(specs)
        if not self._alike or self._data is None:
            self._data = self._feed.examples(specs, self._alike)
        if lanes is None:
            lanes = self.compiled.empty(run, rows)
        started: Lane = self.compiled.call("start", lanes, run, rows, chosen)
        return self._go_on(started, owners, chosen)

    def _go_on(self, lanes: Lane, owners: list[Job | None], chosen: np.ndarray) -> Lane:
        """Continue runs that were saved before they ended."""
        if self._scratch is None:
            return lanes
        like = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype),
            (lanes.state, lanes.epoch),
        )
        written = {}
        for i in np.flatnonzero(chosen):
            job = owners[i]
            assert job is not None
            found = underway.load(self._scratch, self._name(job), like)
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

    def _save_underway(self, lanes: Lane, owners: list[Job | None]) -> None:
        """Save the runs in the lanes, once a minute."""
        now = time.perf_counter()
        if self._scratch is None or now - self._saved < underway.SECONDS:
            return
        self._saved = now
        held = jax.device_get((lanes.state, lanes.epoch))
        for i, job in enumerate(owners):
            if job is not None and lanes.status[i] == RUNNING:
                own = jax.tree.map(lambda leaf, i=i: np.asarray(leaf[i]), held)
                underway.save(self._scratch, self._name(job), own, np.stack(job.history))

    def _name(self, job: Job) -> str:
        return job.run.name(self.spec, self.dataset.spec)

    def _advance(self, lanes: Lane, owners: list[Job | None]) -> Lane:
        """Train for some seconds, or until a run ends."""
        limit = 1
        if self.tick_seconds is not None:
            limit = int(np.clip(SECONDS_PER_CALL / max(self.tick_seconds, 1e-6), 1, TICKS))
        started, compiling = time.perf_counter(), self.compiled.compile_seconds
        assert self._data is not None
        lanes, passed, records = self.compiled.call(
            "advance", lanes, *self._data, np.int32(limit), self._counts
        )
        ticks = int(passed)
        records = np.asarray(records)[:ticks]
        compiling = self.compiled.compile_seconds - compiling
        self.tick_seconds = (time.perf_counter() - started - compiling) / max(ticks, 1)
        busy = 0
        for i, owner in enumerate(owners):
            if owner is not None:
                owner.history.extend(records[:, i])
                busy += 1
        self.lane_epochs += ticks * busy
        self.idle_lane_epochs += ticks * (self.width - busy)
        return lanes

    def _collect(self, lanes: Lane, owners: list[Job | None]) -> list[Job]:
        """Take the runs that ended out of their lanes, with the models that predict."""
        status = np.asarray(lanes.status)
        places = [i for i, owner in enumerate(owners) if owner is not None and status[i] != RUNNING]
        if not places:
            return []
        assert self._data is not None
        found = self.compiled.call("harvest", lanes, *self._data, self._counts)
        models, epochs, summary = jax.device_get(found)
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

    def _shares(self, lanes: Lane, owners: list[Job | None]) -> np.ndarray:
        """Return the methods' share of the step `[L]` in every lane, NaN if it is not known."""
        found = None
        if self._measures:
            found = self._feed.neutral([None if owner is None else owner.run for owner in owners])
        if found is None:
            return np.full(self.width, np.nan)
        neutral, known = found
        assert self._data is not None
        shares = np.asarray(
            self.compiled.call("influence", lanes, neutral, *self._data, self._counts)
        )
        return np.where(known, shares, np.nan)

    def _finish(self, jobs: list[Job]) -> dict[int, RunResult]:
        """Predict with up to `width` ended runs and measure them."""
        padded = jobs + [jobs[0]] * (self.width - len(jobs))
        specs = [job.run for job in padded]
        splits = self._feed.splits(specs)
        parts = {name: [getattr(split, part) for split in splits] for name, part in PARTS.items()}
        parts["train"] = [positions[:TRAIN_SCORE_ROWS] for positions in parts["train"]]
        if self._measures:
            outputs = self._outputs(padded, specs, parts)
        else:
            parts = {name: [rows[:0] for rows in found] for name, found in parts.items()}
            none = np.zeros((self.width, 0, self.dataset.task.outputs), np.float32)
            outputs = dict.fromkeys(parts, none)
        return {
            job.index: result_of(
                job,
                self.dataset.task,
                splits[lane],
                {name: own[lane][: len(parts[name][lane])] for name, own in outputs.items()},
                {name: own[lane] for name, own in parts.items()},
            )
            for lane, job in enumerate(jobs)
        }

    def _outputs(
        self, jobs: list[Job], specs: list[RunSpec], parts: Mapping[str, list[Any]]
    ) -> dict[str, np.ndarray]:
        """Return the outputs `[L, n, K]` of ended runs on each part; a bucketed program pads its rows."""
        run, rows = self._feed.runs(specs), self._feed.rows(specs)
        data = self._data if self._alike else self._feed.examples(specs, alike=False)
        assert data is not None
        padded_rows = to_bucket if self.bucketed else lambda rows: rows
        positions = {name: stack([*map(padded_rows, found)]) for name, found in parts.items()}
        ends = np.cumsum([found.shape[1] for found in positions.values()])
        everything = np.concatenate(list(positions.values()), axis=1)
        models = stack_trees([job.model for job in jobs])
        found = np.asarray(self.compiled.call("predict", models, run, data[0], everything, rows))
        return dict(zip(positions, np.split(found, ends[:-1], axis=1), strict=True))
