"""Bridle's side: a plan's runs, cut into chunks by the study's queue, trained by worker processes on all cores."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable
from typing import Any

from bridle.data import load
from bridle.engine.executor import LocalExecutor
from bridle.engine.spec import Chunk, ChunkResult, OutOfMemory, ProgramSpec
from bridle.study.plan import Plan
from bridle.study.queue import Queue
from bridle.study.request import Request, make_plan

Receive = Callable[[Chunk, ChunkResult], None]


def plan_of(dataset: str, **request: Any) -> Plan:
    """Return the plan of a comparison without a baseline."""
    return make_plan(load(dataset), Request(baseline=False, **request))


def steps_per_epoch(plan: Plan) -> int:
    """Return the optimizer steps of one epoch of one run."""
    return -(-load(plan.dataset).sizes.train // plan.batch_size)


class Bridle:
    """Trains a plan as a study would, all but the writing of its files.

    A worker's start and its programs' compilation are `prepare`; data, training, validation after every epoch, and
    the test set's predictions are measured. Each repeat has its own seed, so that no sample is drawn twice.
    """

    def __init__(self, plan: Plan, name: str = "Bridle") -> None:
        self.name, self.plan = name, plan
        self._executor: LocalExecutor | None = None

    def prepare(self) -> None:
        """Start the workers and let each train one chunk of every program, for one epoch."""
        self._folder = tempfile.TemporaryDirectory()
        self._executor = LocalExecutor(cache=self._folder.name)
        warm_up(self._executor, self.plan)
        self.measure(-1)

    def measure(self, repeat: int) -> dict[str, Any]:
        """Train all runs once."""
        assert self._executor is not None
        return train(self._executor, dataclasses.replace(self.plan, seed=1 + repeat))

    def describe(self) -> dict[str, Any]:
        """Return the plan's essentials."""
        plan = self.plan
        return {
            "settings": {
                "data": plan.dataset,
                "methods": list(plan.methods),
                "runs": len(plan.runs),
                "epochs": plan.epochs,
                "lanes": plan.lanes,
            },
            "processes": self._executor.devices if self._executor else 0,
        }

    def close(self) -> None:
        """End the workers."""
        if self._executor is not None:
            self._executor.close()
            self._folder.cleanup()

    def whole(self) -> float:
        """Return the seconds of the same from nothing: new workers, an empty cache, every program compiled."""
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with LocalExecutor(cache=folder) as executor:
                train(executor, self.plan)
                return time.perf_counter() - started


def train(
    executor: LocalExecutor, plan: Plan, receive: Receive = lambda chunk, result: None
) -> dict[str, Any]:
    """Train a plan's runs in the chunks that a study would make of them."""
    steps, each = 0, steps_per_epoch(plan)
    started = time.perf_counter()
    queue = Queue(plan, plan.runs, executor.devices)
    for chunk, result in executor.run(queue.pull):
        if isinstance(result, OutOfMemory):
            raise MemoryError(result.reason)
        steps += each * sum(run.epochs_run for run in result.results)
        receive(chunk, result)
    return {"steps": steps, "seconds": time.perf_counter() - started}


def warm_up(executor: LocalExecutor, plan: Plan) -> None:
    """Let every worker compile every program of a plan."""
    runs = {run.program: dataclasses.replace(run.spec, epochs=1) for run in plan.runs}
    programs = list(runs)

    def pull(last: ProgramSpec | None) -> Chunk | None:
        at = 0 if last is None else programs.index(last) + 1
        if at == len(programs):
            return None
        program = programs[at]
        return Chunk(program, plan.dataset, plan.width(program), (runs[program],))

    for _ in executor.run(pull):
        pass
