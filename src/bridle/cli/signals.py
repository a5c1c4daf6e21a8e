"""Ctrl-C, and SIGTERM and SIGHUP like it: the first ends the work in good order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE = 3
"""So many signals end the process at once, should good order take too long."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first signal, and leave the tidying up undisturbed by a second."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came += 1
        if came == 1:
            raise KeyboardInterrupt
        if came >= PATIENCE:
            os._exit(130)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number, handler in before.items():
            # nohup and a shell's background jobs ignore some signals, and so do we then
            if handler is not signal.SIG_IGN:
                signal.signal(number, interrupt)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
