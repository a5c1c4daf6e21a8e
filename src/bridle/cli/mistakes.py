"""Errors as the command line shows them, and their exit statuses."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import typer

from bridle.cli import retype, usage
from bridle.cli.explanations import explain
from bridle.cli.output import AnswerLostError, write_document
from bridle.cli.signals import Stop
from bridle.cli.wording import given, shell
from bridle.errors import MESSAGE, UserError, shortened, visible
from bridle.refusals import refusal
from bridle.wording import worded

DONE, OURS, USER = 0, 1, 2


class InterruptedStudyError(Exception):
    """Ctrl-C or SIGTERM came; the message says what is kept, `facts` the same for programs."""

    def __init__(self, message: str, facts: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.facts = facts or {}


@dataclass(frozen=True)
class Mistake:
    """What went wrong, ready to be shown.

    Attributes:
        message: for people.
        status: the exit status.
        facts: further entries of the JSON document.
        interrupted: nothing went wrong; a signal came.
    """

    message: str
    status: int
    facts: dict[str, Any] = field(default_factory=dict)
    interrupted: bool = False

    def show(self, as_json: bool) -> None:
        """Write the message to stderr, and with `as_json` a document to stdout beside it."""
        prefix = "" if self.interrupted else "error: "
        message = shortened(visible(self.message), MESSAGE)  # typer's messages too
        print(f"{prefix}{message}", file=sys.stderr, flush=True)
        if as_json:
            with contextlib.suppress(AnswerLostError):
                write_document({"error": self.message, "status": self.status, **self.facts})


def mistake(error: BaseException, words: Sequence[str] = (), stop: Stop | None = None) -> Mistake:
    """Turn an exception into a mistake: whose it is, and what to do.

    Args:
        error: what was raised.
        words: what was typed after `bridle`.
        stop: whether a signal came.
    """
    status = Stop().status if stop is None else stop.status
    if isinstance(error, InterruptedStudyError):
        return Mistake(str(error), status, error.facts, interrupted=True)
    # after a signal, all other failures are consequences of it
    if isinstance(error, KeyboardInterrupt | typer.Abort) or (stop is not None and stop.asked):
        return Mistake("interrupted", status, interrupted=True)
    if isinstance(error, UserError):
        return Mistake(_with_line(error, words), USER, error.parts)
    if isinstance(error, usage.UsageError | usage.WordsError):
        return Mistake(explain(error, words), USER)
    if said := refusal(error):
        said = worded(said, shell(words))
        return Mistake(f"{said}; then the same command goes on.", USER)
    return _ours(error)


def _with_line(error: UserError, words: Sequence[str]) -> str:
    """Return the message, with the corrected line if one part of it must be written differently."""
    better = list(words) if error.further else None
    if error.instead:
        better = retype.replaced(words, *error.instead)
    if better and error.further:
        more = [word for name, value in error.further.items() for word in given(name, value)]
        better = [*better, *more]
        better = better if retype.refused(better) is None else None
    text = retype.written(better) if better else ""
    message = error.worded(shell(words))
    return f"{message} Write: {text}" if text else message


def _ours(error: BaseException) -> Mistake:
    """Report a fault of Bridle, with the traceback in a file."""
    trace = "".join(traceback.format_exception(error))
    kind = f"{type(error).__name__}: {error}".rstrip(": ")
    if os.environ.get("BRIDLE_DEBUG"):
        print(trace, file=sys.stderr)
        return Mistake(f"This is Bridle's fault, not yours: {kind}", OURS)
    try:
        handle, path = tempfile.mkstemp(prefix="bridle-error-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(trace)
        where = f"The details are in {path}; please report them."
    except OSError:
        where = "With BRIDLE_DEBUG=1 in the environment it shows the details; please report them."
    return Mistake(f"This is Bridle's fault, not yours: {kind}. {where}", OURS)
