"""Where chunks run: in this process, or in worker processes that own a device each.

An executor pulls chunks, yields their results as they end, and knows nothing of studies. A cluster would be another
class with the same two members, and nothing else would change.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

from loky.backend import resource_tracker
from loky.process_executor import ProcessPoolExecutor

from bridle.engine.spec import Chunk, ChunkResult, ProgramSpec
from bridle.engine.worker import Device, cpu_devices, start_worker, train_chunk

Pull = Callable[[ProgramSpec | None], Chunk | None]
"""Gives a device its next chunk, of the program it ran last where possible; `None` when none is left."""

ATTEMPTS = 3
"""So often a chunk is tried before the study gives up, when its worker dies under it."""


class WorkerLostError(RuntimeError):
    """A chunk's worker died every time it was tried."""


class Executor(Protocol):
    """Where chunks run."""

    @property
    def devices(self) -> int:
        """How many chunks are trained at a time."""

    def run(self, pull: Pull) -> Iterator[tuple[Chunk, ChunkResult]]:
        """Train chunks until `pull` gives none; yield each with its result as it ends."""

    def close(self) -> None:
        """Give back processes and devices."""


class InProcessExecutor:
    """Trains chunks in the caller's own process, one after another: for tests and small jobs."""

    devices = 1

    def run(self, pull: Pull) -> Iterator[tuple[Chunk, ChunkResult]]:
        """Train chunks until `pull` gives none."""
        last: ProgramSpec | None = None
        while (chunk := pull(last)) is not None:
            last = chunk.program
            yield chunk, train_chunk(chunk)

    def close(self) -> None:
        """Nothing to give back."""


class LocalExecutor:
    """Trains chunks in worker processes, each of which owns one device of this machine.

    A worker that is killed costs the chunk it was training, which is trained again by a new worker.

    Args:
        devices: the devices to use; by default one for each core.
        cache: the folder for compiled programs; `None` keeps none.
    """

    def __init__(self, devices: list[Device] | None = None, cache: str | None = None) -> None:
        self._devices = devices or cpu_devices()
        self._cache = cache
        self._pools: dict[Device, ProcessPoolExecutor] = {}

    @property
    def devices(self) -> int:
        """The number of devices."""
        return len(self._devices)

    def run(self, pull: Pull) -> Iterator[tuple[Chunk, ChunkResult]]:
        """Train chunks on all devices until `pull` gives none.

        Raises:
            WorkerLostError: a chunk's worker died three times.
        """
        under_way: dict[Future[ChunkResult], tuple[Device, Chunk]] = {}
        deaths: Counter[str] = Counter()

        def give(device: Device, chunk: Chunk | None) -> None:
            if chunk is not None:
                with _undisturbed():
                    under_way[self._pool(device).submit(train_chunk, chunk)] = device, chunk

        for device in self._devices:
            give(device, pull(None))
        while under_way:
            ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ready:
                device, chunk = under_way.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool as error:
                    self._pools.pop(device).shutdown(wait=False, kill_workers=True)
                    deaths[chunk.name] += 1
                    if deaths[chunk.name] >= ATTEMPTS:
                        raise WorkerLostError(
                            f"The worker process died {ATTEMPTS} times while training chunk "
                            f"{chunk.name}; most often the system killed it for want of memory."
                        ) from error
                    give(device, chunk)
                else:
                    give(device, pull(chunk.program))
                    yield chunk, result

    def close(self) -> None:
        """End all workers at once, also in the middle of a chunk."""
        while self._pools:
            self._pools.popitem()[1].shutdown(wait=True, kill_workers=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pool(self, device: Device) -> ProcessPoolExecutor:
        if device not in self._pools:
            self._pools[device] = ProcessPoolExecutor(
                max_workers=1,
                env=device.environment(),
                initializer=start_worker,
                initargs=(self._cache,),
            )
        return self._pools[device]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let processes that start here never see Ctrl-C, which a terminal sends to them too.

    They ignore it once they run (`start_worker`); before that, its traceback would be all that the user sees.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # its start unblocks SIGINT, so it must not happen in between
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
