"""Work of requests done one after another in the main thread, which Ctrl-C then interrupts as any other work."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class Desk:
    """Takes work from the threads of requests."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[Callable[[], Any], Future[Any]]] = queue.Queue()
        self._open = True

    def ask(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, or raise what it raises, when its turn has come.

        Raises:
            ConnectionAbortedError: the main thread has ended.
        """
        future: Future[Result] = Future()
        self._waiting.put((work, future))
        while True:
            with contextlib.suppress(TimeoutError):
                return future.result(timeout=0.5)
            if not self._open:
                raise ConnectionAbortedError("the server has ended")

    def work(self) -> None:
        """Do the work that comes, until KeyboardInterrupt."""
        try:
            while True:
                with contextlib.suppress(queue.Empty):
                    work, future = self._waiting.get(
                        timeout=0.5
                    )  # Windows interrupts no longer wait
                    try:
                        future.set_result(work())
                    except Exception as error:
                        future.set_exception(error)
        finally:
            self._open = False
