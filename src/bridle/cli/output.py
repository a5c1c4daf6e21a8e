"""Where a command writes: its result to stdout, everything else to stderr."""

from __future__ import annotations

import codecs
import contextlib
import json
import logging
import os
import re
import sys
from io import BufferedWriter, FileIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console

from bridle.errors import UserError, visible
from bridle.files import plain
from bridle.lines import wrapped

if TYPE_CHECKING:
    from bridle.registry import Registry

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


_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

MOST_NARROW = 20
"""Minimum number of columns; a smaller value reported by a terminal is ignored."""


class ReaderGoneError(Exception):
    """The reader of stdout has gone, as `head` does when it has enough."""


class AnswerLostError(UserError):
    """Stdout cannot be written to."""


class _Answers(FileIO):
    """Stdout: a failure to write ends the command."""

    def write(self, content: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(content)
        except BrokenPipeError:
            raise ReaderGoneError from None
        except OSError as error:
            raise AnswerLostError(
                f"The answer cannot be written to stdout: {error.strerror}. Send it where there is room: "
                "the same command shows it again, and trains nothing twice."
            ) from None


class _Remarks(FileIO):
    """Stderr: a failure to write is ignored."""

    def write(self, content: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(content)
        except OSError:
            return len(content)


class Output:
    """The output of a command.

    Args:
        as_json: the result is one JSON document.
        quiet: nothing but results and mistakes.
    """

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.result = Console(highlight=False, markup=False, emoji=False)
        self.remarks = Console(stderr=True, highlight=False, markup=False, emoji=False, quiet=quiet)
        if quiet:
            # downloads read it too
            os.environ["BRIDLE_QUIET"] = "1"

    def tell(self, text: str = "", style: str | None = None) -> None:
        """Write a remark for the person at the keyboard to stderr, unless quiet."""
        self.remarks.print(visible(text), style=style, soft_wrap=not self.remarks.is_terminal)

    def unlisted(self, *registries: Registry[Any]) -> None:
        """Say what installed packages add that cannot be used, and why."""
        for registry in registries:
            for reason in registry.broken.values():
                self.tell(f"Not listed: {reason}")

    def warn(self, text: str) -> None:
        """Write to stderr what must be known even with `--quiet`."""
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    def paragraph(self, text: str, indent: int = 0) -> None:
        """Write prose of the result, wrapped to the terminal, without trailing spaces."""
        for line in wrapped(text, self.result.width, indent):
            self.result.print(line, soft_wrap=True)

    def document(self, content: Any) -> None:
        """Write `content` to stdout as one JSON document."""
        write_document(content)


def write_document(content: Any) -> None:
    """Write `content` to stdout as one JSON document; NaN and infinities become null."""
    narrow = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(plain(content), indent=2, ensure_ascii=narrow, allow_nan=False)
    # control characters are valid in JSON, but terminals obey them: \x9b also begins an escape sequence
    text = _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def prepare_streams() -> None:
    """Prepare the streams so that none stops a command: closed or full ones, missing characters, no width."""
    codecs.register_error("bridle", _replace)
    for number in range(3):
        try:
            os.fstat(number)
        except (
            OSError
        ):  # closed, as after `>&-`: otherwise the next file opened would take its place
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = _prepared(sys.stdout or StringIO(), 1, _Answers)
    sys.stderr = _prepared(sys.stderr or StringIO(), 2, _Remarks)
    # without a home folder, matplotlib reports where it keeps its fonts, which is of no interest
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    columns = os.environ.get("COLUMNS", "")
    if columns and not (columns.isdecimal() and int(columns) >= MOST_NARROW):
        del os.environ["COLUMNS"]


def _prepared(stream: TextIO, number: int, kind: type[FileIO]) -> TextIO:
    """Return a standard stream that `kind` replaces; one that is not a file (as in a notebook) stays."""
    if not isinstance(stream, TextIOWrapper):
        return stream
    stream.reconfigure(errors="bridle")
    try:
        if stream.fileno() != number or isinstance(getattr(stream.buffer, "raw", None), kind):
            return stream
    except OSError:
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    return TextIOWrapper(
        BufferedWriter(kind(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors="bridle",
        line_buffering=stream.line_buffering or stream.write_through or number == 2,
    )


def abandon_stdout() -> None:
    """Send stdout nowhere if it cannot be written to, so that its buffer causes no error at the end."""
    try:
        sys.stdout.flush()
    except (ReaderGoneError, AnswerLostError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in characters), error.end
