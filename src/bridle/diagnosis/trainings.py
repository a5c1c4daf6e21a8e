"""The runs of a diagnosis: the baseline on true targets, on permuted targets, and on fewer examples."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Dataset
from bridle.engine import underway
from bridle.engine.datasets import FolderData
from bridle.engine.executor import Executor
from bridle.engine.spec import OutOfMemory, RunResult
from bridle.errors import UserError
from bridle.study.driver import Progress, Watch
from bridle.study.plan import Plan, PlannedRun
from bridle.study.queue import Queue
from bridle.tasks import CRITERIA, Criterion
from bridle.wording import subject

HALVINGS = 4
"""Number of times that the training examples are halved for the learning curve."""

LEAST_EXAMPLES = 10
"""Minimum number of training examples of a point of the learning curve."""


@dataclass(frozen=True)
class Trained:
    """A trained run, with what a diagnosis needs of it.

    Attributes:
        run: the planned run.
        diverged: whether loss or weights were no longer finite; then there are no scores.
        scores: as in `RunResult`.
        history: `[epochs, columns]` as in `RunResult`.
        predictions: `[n, K]` on the test rows; None for permuted targets.
        merit: the numbers that selection maximizes, the first one first.
    """

    run: PlannedRun
    diverged: bool
    scores: dict[str, float]
    history: npt.NDArray[np.float32]
    predictions: npt.NDArray[np.float32] | None
    merit: tuple[float, ...]


ChosenRuns = dict[tuple[int | None, int | None, int], Trained]
"""The chosen run by permutation (None: true targets), number of training examples (None: all) and replicate."""


def sizes(dataset: Dataset) -> tuple[int, ...]:
    """Return the numbers of training examples on the learning curve; the last is all of them."""
    full = dataset.sizes.train
    least = max(LEAST_EXAMPLES, 2 * len(dataset.task.names))
    halves = [full >> halving for halving in range(HALVINGS, 0, -1)]
    return (*(size for size in halves if size >= least), full)


def planned(plan: Plan, dataset: Dataset, permutations: int) -> tuple[PlannedRun, ...]:
    """Return all runs: those of the plan, the same on permuted targets, and the same on fewer examples.

    Runs on fewer examples have more epochs, so that they take about as many steps and differ only in their data.
    """
    runs = [*plan.runs]
    for permutation in range(permutations):
        runs += [_changed(run, permutation, plan.dataset) for run in plan.runs]
    full = dataset.sizes.train
    for size in sizes(dataset)[:-1]:
        batch = min(plan.batch_size, size)
        epochs = round(plan.epochs * -(-full // plan.batch_size) / -(-size // batch))
        runs += [_shortened(run, size, batch, epochs, plan.dataset) for run in plan.runs]
    return tuple(runs)


def train(
    plan: Plan, runs: Iterable[PlannedRun], executor: Executor, folder: Path, watch: Watch
) -> list[Trained]:
    """Train the runs, and return them in order.

    Raises:
        UserError: there is not enough memory for a single run.
    """
    wanted = list(runs)
    queue = Queue(plan, wanted, executor.devices)
    total = sum(run.spec.epochs for run in wanted)
    found: dict[str, Trained] = {}
    started, trained, spent = time.perf_counter(), 0, 0.0
    watch(Progress(0, len(wanted), 0.0, None))
    scratch = folder / underway.FOLDER
    for chunk, outcome in executor.run(queue.pull, FolderData(folder), scratch):
        if isinstance(outcome, OutOfMemory):
            if chunk.width == 1:
                raise UserError(
                    f"There is not enough memory to train even one network on {plan.dataset} "
                    f"({outcome.reason}). Choose smaller {subject('widths')} or {subject('batch_size')}."
                )
            plan = plan.narrowed(chunk.program, min(plan.width(chunk.program), chunk.width // 2))
            queue.put_back(chunk, plan)
            continue
        for run, result in zip(queue.runs(chunk), outcome.results, strict=True):
            found[run.name] = kept(run, result, CRITERIA[plan.criterion])
        trained += sum(run.epochs for run in chunk.runs)
        spent += outcome.seconds
        left = spent / trained * (total - trained) / executor.devices
        seconds = time.perf_counter() - started
        watch(Progress(len(found), len(wanted), seconds, left))
    underway.forget(scratch)
    return [found[run.name] for run in wanted]


def select(trained: Iterable[Trained]) -> ChosenRuns:
    """Return the best run on validation data by permutation, number of examples and replicate; in ties the first."""
    best: ChosenRuns = {}
    for one in trained:
        place = one.run.spec.permutation, one.run.program.examples, one.run.replicate
        if place not in best or one.merit > best[place].merit:
            best[place] = one
    return best


def replicates(
    chosen: ChosenRuns,
    permutation: int | None = None,
    examples: int | None = None,
) -> Iterator[Trained]:
    """Yield the chosen runs of one permutation and number of examples, by replicate."""
    for place, one in sorted(chosen.items(), key=lambda item: item[0][2]):
        if place[:2] == (permutation, examples):
            yield one


def on_permuted(trained: Iterable[Trained], true: Iterable[Trained]) -> list[Trained]:
    """Return the runs on permuted targets at the learning rate of the `true` run of the same replicate."""
    rates = {one.run.replicate: one.run.configuration for one in true}
    return [
        one
        for one in trained
        if one.run.spec.permutation is not None
        and rates.get(one.run.replicate) == one.run.configuration
        and not one.diverged
    ]


def _changed(run: PlannedRun, permutation: int, data: str) -> PlannedRun:
    spec = replace(run.spec, permutation=permutation)
    return replace(run, spec=spec, name=spec.name(run.program, data))


def _shortened(run: PlannedRun, examples: int, batch: int, epochs: int, data: str) -> PlannedRun:
    program = replace(run.program, examples=examples, batch_size=batch)
    spec = replace(run.spec, epochs=epochs)
    return replace(run, spec=spec, program=program, name=spec.name(program, data))


def kept(run: PlannedRun, result: RunResult, criterion: Criterion) -> Trained:
    """Return a result without its weights; the criterion says what selection maximizes."""
    return Trained(
        run=run,
        diverged=result.diverged,
        scores=result.scores,
        history=result.history,
        predictions=result.predictions["test"] if run.spec.permutation is None else None,
        merit=(-math.inf,) if result.diverged else criterion.merit(result.scores),
    )
