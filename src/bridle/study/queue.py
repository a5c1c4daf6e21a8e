"""The order in which a study's missing runs become chunks."""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Iterable

from bridle.engine.spec import Chunk, ProgramSpec
from bridle.study.plan import Plan, PlannedRun

ROUNDS = 4
"""Runs per lane in a chunk's queue: enough to recycle lanes, few enough that losing a chunk costs little."""


class Queue:
    """Gives devices their next chunk, with runs of early replicates first, so that a study can end early.

    Args:
        plan: the study's plan.
        missing: the runs to train.
        devices: number of devices that will pull.
    """

    def __init__(self, plan: Plan, missing: Iterable[PlannedRun], devices: int) -> None:
        self._plan = plan
        self._waiting: dict[ProgramSpec, deque[PlannedRun]] = defaultdict(deque)
        self._waiting_epochs = 0
        self._planned: dict[str, list[PlannedRun]] = {}
        self._devices = devices
        self._longest: float | None = None
        self._pulled: dict[ProgramSpec, int] = defaultdict(int)
        seen: set[str] = set()
        for run in sorted(missing, key=lambda run: run.replicate):
            if run.name not in seen:
                seen.add(run.name)
                self._waiting[run.program].append(run)
                self._waiting_epochs += run.spec.epochs

    def pull(self, last: ProgramSpec | None) -> Chunk | None:
        """Return the next chunk for a device that ran `last` before; `None` when nothing is left."""
        waiting = {program: runs for program, runs in self._waiting.items() if runs}
        if not waiting:
            return None
        if self._longest is not None:
            # replicate by replicate, so that each is soon complete for all methods
            first = min(runs[0].replicate for runs in waiting.values())
            waiting = {p: runs for p, runs in waiting.items() if runs[0].replicate == first}
        if last is not None and last in waiting:
            return self._chunk(last)
        # a program that no device has compiled yet, otherwise the one with the most left to do
        program = min(waiting, key=lambda p: (self._pulled[p], -len(waiting[p])))
        self._pulled[program] += 1
        return self._chunk(program)

    def runs(self, chunk: Chunk) -> list[PlannedRun]:
        """Return the planned runs of a chunk that was pulled."""
        return self._planned[chunk.name]

    def hurry(self, epochs: float = 0.0) -> None:
        """From now on give replicate after replicate, in chunks of at most about `epochs` epochs of all runs."""
        self._longest = epochs

    def put_back(self, chunk: Chunk, plan: Plan) -> None:
        """Take back the runs of a chunk that could not be trained, and continue with a changed plan."""
        self._plan = plan
        back = self._planned.pop(chunk.name)
        self._waiting[chunk.program].extendleft(reversed(back))
        self._waiting_epochs += sum(run.spec.epochs for run in back)

    def waiting_epochs(self) -> int:
        """Return how many epochs the runs not yet pulled may take."""
        return self._waiting_epochs

    def drop_replicates(self, keep: int) -> None:
        """Remove the waiting runs of replicate `keep` and later ones."""
        for program, runs in self._waiting.items():
            self._waiting[program] = deque(run for run in runs if run.replicate < keep)
        self._waiting_epochs = sum(
            run.spec.epochs for runs in self._waiting.values() for run in runs
        )

    def clear(self) -> None:
        """Remove all waiting runs."""
        self._waiting.clear()
        self._waiting_epochs = 0

    def _chunk(self, program: ProgramSpec) -> Chunk:
        runs = self._waiting[program]
        width = self._plan.width(program)
        # towards the end, shorter queues keep all devices busy until the last moment
        fair = -(-len(runs) // self._devices)
        count = min(ROUNDS * width, max(width, -(-fair // width) * width))
        if len(self._planned) < self._devices:
            count = width  # the first chunk is short, because the estimate of the time waits for it
        if self._longest is not None:
            longest = max(run.spec.epochs for run in itertools.islice(runs, count))
            count = min(count, width * max(int(self._longest / (width * longest)), 1))
        taken = [runs.popleft() for _ in range(min(count, len(runs)))]
        self._waiting_epochs -= sum(run.spec.epochs for run in taken)
        chunk = Chunk(program, self._plan.dataset, width, tuple(run.spec for run in taken))
        self._planned[chunk.name] = taken
        return chunk
