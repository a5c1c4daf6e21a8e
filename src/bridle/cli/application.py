"""The application and its commands; each is the function in the file of the same name."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Annotated

import typer

import bridle
from bridle.cli.usage import Command

COMMANDS = (
    "compare",
    "search",
    "ablate",
    "train",
    "resume",
    "extend",
    "report",
    "show",
    "play",
    "refit",
    "predict",
    "export",
    "recipe",
    "diagnose",
    "judge",
    "reproduce",
    "methods",
    "explain",
    "networks",
    "optimizers",
    "metrics",
    "datasets",
)
"""The commands in the order of the help; each is the function in the file of the same name."""

_INTRODUCTION = """Which regularization does my network need, how strong, and does it truly help?

Begin with `bridle compare moons`, or see `bridle datasets` and `bridle methods`.
"""


def application() -> typer.Typer:
    """Return the application with every command."""
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
