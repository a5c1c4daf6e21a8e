"""The start of the present command, and the speed of the machine since then."""

from __future__ import annotations

import time

_given = [time.perf_counter(), time.process_time()]


def start(whole_process: bool) -> None:
    """Record the start of a command that was given just now, or with which this process began."""
    processor = time.process_time()
    # of the time before this in the process only the processor time is known; nothing has waited until now
    _given[:] = time.perf_counter(), processor
    if whole_process:
        _given[:] = time.perf_counter() - processor, 0.0


def given() -> float:
    """Return when the command was given, as `time.perf_counter` counts."""
    return _given[0]


def slowness() -> float:
    """Return how many times slower the machine is than an idle one, for a command that only computed so far."""
    processor = time.process_time() - _given[1]
    return max((time.perf_counter() - _given[0]) / max(processor, 0.1), 1.0)
