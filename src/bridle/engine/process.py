"""A worker process as its driver sees it: starting it, calling functions in it, and ending it.

Only pipes are needed: no semaphores (which require a writable `/dev/shm`), no threads or helper processes of the
driver, no program such as `pgrep`. A worker has no children, so killing it ends everything.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from multiprocessing import connection
from typing import Any

END_SECONDS = 5.0
"""Seconds to wait for a killed worker, which the system lets finish a system call."""

_WAIT_SECONDS = 3600.0
"""Maximum seconds of one wait: the system does not accept every number."""

_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from bridle.engine.worker import serve
serve(int(sys.argv[1]))
"""


class WorkerDiedError(Exception):
    """A worker process ended; the message says how, as in `was killed by SIGKILL`."""


class WorkerProcess:
    """A process that calls functions, one after another, and sends back what they return.

    Args:
        environment: all variables that it sees.

    Raises:
        OSError: the system starts no further process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._connection, theirs = connection.Pipe()
        with theirs:
            address, inherit = _inheritable(theirs)
            # -P: a worker does not import modules from the current folder
            words = [sys.executable, "-P", "-c", _PROGRAM, str(address), json.dumps(sys.path)]
            remarks = _open_stderr()
            with _without_interrupts():
                # when this process ends, however, its end of the pipe to stdin closes, and the worker ends too
                self._process = subprocess.Popen(
                    words,
                    env=dict(environment),
                    stdin=subprocess.PIPE,
                    stdout=remarks,
                    stderr=remarks,
                    **inherit,
                )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Let the worker call a function; `answer` returns its result."""
        # `answer` reports a worker that is gone
        with contextlib.suppress(OSError):
            self._connection.send((function, arguments))

    def answer(self) -> Any:
        """Wait for the result of the function, and return it.

        Raises:
            WorkerDiedError: the worker ended before.
            Exception: what the function raised.
        """
        try:
            returned, value = self._connection.recv()
        except (EOFError, OSError):
            raise WorkerDiedError(self._ended()) from None
        if not returned:
            raise value
        return value

    def kill(self) -> None:
        """End the process at once, also in the middle of its work."""
        self._connection.close()
        with contextlib.suppress(OSError):
            self._process.kill()

    def wait(self) -> None:
        """Wait until the system has ended a killed process, but not for ever."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _ended(self) -> str:
        """Say how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            # it closed its connection, so it is about to end
            status = self._process.wait(END_SECONDS)
            if status < 0:
                return f"was killed by {_signal_name(-status)}"
            return f"ended with exit status {status}"
        return "closed its connection"


def first_ready(workers: Iterable[WorkerProcess], until: float = math.inf) -> WorkerProcess | None:
    """Wait until a worker has an answer or has ended, and return it.

    Args:
        workers: those waited for.
        until: as `time.perf_counter` counts; None is returned if no worker is ready by then.
    """
    by_connection = {worker._connection: worker for worker in workers}
    while (left := until - time.perf_counter()) > 0:
        ready = connection.wait(list(by_connection), min(left, _WAIT_SECONDS))
        if ready:
            return next(worker for known, worker in by_connection.items() if known in ready)
    return None


def adopt(address: int) -> connection.Connection:
    """Return the worker's end of the connection, from the number that it was started with."""
    if sys.platform == "win32":
        return connection.PipeConnection(address)
    return connection.Connection(address)


def _inheritable(theirs: connection.Connection) -> tuple[int, dict[str, Any]]:
    """Return the number of a connection in the process to be started, and the arguments that pass it on."""
    if sys.platform == "win32":
        os.set_handle_inheritable(theirs.fileno(), True)
        info = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [theirs.fileno()]})
        return theirs.fileno(), {"startupinfo": info}
    return theirs.fileno(), {"pass_fds": (theirs.fileno(),)}


def _open_stderr() -> int:
    """Return where a worker's stderr goes: to ours, or nowhere if ours is closed."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C in a terminal does not reach: their driver ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
