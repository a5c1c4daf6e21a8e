"""Running a command, and reporting what it raises."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

from bridle.cli.application import COMMANDS, application
from bridle.cli.mistakes import DONE, mistake
from bridle.cli.output import ReaderGoneError, abandon_stdout, prepare_streams
from bridle.cli.signals import Stop
from bridle.errors import UserError, shown


def run(argv: Sequence[str], stop: Stop) -> int:
    """Run a command and return its exit status; a closed stdout is not an error.

    Args:
        argv: the words after `bridle`.
        stop: whether a signal came.
    """
    words = _understood(list(argv))
    prepare_streams()
    try:
        try:
            status = _call(words)
            sys.stdout.flush()
            return status
        except ReaderGoneError:
            raise
        except BaseException as error:
            found = mistake(error, words, stop)
            found.show("--json" in words)
            return found.status
    except ReaderGoneError:
        return DONE
    finally:
        abandon_stdout()


def _call(words: Sequence[str]) -> int:
    """Run a command without typer's own handling of errors, signals and closed pipes."""
    for word in words:
        if not word.isascii() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise UserError(
                f"{shown(word)} is no text in UTF-8. Rename the file or folder, or go to it by cd and "
                "name it from there."
            )
    command: Any = typer.main.get_command(application())
    try:
        with command.make_context("bridle", list(words)) as context:
            command.invoke(context)
    except typer.Exit as leaving:
        return leaving.exit_code
    return DONE


def _understood(words: list[str]) -> list[str]:
    """Return the words with other usual requests for help and the version in Bridle's form."""
    first, rest = (words[0], words[1:]) if words else ("--help", [])
    if first == "help" or (first in ("-h", "--help") and rest and rest[0] in COMMANDS):
        return [*rest, "--help"]
    return ["--version"] if first in ("version", "-v") and not rest else words or ["--help"]
