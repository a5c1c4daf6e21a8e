"""What driving a study costs beside training: plan, queue, store and selection, by an executor that trains nothing."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import Row, at_most, plain
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.engine.spec import Chunk, ChunkResult, ProgramSpec, RunResult
from bridle.study.begin import prepare
from bridle.study.driver import carry_out
from bridle.study.plan import Plan, read_plan
from bridle.study.queue import Queue
from bridle.study.request import Request, make_plan

DATA, WIDTHS = "wine", (16,)
"""Small weights and predictions: their bytes are the disk's matter, not the driver's."""

SIZES = (5_000, 20_000, 100_000)
"""Numbers of runs, about; what grows faster than they do shows in the time of a run."""

GOAL = 1000.0
"""Microseconds of driving a run, at most."""


class Instant:
    """Answers every chunk at once, with what a real run of the program gave and scores drawn anew.

    Args:
        trained: a result for each program.
    """

    devices = 2

    def __init__(self, trained: dict[ProgramSpec, RunResult]) -> None:
        self._trained = trained
        self._random = np.random.default_rng(0)
        self.seconds = self.processor = 0.0

    def run(self, pull: Callable[[Any], Chunk | None], *_: Any) -> Iterator[tuple[Chunk, Any]]:
        """Give every chunk its results; arguments that say where to train mean nothing here."""
        last = None
        while (chunk := pull(last)) is not None:
            last = chunk.program
            started, used = time.perf_counter(), time.process_time()
            results = [self._result(self._trained[chunk.program]) for _ in chunk.runs]
            name = chunk.name
            self.seconds += time.perf_counter() - started
            self.processor += time.process_time() - used
            yield chunk, ChunkResult(name, results, 0.0, 1.0, len(results), 0)

    def _result(self, like: RunResult) -> RunResult:
        score, loss = self._random.integers(1, 36) / 36, self._random.random()
        scores = {**like.scores, "val_score": float(score), "val_loss": float(loss)}
        return dataclasses.replace(like, scores=scores)

    def close(self) -> None:
        """Nothing to give back."""


def plan_of(runs: int) -> Plan:
    """Return a default comparison with as many replicates as make so many runs."""
    dataset = load(DATA)
    few = make_plan(dataset, Request(replicates=1, widths=WIDTHS))
    return make_plan(dataset, Request(replicates=math.ceil(runs / len(few.runs)), widths=WIDTHS))


def trained(plan: Plan) -> dict[ProgramSpec, RunResult]:
    """Train a run of each program of a plan."""
    one = {run.program: run for run in dataclasses.replace(plan, replicates=1).runs}
    queue = Queue(plan, one.values(), 1)
    return {
        chunk.program: outcome.results[0]
        for chunk, outcome in InProcessExecutor().run(queue.pull)
        if isinstance(outcome, ChunkResult)
    }


def driven(runs: int) -> dict[str, float]:
    """Drive a study of about so many runs, and return what each step took, in seconds."""
    dataset = load(DATA)
    clock = [time.perf_counter()]
    used = [time.process_time()]

    def lap() -> float:
        clock.append(time.perf_counter())
        used.append(time.process_time())
        return clock[-1] - clock[-2]

    with tempfile.TemporaryDirectory() as place:
        asked = plan_of(runs)
        folder = prepare(dataset, asked, Path(place) / "study")
        executor = Instant(trained(asked))
        lap()
        plan, _, _ = read_plan(folder / "study.json")
        count = len(plan.runs)
        planning = lap()
        carry_out(folder, executor)
        driving = lap() - executor.seconds
        processor = used[-1] - used[-2] - executor.processor
    return {"runs": count, "plan": planning, "drive": driving, "processor": processor}


def run(repeats: int, quick: bool) -> dict[str, Any]:
    """Return microseconds a run of planning and of driving, for studies of more and more runs; each is driven once."""
    rows: list[Row] = []
    figures = []
    for size in SIZES[: 1 if quick else None]:
        found = driven(size)
        figures.append(found)
        count = int(found["runs"])

        def each(name: str, found: dict[str, float] = found, count: int = count) -> float:
            return float(f"{1e6 * found[name] / count:.3g}")

        rows.append(plain(f"µs a run to plan {count:,} runs", each("plan"), "µs"))
        rows.append(at_most(f"µs a run to drive {count:,} runs", each("drive"), GOAL, "µs"))
        rows.append(plain("of these on the processor", each("processor"), "µs"))
    return {"rows": rows, "studies": figures}
