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
            app.command(name)(getattr(module, name))
    return app


def run(argv: Sequence[str], stop: Stop) -> int:
    """Run a command and return its exit status; a reader of stdout that goes away is no mistake.

    Args:
        argv: the words after `bridle`.
        stop: whether a signal came.
    """
    words = list(argv) or ["--help"]
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
    command: Any = typer.main.get_command(application())
    try:
        with command.make_context("bridle", list(words)) as context:
            command.invoke(context)
    except typer.Exit as leaving:
        return leaving.exit_code
    return DONE


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bridle {bridle.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
