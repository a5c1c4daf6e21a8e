"""Worker processes for simulations that train: one for each core, set up as those of a study."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from loky.process_executor import ProcessPoolExecutor

from bridle.engine.devices import devices
from bridle.engine.worker import start_worker

T = TypeVar("T")


@contextmanager
def workers() -> Iterator[ProcessPoolExecutor]:
    """Start the processes; what one has compiled serves all."""
    owned = devices("cpu")
    with tempfile.TemporaryDirectory() as cache:
        pool = ProcessPoolExecutor(
            max_workers=len(owned),
            env=owned[0].environment(),
            initializer=start_worker,
            initargs=(cache,),
        )
        try:
            yield pool
        finally:
            pool.shutdown(kill_workers=True)


def in_blocks(
    pool: ProcessPoolExecutor, work: Callable[[range], T], count: int, block: int
) -> Iterator[T]:
    """Let the processes work on `range(count)`, `block` numbers at a time; yield what they return, in order."""
    starts = range(0, count, block)
    ahead = [pool.submit(work, range(first, min(first + block, count))) for first in starts]
    for one in ahead:
        yield one.result()
