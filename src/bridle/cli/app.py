"""The application: its commands, and what becomes of whatever they raise."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import bridle
from bridle.cli.mistakes import DONE, mistake
from bridle.cli.output import ReaderGoneError, abandon_stdout, prepare_streams
from bridle.cli.signals import Stop
from bridle.cli.usage import Command
from bridle.errors import UserError, shown

COMMANDS = (
    "compare",
    "train",
    "resume",
    "extend",
    "report",
    "diagnose",
    "judge",
    "reproduce",
    "methods",
    "explain",
    "optimizers",
    "datasets",
)
"""In the order in which the help shows them; each is the function of that name in the file of that name."""

_INTRODUCTION = """Which regularization does my network need, how strong, and does it truly help?

Begin with `bridle compare moons`, or see `bridle datasets` and `bridle methods`.
"""


def application() -> typer.Typer:
    """Return the application with every command whose file is there."""
    app = typer.Typer(
        name="bridle",
        help=_INTRODUCTION,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_root)
    for name in COMMANDS:
        if importlib.util.find_spec(f"bridle.cli.{name}") is not None:
            module = importlib.import_module(f"bridle.cli.{name}")
            app.command(name, cls=Command)(getattr(module, name))
    return app


def run(argv: Sequence[str], stop: Stop) -> int:
    """Run a command and return its exit status; a reader of stdout that goes away is no mistake.

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
    """Run a command without typer's own ways with errors, signals and closed pipes."""
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
    """Return the words with the usual ways to ask for help and the version in Bridle's own."""
    first, rest = (words[0], words[1:]) if words else ("--help", [])
    if first == "help" or (first in ("-h", "--help") and rest and rest[0] in COMMANDS):
        return [*rest, "--help"]
    return ["--version"] if first in ("version", "-v") and not rest else words or ["--help"]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bridle {bridle.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass
