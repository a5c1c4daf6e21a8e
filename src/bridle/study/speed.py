"""The speed at which this machine trains the programs of a plan, measured before training."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from bridle.data.dataset import Dataset
from bridle.engine.datasets import FolderData
from bridle.engine.executor import Executor
from bridle.engine.spec import Chunk, OutOfMemory, ProgramSpec
from bridle.networks.catalogue import network_for
from bridle.study.plan import Plan

RELOAD = 0.5
"""Time for another device to load a program, as a share of the time to compile it."""


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a kind of device before anything is measured.

    Attributes:
        step: seconds of a training step beside its arithmetic.
        together: whether all lanes share that time, or each takes it.
        operations: arithmetic of a second.
        run: seconds to draw, select and measure a run.
        compiling: seconds for a program.
    """

    step: float
    together: bool
    operations: float
    run: float
    compiling: float


TYPICAL = {
    "cpu": Assumed(step=2e-5, together=False, operations=1e11, run=0.0, compiling=6.0),
    "gpu": Assumed(step=8e-5, together=True, operations=2e13, run=4e-3, compiling=6.0),
}
"""Of one core, and of one GPU, by kind of device."""

OPERATIONS_KEPT = 200
"""Also assumed: the arithmetic of a convolution for each number that a step keeps."""


@dataclass(frozen=True)
class Cost:
    """The costs of a program, in seconds.

    Attributes:
        start: to start and end the runs of all lanes.
        epoch: to train all lanes for an epoch.
        compiling: to compile it.
    """

    start: float
    epoch: float
    compiling: float


@dataclass(frozen=True)
class Speed:
    """The costs of a plan's programs.

    Attributes:
        costs: by the names of a program's own methods; a program that was not measured has the mean of the others.
        devices: number of devices that train at a time.
        assumed: costs where nothing was measured.
    """

    costs: dict[tuple[str, ...], Cost]
    devices: int
    assumed: Cost

    def seconds(self, plan: Plan) -> float:
        """Estimate how long all runs of a plan take."""
        work, longest, loading = 0.0, 0.0, 0.0
        for program, count in plan.runs_by_program().items():
            cost = self._cost(program)
            once = cost.start + cost.epoch * plan.epochs
            work += once * -(-count // plan.width(program))
            longest = max(longest, once)
            measured = program.methods in self.costs
            loading += cost.compiling * (RELOAD * (self.devices - 1) if measured else 1.0)
        if self.devices == 1:
            return work + loading
        # at the end devices wait for one another, for half of a chunk on average
        return (work + loading) / self.devices + longest / 2

    def faster(self, share: float) -> Speed:
        """Return the speed on a share of the training examples."""
        found = [
            replace(cost, epoch=cost.epoch * share) for cost in (*self.costs.values(), self.assumed)
        ]
        return replace(self, costs=dict(zip(self.costs, found, strict=False)), assumed=found[-1])

    def _cost(self, program: ProgramSpec) -> Cost:
        if program.methods in self.costs:
            return self.costs[program.methods]
        known = list(self.costs.values()) or [self.assumed]
        return Cost(
            *(sum(column) / len(known) for column in zip(*map(astuple, known), strict=True))
        )


def measure(
    plan: Plan,
    smallest: Plan,
    folder: Path,
    executor: Executor,
    until: float,
    enough: Callable[[Speed], bool],
    beforehand: Cost,
) -> Speed:
    """Train the programs of a plan twice for an epoch, and time the second.

    This compiles the programs, which training needs anyway; the results are discarded.

    Args:
        plan: not yet begun.
        smallest: the smallest plan that would be trained; its programs are measured first.
        folder: the study's.
        executor: where it will be trained.
        until: time of `time.perf_counter` at which to give up.
        enough: says whether the speed measured so far is enough to decide.
        beforehand: the speed that is assumed where nothing could be measured.
    """
    lanes: dict[ProgramSpec, Chunk] = {}
    for run in sorted(plan.runs, key=lambda run: run.replicate):
        width = plan.width(run.program)
        chunk = lanes.get(run.program, Chunk(run.program, plan.dataset, width, ()))
        if len(chunk.runs) < width:
            spec = replace(run.spec, epochs=1)
            lanes[run.program] = replace(chunk, runs=(*chunk.runs, spec))
    first = {smallest.program(label) for label in smallest.methods}
    waiting = deque(sorted(lanes.values(), key=lambda chunk: chunk.program not in first))
    again: dict[ProgramSpec, Chunk] = {}
    settled = False
    costs: dict[tuple[str, ...], Cost] = {}

    def pull(last: ProgramSpec | None) -> Chunk | None:
        if settled:
            return None
        if last in again:
            return again.pop(last)
        if not waiting:
            return None
        chunk = waiting.popleft()
        again[chunk.program] = chunk
        return chunk

    for chunk, outcome in executor.run(pull, FolderData(folder), until=until):
        if isinstance(outcome, OutOfMemory):
            continue  # training meets the same failure and handles it
        before = costs.get(chunk.program.methods)
        costs[chunk.program.methods] = Cost(
            start=max(outcome.seconds - outcome.epoch_seconds, 0.0),
            epoch=outcome.epoch_seconds,
            compiling=outcome.compile_seconds if before is None else before.compiling,
        )
        settled = settled or (
            before is not None and enough(Speed(costs, executor.devices, beforehand))
        )
    return Speed(costs, executor.devices, beforehand)


def assumed(plan: Plan, dataset: Dataset, slowness: float = 1.0) -> Cost:
    """Return the costs of a program on a typical device, estimated from the plan's shapes."""
    typical = TYPICAL[plan.device]
    built = network_for(dataset, plan.network, plan.widths, plan.activation)
    numbers = sum(map(math.prod, built.shapes().values()))
    operations = plan.batch_size * (6 * numbers + OPERATIONS_KEPT * built.kept)
    steps = -(-dataset.sizes.train // plan.batch_size)
    width = plan.width(plan.program(plan.methods[0]))
    step = typical.step * (1 if typical.together else width)
    step += width * operations / typical.operations
    return Cost(
        slowness * typical.run * width, slowness * step * steps, slowness * typical.compiling
    )
