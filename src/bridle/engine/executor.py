"""Where chunks run: in this process, or in worker processes that own a device each.

An executor pulls chunks, yields their results as they end, and knows nothing about studies. A cluster would be another
class with the same members, and nothing else would change.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from bridle.engine import underway
from bridle.engine.datasets import BY_NAME, DataStore
from bridle.engine.devices import Device, devices
from bridle.engine.process import WorkerDiedError, WorkerProcess, first_ready
from bridle.engine.spec import Chunk, ChunkResult, DataWanted, OutOfMemory, ProgramSpec
from bridle.engine.worker import hold, start_worker, train_chunk
from bridle.errors import UserError
from bridle.wording import subject

Pull = Callable[[ProgramSpec | None], Chunk | None]
"""Returns the next chunk for a device, preferably of the program it ran last; `None` when none is left."""

ATTEMPTS = 3
"""Retries before worker deaths are treated as out of memory, and before workers that do not start end a study."""

ChunkOutcome = ChunkResult | OutOfMemory
"""How a chunk ended: with results, or out of memory."""


class WorkerStartError(UserError):
    """Worker processes cannot be started, or end before they can take any work."""


class Executor(Protocol):
    """Where chunks run."""

    @property
    def devices(self) -> int:
        """Number of chunks that are trained at a time."""

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        """Train chunks until `pull` gives none; yield each with its outcome as it ends.

        A chunk that its device cannot hold is yielded before the device pulls again, so that narrower chunks of the
        same runs can follow.

        Args:
            pull: gives the next chunk.
            data: finds the data sets that chunks name, for workers that do not hold them.
            scratch: a folder of this machine that outlives the executor, for runs in training. The executor decides
                whether to use it, and deletes what it wrote for a chunk once it is asked for the
                outcome after that one.
            until: time of `time.perf_counter` at which chunks in training are abandoned where possible.
        """

    def close(self) -> None:
        """Release processes and devices."""


class InProcessExecutor:
    """Trains chunks in the caller's own process, one after another: for tests, notebooks and small jobs."""

    devices = 1

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        """Train chunks until `pull` gives none; none begins after `until`."""
        last: ProgramSpec | None = None
        while time.perf_counter() < until and (chunk := pull(last)) is not None:
            last = chunk.program
            outcome = train_chunk(chunk, scratch)
            if isinstance(outcome, DataWanted):
                hold(chunk.data, data)
                outcome = train_chunk(chunk, scratch)
            assert not isinstance(outcome, DataWanted)
            yield chunk, outcome
            _forget_underway(scratch, chunk, outcome)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class LocalExecutor:
    """Trains chunks in worker processes, each of which owns one device of this machine.

    When a worker is killed, a new worker trains its chunk again.

    Args:
        owned: the devices to use; by default one for each core.
        cache: the folder for compiled programs; `None` keeps none.
    """

    def __init__(self, owned: list[Device] | None = None, cache: str | None = None) -> None:
        self._devices = owned or devices("cpu")
        self._cache = cache
        self._workers: dict[Device, WorkerProcess] = {}
        self._ready: set[WorkerProcess] = set()

    @property
    def devices(self) -> int:
        """The number of devices."""
        return len(self._devices)

    def run(
        self,
        pull: Pull,
        data: DataStore = BY_NAME,
        scratch: Path | None = None,
        until: float = math.inf,
    ) -> Iterator[tuple[Chunk, ChunkOutcome]]:
        """Train chunks on all devices until `pull` gives none, or until a time at which the workers are ended.

        A chunk that three workers died on is treated as out of memory, the most frequent reason for a system to kill.

        Raises:
            WorkerStartError: worker processes end again and again before they can take any work.
        """
        if time.perf_counter() >= until:
            return
        under_way: dict[Device, Chunk] = {}
        deaths: Counter[Device | str] = Counter()

        def give(device: Device, chunk: Chunk | None) -> None:
            if chunk is not None:
                under_way[device] = chunk
                worker = self._worker(device)
                if worker in self._ready:
                    worker.call(train_chunk, chunk, scratch)

        try:
            for device in self._devices:
                give(device, pull(None))
            while under_way:
                ready = self._first(under_way, until)
                if ready is None:
                    return
                device = ready
                worker, chunk = self._workers[device], under_way[device]
                outcome: ChunkOutcome
                try:
                    answer: ChunkOutcome | DataWanted | None = worker.answer()
                    if isinstance(answer, DataWanted):
                        worker.call(hold, answer.data, data)
                        continue
                    if answer is None:  # the worker has started, or holds the data now
                        self._ready.add(worker)
                        deaths[device] = 0
                        worker.call(train_chunk, chunk, scratch)
                        continue
                    outcome = answer
                except WorkerDiedError as death:
                    victim = chunk.name if worker in self._ready else device
                    deaths[victim] += 1
                    self._end(device)
                    if deaths[victim] < ATTEMPTS:
                        give(device, chunk)
                        continue
                    if victim is device:
                        raise _no_start(device, str(death)) from death
                    outcome = OutOfMemory(
                        f"its worker process {death} {ATTEMPTS} times, as happens when memory runs out"
                    )
                del under_way[device]
                if isinstance(outcome, OutOfMemory):
                    yield chunk, outcome
                    give(device, pull(chunk.program))
                else:  # the device goes on while its result is stored
                    give(device, pull(chunk.program))
                    yield chunk, outcome
                    _forget_underway(scratch, chunk, outcome)
        finally:
            # results that are no longer needed
            self._end(*under_way)

    def close(self) -> None:
        """End all workers at once, also in the middle of a chunk."""
        self._end(*self._devices)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _first(self, under_way: Iterable[Device], until: float) -> Device | None:
        """Wait until a device's worker has an answer, and return the device; None if none has by then."""
        workers = {self._workers[device]: device for device in under_way}
        found = first_ready(workers, until)
        return None if found is None else workers[found]

    def _worker(self, device: Device) -> WorkerProcess:
        """Return a device's worker, a new one if it has none."""
        if device not in self._workers:
            try:
                self._workers[device] = WorkerProcess(device.environment())
            except OSError as error:
                raise WorkerStartError(
                    f"The system starts no worker process for {device.kind} {device.index} ({error}). "
                    f"End other programs, or train with fewer {subject('workers')}."
                ) from error
            self._workers[device].call(start_worker, self._cache)
        return self._workers[device]

    def _end(self, *owners: Device) -> None:
        """End the workers of some devices."""
        ending = [self._workers.pop(device) for device in owners if device in self._workers]
        for worker in ending:
            worker.kill()
        for worker in ending:
            worker.wait()
            self._ready.discard(worker)


def _forget_underway(scratch: Path | None, chunk: Chunk, outcome: ChunkOutcome) -> None:
    """Delete the files that a chunk's runs wrote while training, once the caller has their results."""
    if scratch is not None and isinstance(outcome, ChunkResult):
        underway.forget(scratch, chunk.run_names)


def _no_start(device: Device, how: str) -> WorkerStartError:
    """Return the error for workers of a device that do not start."""
    advice = (
        f"Systems kill when memory runs out: end other programs, or train with fewer {subject('workers')}."
        if "SIGKILL" in how
        else "Its own message, if it left one, stands above. "
        "Often `python -c 'import jax; print(jax.devices())'` shows what is wrong."
    )
    return WorkerStartError(
        f"The worker process for {device.kind} {device.index} ended {ATTEMPTS} times before it could take "
        f"any work; the last one {how}. {advice}"
    )
