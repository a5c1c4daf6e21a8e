"""Ctrl-C, SIGTERM and SIGHUP: the first signal ends the work in good order; in any case the process ends."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

AGAIN_SECONDS = 1.0
"""Seconds after which a second signal ends the process at once; a terminal and a supervisor may both send one."""

PATIENCE = 3
"""Number of signals that end the process at once, however quickly they come."""

IMPORT_SECONDS = 2.0
"""Seconds that an import in progress may take before the process ends within it."""

GRACE_SECONDS = 10.0
"""Seconds for ending in good order; then the process ends as if killed, which costs no finished run."""

_NUDGE_SECONDS = 0.02


class Stop:
    """Whether, by what, and since when this process is asked to stop."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._count = self._nudges = 0
        self._since, self._last = math.inf, -math.inf
        self._raised = False
        self._over = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self.number is not None

    @property
    def status(self) -> int:
        """The exit status: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + (self.number or signal.SIGINT)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, unless an import is in progress or it was raised before."""
        if self._nudges:
            self._nudges -= 1
        else:
            self._receive(number)
        # compiled modules do not survive an exception during their import, and others turn it into an ImportError
        if not self._raised and not _importing(frame):
            self._raised = True
            raise KeyboardInterrupt

    def lost(self) -> None:
        """Let KeyboardInterrupt be raised again: Python drops what is raised inside a destructor."""
        self._raised = False

    def over(self) -> None:
        """Let the process live, because the work has ended."""
        self._over.set()

    def _receive(self, number: int) -> None:
        now = time.monotonic()
        self._count += 1
        if not self.asked:
            self.number, self._since = number, now
            threading.Thread(target=self._watch, daemon=True).start()
        elif now - self._last >= AGAIN_SECONDS or self._count >= PATIENCE:
            self._leave()
        self._last = now

    def _watch(self) -> None:
        """Make sure that the process ends: interrupt it again after imports, and end it when its time is up."""
        main = threading.main_thread().ident
        while not self._over.wait(_NUDGE_SECONDS):
            patience = GRACE_SECONDS if self._raised else IMPORT_SECONDS
            if time.monotonic() - self._since > patience:
                self._leave()
            if not self._raised and self.number is not None and main is not None:
                self._nudges += 1
                if hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(main, self.number)
                else:
                    signal.raise_signal(self.number)

    def _leave(self) -> None:
        """End the process at once; its workers notice and end too."""
        with contextlib.suppress(OSError):
            shown = "\x1b[?25h\n" if os.isatty(2) else ""  # a bar hides the cursor
            os.write(2, f"{shown}interrupted\n".encode())
        os._exit(self.status)


@contextmanager
def interruptible(to_the_end: bool = False) -> Iterator[Stop]:
    """Let signals that end a program raise KeyboardInterrupt in good order.

    Args:
        to_the_end: whether this process ends afterwards; then a later signal ends it silently.

    Yields:
        A record of the signals received.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heeded = [
        # nohup and a shell's background jobs ignore some signals; then Bridle does too
        number
        for number, handler in before.items()
        if handler is not signal.SIG_IGN
    ]
    hook = sys.unraisablehook
    sys.unraisablehook = _noticing(stop, hook)
    try:
        for number in heeded:
            signal.signal(number, stop.handle)
        yield stop
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL if to_the_end else before[number])
        sys.unraisablehook = hook
        if not to_the_end:
            stop.over()


def _importing(frame: FrameType | None) -> bool:
    """Say whether a frame is part of an import."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib."):
            return True
        frame = frame.f_back
    return False


def _noticing(stop: Stop, hook: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a hook for exceptions that Python cannot raise, which keeps interrupts from being lost."""

    def noticing(event: Any) -> None:
        if issubclass(event.exc_type, KeyboardInterrupt):
            stop.lost()
        else:
            hook(event)

    return noticing
