"""Errors as the command line shows them, and the exit statuses that stand for them."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import typer

from bridle.cli import retype, usage
from bridle.cli.output import write_document
from bridle.errors import UserError
from bridle.files import refused

DONE, OURS, USER, INTERRUPTED = 0, 1, 2, 130


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
    """

    message: str
    status: int
    facts: dict[str, Any] = field(default_factory=dict)

    def show(self, as_json: bool) -> None:
        """Write the message to stderr, and with `as_json` a document to stdout beside it."""
        prefix = "" if self.status == INTERRUPTED else "error: "
        print(f"{prefix}{self.message}", file=sys.stderr, flush=True)
        if as_json:
            write_document({"error": self.message, "status": self.status, **self.facts})


def mistake(error: BaseException, words: Sequence[str] = ()) -> Mistake:
    """Say what an exception means: whose mistake it is, and what to do.

    Args:
        error: what was raised.
        words: what was typed after `bridle`.
    """
    if isinstance(error, InterruptedStudyError):
        return Mistake(str(error), INTERRUPTED, error.facts)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Mistake("interrupted", INTERRUPTED)
    if isinstance(error, UserError):
        return Mistake(_with_line(error, words), USER)
    if isinstance(error, usage.UsageError | usage.WordsError):
        return Mistake(usage.explain(error, words), USER)
    if refused(error):
        name = getattr(error, "filename", None)
        place, said = f" {name}" if name else "", getattr(error, "strerror", None) or error
        return Mistake(
            f"The system refuses{place}: {said}. Make room or mend the permissions, or choose "
            "another folder with --out; then the same command goes on.",
            USER,
        )
    return _ours(error)


def _with_line(error: UserError, words: Sequence[str]) -> str:
    """Return the message, with the whole line to type where one part of it is to be written otherwise."""
    better = list(words) if error.further else None
    if error.instead:
        better = retype.replaced(words, *error.instead)
    if better and error.further:
        better = [*better, *error.further]
        better = better if retype.refused(better) is None else None
    text = retype.written(better) if better else ""
    return f"{error} Write: {text}" if text else str(error)


def _ours(error: BaseException) -> Mistake:
    """Say that we are to blame, and keep the traceback out of the way."""
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
