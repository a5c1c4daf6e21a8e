"""When the present command was given, and how fast the machine has been since."""

from __future__ import annotations

import time

_given = [time.perf_counter(), time.process_time()]


def start(whole_process: bool) -> None:
    """Take the time of a command that was given just now, or with which this process began."""
    processor = time.process_time()
    # of what came before in a process of its own only the processor time is known, and nothing waits by then
    _given[:] = time.perf_counter(), processor
    if whole_process:
        _given[:] = time.perf_counter() - processor, 0.0


def given() -> float:
    """Return when the command was given, as `time.perf_counter` counts."""
    return _given[0]


def slowness() -> float:
    """Return how many times longer things take than on an idle machine, as of a command that only computed so far."""
    processor = time.process_time() - _given[1]
    return max((time.perf_counter() - _given[0]) / max(processor, 0.1), 1.0)
