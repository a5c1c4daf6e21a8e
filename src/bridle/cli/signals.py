"""Ctrl-C, and SIGTERM and SIGHUP like it: the first ends the work in good order."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_SECONDS = 2.0
"""A second signal counts as meant when it comes so much later."""

PATIENCE = 3
"""So many signals end the process at once, should good order take too long."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first signal, and at a second that comes a while later.

    Python drops an exception that a signal raises inside a callback of the garbage collector, so a second must work;
    one that comes at once (a terminal and a supervisor both send one) leaves the tidying up undisturbed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came, last = 0, -math.inf

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came, last
        came += 1
        if came >= PATIENCE:
            os._exit(130)
        now = time.monotonic()
        if now - last >= AGAIN_SECONDS:
            last = now
            raise KeyboardInterrupt

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
