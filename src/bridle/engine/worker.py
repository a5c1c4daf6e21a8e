"""The code of a worker process, which owns a device: it takes chunks and returns results."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.data.dataset import Dataset
from bridle.engine.process import adopt
from bridle.engine.spec import Chunk, ChunkResult, DataWanted, OutOfMemory, ProgramSpec

if TYPE_CHECKING:
    from bridle.engine.datasets import DataStore
    from bridle.engine.program import Program

_EXHAUSTED = "RESOURCE_EXHAUSTED"

HELD = 2
"""Maximum number of data sets that a process holds at a time."""

_held: dict[str, Dataset] = {}


def serve(address: int) -> None:
    """Call the functions that the driver asks for, and end when it closes the connection.

    Args:
        address: the number of this process's end of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver handles Ctrl-C
    threading.Thread(target=_end_with_driver, daemon=True).start()
    driver = adopt(address)
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, arguments = driver.recv()
            driver.send(_outcome(function, arguments))


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    """Return whether a function returned, and what it returned or raised."""
    try:
        return True, function(*arguments)
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        try:
            error.add_note(trace)  # tracebacks cannot be sent; notes can
            pickle.loads(pickle.dumps(error))
        except Exception:  # there are exceptions that cannot be sent at all
            return False, RuntimeError(trace)
        return False, error


def start_worker(cache: str | None) -> None:
    """Prepare a worker process: keep compiled programs in `cache`."""
    gc.set_threshold(100_000)  # tracing a program makes many objects and hardly any garbage
    if cache is not None:
        from bridle.engine.cache import keep_programs

        keep_programs(Path(cache))


def _end_with_driver() -> None:
    """End this process when its driver has ended in any way: nobody waits for the result."""
    while os.read(0, 1):
        pass
    os._exit(1)


def hold(data: str, store: DataStore) -> None:
    """Get a data set from a store and keep it for later chunks."""
    _held.pop(data, None)
    while len(_held) >= HELD:
        _held.pop(next(iter(_held)))
    _held[data] = store.dataset(data)


def train_chunk(
    chunk: Chunk, scratch: Path | None = None
) -> ChunkResult | OutOfMemory | DataWanted:
    """Train a chunk's runs on this process's device, if it holds their data.

    Args:
        chunk: what to train.
        scratch: a folder of this machine for long runs under way.
    """
    import jax

    if chunk.data not in _held:
        return DataWanted(chunk.data)
    try:
        return _train(chunk, scratch)
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and _EXHAUSTED not in str(error):
            raise
        from bridle.engine.compiled import forget_compiled

        # another width is compiled anew and needs the memory of this one
        _program.cache_clear()
        forget_compiled()
        first = str(error).strip().partition("\n")[0]
        return OutOfMemory(f"memory ran out ({first})" if first else "memory ran out")


def _train(chunk: Chunk, scratch: Path | None) -> ChunkResult:
    program = _program(chunk.program, chunk.width, _held[chunk.data])
    # otherwise a process's first chunk would count imports and loading, which later ones do not need
    started = time.perf_counter()
    compiled = program.compiled
    before = compiled.compile_seconds, program.lane_epochs, program.idle_lane_epochs
    results = program.train(chunk.runs, scratch)
    compiling = compiled.compile_seconds - before[0]
    return ChunkResult(
        chunk=chunk.name,
        results=results,
        compile_seconds=compiling,
        seconds=time.perf_counter() - started - compiling,
        lane_epochs=program.lane_epochs - before[1],
        idle_lane_epochs=program.idle_lane_epochs - before[2],
        epoch_seconds=program.tick_seconds or 0.0,
    )


@functools.lru_cache(maxsize=8)
def _program(spec: ProgramSpec, width: int, dataset: Dataset) -> Program:
    from bridle.engine.program import Program

    return Program(spec, width, dataset)
