"""What runs inside a process that owns a device: chunks in, results out."""

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

from bridle.data.catalogue import lies_in_folder
from bridle.data.dataset import Dataset
from bridle.engine.process import adopt
from bridle.engine.spec import Chunk, ChunkResult, OutOfMemory, ProgramSpec

if TYPE_CHECKING:
    from bridle.engine.program import Program

_EXHAUSTED = "RESOURCE_EXHAUSTED"


def serve(address: int) -> None:
    """Do what the driver asks for, call by call, and end when it hangs up.

    Args:
        address: the number of this process's end of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's
    threading.Thread(target=_end_with_driver, daemon=True).start()
    driver = adopt(address)
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, argument = driver.recv()
            driver.send(_outcome(function, argument))


def _outcome(function: Callable[[Any], Any], argument: Any) -> tuple[bool, Any]:
    """Return whether a function returned, and what it returned or raised."""
    try:
        return True, function(argument)
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
    gc.set_threshold(100_000)  # to trace a program makes many objects, and hardly any garbage
    if cache is not None:
        from bridle.engine.cache import keep_programs

        keep_programs(Path(cache))


def _end_with_driver() -> None:
    """End this process when its driver is gone, however it went: nobody waits for its result."""
    while os.read(0, 1):
        pass
    os._exit(1)


def train_chunk(chunk: Chunk) -> ChunkResult | OutOfMemory:
    """Train a chunk's runs on this process's device."""
    import jax

    from bridle.engine.settings import own_settings

    try:
        with own_settings():
            return _train(chunk)
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and _EXHAUSTED not in str(error):
            raise
        _program.cache_clear()  # another width is compiled anew, and what this one holds is wanted
        first = str(error).strip().partition("\n")[0]
        return OutOfMemory(f"memory ran out ({first})" if first else "memory ran out")


def _train(chunk: Chunk) -> ChunkResult:
    # what no folder holds serves every study that asks for it
    place = chunk.folder if lies_in_folder(chunk.program.dataset) else None
    program = _program(chunk.program, chunk.width, place)
    # a process's first chunk would else count what it imports and loads, and no later one takes as long
    started = time.perf_counter()
    before = program.compile_seconds, program.lane_epochs, program.idle_lane_epochs
    results = program.train(chunk.runs, None if chunk.folder is None else Path(chunk.folder))
    compiling = program.compile_seconds - before[0]
    return ChunkResult(
        chunk=chunk.name,
        results=results,
        compile_seconds=compiling,
        seconds=time.perf_counter() - started - compiling,
        lane_epochs=program.lane_epochs - before[1],
        idle_lane_epochs=program.idle_lane_epochs - before[2],
        epoch_seconds=program.tick_seconds or 0.0,
    )


@functools.lru_cache(maxsize=2)
def _dataset(spec: str, folder: str | None) -> Dataset:
    from bridle.data import load

    return load(spec, None if folder is None else Path(folder))


@functools.lru_cache(maxsize=8)
def _program(spec: ProgramSpec, width: int, folder: str | None) -> Program:
    from bridle.engine.program import Program

    return Program(spec, width, _dataset(spec.dataset, folder))
