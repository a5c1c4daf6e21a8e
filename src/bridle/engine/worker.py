"""What runs inside a process that owns a device: chunks in, results out."""

from __future__ import annotations

import functools
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bridle.data.dataset import Dataset
from bridle.engine.spec import Chunk, ChunkResult, ProgramSpec

CACHE_BYTES = 512 * 2**20
"""The cache of compiled programs may grow to this size; the least recently used go first."""

PARENT_SECONDS = 1.0
"""So often a worker looks whether the process that it works for is still there."""


@dataclass(frozen=True)
class Device:
    """One device that one worker process owns.

    Attributes:
        kind: `cpu`; each core is a device of its own.
        index: which one.
    """

    kind: str
    index: int

    def environment(self) -> dict[str, str]:
        """Return the variables that a worker's process must start with.

        On a CPU, XLA keeps to one thread.
        """
        return {
            "JAX_PLATFORMS": self.kind,
            "NPROC": "1",
            "OMP_NUM_THREADS": "1",
            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            # data sets and programs stay in a worker on purpose; it is no leak that calls for a new one
            "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15",
        }


def cpu_devices(most: int | None = None) -> list[Device]:
    """Return a device for each core this process may use, at most `most`."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        cores = os.cpu_count() or 1
    return [Device("cpu", index) for index in range(min(cores, most or cores))]


def start_worker(cache: str | None) -> None:
    """Prepare a worker process: leave Ctrl-C to the driver, keep compiled programs in `cache`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    if cache is not None:
        keep_programs(Path(cache))


def _end_with_parent(parent: int) -> None:
    """End this process soon after its parent is gone, however it went: nobody waits for its result."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(1)


def keep_programs(cache: Path) -> None:
    """Let JAX keep compiled programs in a folder of bounded size."""
    import jax

    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_compilation_cache_max_size", CACHE_BYTES)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    # an unreadable entry is compiled again, and is nothing to tell the user
    jax.config.update("jax_raise_persistent_cache_errors", False)


def train_chunk(chunk: Chunk) -> ChunkResult:
    """Train a chunk's runs on this process's device."""
    started = time.perf_counter()
    program = _program(chunk.program, chunk.width, chunk.folder)
    before = program.compile_seconds, program.lane_epochs, program.idle_lane_epochs
    results = program.train(chunk.runs)
    compiling = program.compile_seconds - before[0]
    return ChunkResult(
        chunk=chunk.name,
        results=results,
        compile_seconds=compiling,
        seconds=time.perf_counter() - started - compiling,
        lane_epochs=program.lane_epochs - before[1],
        idle_lane_epochs=program.idle_lane_epochs - before[2],
    )


@functools.lru_cache(maxsize=2)
def _dataset(spec: str, folder: str | None) -> Dataset:
    from bridle.data import load

    return load(spec, None if folder is None else Path(folder))


@functools.lru_cache(maxsize=8)
def _program(spec: ProgramSpec, width: int, folder: str | None):  # type: ignore[no-untyped-def]
    from bridle.engine.program import Program

    return Program(spec, width, _dataset(spec.dataset, folder))
