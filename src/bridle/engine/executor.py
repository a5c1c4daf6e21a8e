"""Where chunks run: in this process, or in worker processes that own a device each.

An executor pulls chunks, yields their results as they end, and knows nothing of studies. A cluster would be another
class with the same two members, and nothing else would change.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import Protocol, Self

from loky.backend import resource_tracker
from loky.process_executor import ProcessPoolExecutor

from bridle.engine.devices import Device, devices
from bridle.engine.spec import Chunk, ChunkResult, OutOfMemory, ProgramSpec
from bridle.engine.worker import start_worker, train_chunk
from bridle.errors import UserError

Pull = Callable[[ProgramSpec | None], Chunk | None]
"""Gives a device its next chunk, of the program it ran last where possible; `None` when none is left."""

ATTEMPTS = 3
"""So often a chunk is tried before the deaths of its workers count as want of memory."""

Outcome = ChunkResult | OutOfMemory
"""What becomes of a chunk."""


class WorkerStartError(UserError):
    """A worker process ended before it could take any work."""


class Executor(Protocol):
    """Where chunks run."""

    @property
    def devices(self) -> int:
        """How many chunks are trained at a time."""

    def run(self, pull: Pull, until: float = math.inf) -> Iterator[tuple[Chunk, Outcome]]:
        """Train chunks until `pull` gives none; yield each with its outcome as it ends.

        At `until`, as `time.perf_counter` counts, chunks under way are abandoned as far as they can be.

        A chunk that its device cannot hold is yielded before the device pulls again, so that narrower chunks of the
        same runs can follow.
        """

    def close(self) -> None:
        """Give back processes and devices."""


class InProcessExecutor:
    """Trains chunks in the caller's own process, one after another: for tests and small jobs."""

    devices = 1

    def run(self, pull: Pull, until: float = math.inf) -> Iterator[tuple[Chunk, Outcome]]:
        """Train chunks until `pull` gives none; none begins after `until`."""
        last: ProgramSpec | None = None
        while time.perf_counter() < until and (chunk := pull(last)) is not None:
            last = chunk.program
            yield chunk, train_chunk(chunk)

    def close(self) -> None:
        """Nothing to give back."""


class LocalExecutor:
    """Trains chunks in worker processes, each of which owns one device of this machine.

    A worker that is killed costs the chunk it was training, which is trained again by a new worker.

    Args:
        owned: the devices to use; by default one for each core.
        cache: the folder for compiled programs; `None` keeps none.
    """

    def __init__(self, owned: list[Device] | None = None, cache: str | None = None) -> None:
        self._devices = owned or devices("cpu")
        self._cache = cache
        self._pools: dict[Device, ProcessPoolExecutor] = {}
        self._started: dict[Device, Future[None]] = {}

    @property
    def devices(self) -> int:
        """The number of devices."""
        return len(self._devices)

    def run(self, pull: Pull, until: float = math.inf) -> Iterator[tuple[Chunk, Outcome]]:
        """Train chunks on all devices until `pull` gives none, or until a time at which all workers end.

        Three deaths of a chunk's worker are taken for want of memory: that is when a system kills most often.

        Raises:
            WorkerStartError: a worker process ended before it could take any work.
        """
        if time.perf_counter() >= until:
            return
        under_way: dict[Future[Outcome], tuple[Device, Chunk]] = {}
        # not `concurrent.futures.wait`: Ctrl-C in the midst of it leaves locks that the pools' shutdown then waits for
        ended: SimpleQueue[Future[Outcome]] = SimpleQueue()
        deaths: Counter[str] = Counter()

        def give(device: Device, chunk: Chunk | None) -> None:
            if chunk is not None:
                with _undisturbed():
                    future = self._pool(device).submit(train_chunk, chunk)
                    under_way[future] = device, chunk
                    future.add_done_callback(ended.put)

        for device in self._devices:
            give(device, pull(None))
        while under_way:
            try:
                future = ended.get(timeout=_seconds_until(until))
            except Empty:
                self.close()  # the next chunk gets new workers
                return
            device, chunk = under_way.pop(future)
            try:
                outcome = future.result()
            except BrokenProcessPool as error:
                self._replace(device, error)
                deaths[chunk.name] += 1
                if deaths[chunk.name] < ATTEMPTS:
                    give(device, chunk)
                    continue
                outcome = OutOfMemory(f"its worker process died {ATTEMPTS} times")
            if isinstance(outcome, OutOfMemory):
                yield chunk, outcome
                give(device, pull(chunk.program))
            else:  # the device goes on while its result is put away
                give(device, pull(chunk.program))
                yield chunk, outcome

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
            self._started[device] = self._pools[device].submit(_started)
        return self._pools[device]

    def _replace(self, device: Device, error: BrokenProcessPool) -> None:
        """Forget a device's dead worker, so that the next chunk gets a new one."""
        self._pools.pop(device).shutdown(wait=False, kill_workers=True)
        start = self._started[device]
        if start.exception() is not None:
            raise WorkerStartError(
                f"A worker process for {device.kind} {device.index} ended before it could take any work. "
                "Its own message, if it left one, stands above. "
                "Often `python -c 'import jax; print(jax.devices())'` shows what is wrong."
            ) from error


def _seconds_until(until: float) -> float | None:
    """Return how long to wait at most; `None` where there is no end."""
    if until == math.inf:
        return None
    return min(max(until - time.perf_counter(), 0.0), threading.TIMEOUT_MAX)


def _started() -> None:
    """What a worker does first: by it, one that cannot start is told from one that was killed."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put signals off meanwhile, and keep Ctrl-C, which a terminal sends to all, from processes that start here.

    A pool that is interrupted in the middle of taking work may never shut down. Workers ignore Ctrl-C once they run
    (`start_worker`); before that, its traceback would be all that the user sees.
    """
    # its start unblocks SIGINT, so it must not happen in between
    resource_tracker.ensure_running()
    with _put_off(), _blocked():
        yield


@contextmanager
def _blocked() -> Iterator[None]:
    """Keep Ctrl-C from this thread and from processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _put_off() -> Iterator[None]:
    """Call Python's handlers of the signals that end a program only at the end: another thread may have got them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    handlers: dict[int, Callable[[int, FrameType | None], object]] = {
        number: handler
        for number, handler in found.items()
        if callable(handler) and not isinstance(handler, signal.Handlers)
    }
    for number in handlers:
        signal.signal(number, lambda *call: came.append(call))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came:
            handlers[number](number, frame)
