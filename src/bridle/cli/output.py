"""Where a command writes: its result to stdout, everything else to stderr."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
import textwrap
from io import StringIO, TextIOWrapper
from typing import Any

from rich.console import Console

from bridle.files import plain

_ASCII = {
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "|",
    "×": "x",
    "…": "...",
    "’": "'",
    "←": "<-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "±": "+-",
    "√": "sqrt",
    "∞": "inf",
    "²": "^2",
    "½": "1/2",
    "λ": "lambda",
    "Σ": "sum",
    "β": "beta",
    "ε": "eps",
    "σ": "sigma",
    "μ": "mu",
    "Ω": "Omega",
    "\u0302": "^",
    "\u202f": " ",
    "\u00a0": " ",
}


class ReaderGoneError(Exception):
    """Whoever read our output has gone, as `head` does when it has enough."""


class _Result(Console):
    def on_broken_pipe(self) -> None:
        raise ReaderGoneError


class _Remarks(Console):
    def on_broken_pipe(self) -> None:
        self.quiet = True


class Output:
    """What a command may say, and where.

    Args:
        as_json: the result is one JSON document.
        quiet: nothing but results and mistakes.
    """

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.result = _Result(highlight=False, markup=False, emoji=False)
        self.remarks = _Remarks(
            stderr=True, highlight=False, markup=False, emoji=False, quiet=quiet
        )
        if quiet:
            # downloads ask for it too
            os.environ["BRIDLE_QUIET"] = "1"

    def tell(self, text: str = "", style: str | None = None) -> None:
        """Write a remark for the person at the keyboard to stderr, unless quiet."""
        self.remarks.print(text, style=style, soft_wrap=not self.remarks.is_terminal)

    def warn(self, text: str) -> None:
        """Write to stderr what must be known even by who wants nothing but the result."""
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    def paragraph(self, text: str, indent: int = 0) -> None:
        """Write prose of the result, wrapped to the terminal, without trailing spaces."""
        margin = " " * indent
        width = max(20 + indent, self.result.width)
        lines = textwrap.wrap(
            text,
            width,
            initial_indent=margin,
            subsequent_indent=margin,
            break_on_hyphens=False,
            break_long_words=False,
        )
        for line in lines:
            self.result.print(line, soft_wrap=True)

    def document(self, content: Any) -> None:
        """Write `content` to stdout as one JSON document."""
        write_document(content)


def write_document(content: Any) -> None:
    """Write `content` to stdout as one JSON document; NaN and infinities become null."""
    narrow = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(plain(content), indent=2, ensure_ascii=narrow, allow_nan=False)
    try:
        sys.stdout.write(text + "\n")
    except BrokenPipeError:
        raise ReaderGoneError from None
    flush_stdout()


def flush_stdout() -> None:
    """Write what is buffered.

    Raises:
        ReaderGoneError: nobody reads it.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def prepare_streams() -> None:
    """Let neither a character that a terminal lacks stop a command (it is written in ASCII), nor a closed stream."""
    codecs.register_error("bridle", _replace)
    for number in range(
        3
    ):  # closed, as after `>&-`: else the next file opened would stand in its place
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = sys.stdout or StringIO(), sys.stderr or StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="bridle")


def abandon_stdout() -> None:
    """Point stdout nowhere, so that what is still buffered disturbs nobody at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in characters), error.end
