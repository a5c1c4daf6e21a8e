"""Write docs/commands.md from the command line's own help: `python -m docs.commands`, or `make docs`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from bridle.cli.application import application

PAGE = Path(__file__).resolve().parent / "commands.md"
HEAD = """# Commands

<!-- written by `make docs` from the commands' help; do not edit -->

Every command is explained by `bridle COMMAND --help`. A mistyped command, option, method or data set is answered with
the one that was probably meant. [Files, columns and exit status](formats.md) are described for scripts.
"""
MARKUP = str.maketrans({"|": "&#124;", "<": "&lt;", "*": "&#42;"})
WIDTH = 100
"""Columns of the help that is read; only its metavariables and defaults depend on it."""


def page() -> str:
    """Return the text of the page."""
    group = typer.main.get_command(application())
    assert isinstance(group, TyperGroup)
    parts = [HEAD, "| command | what it does |\n|---|---|"]
    for name, command in group.commands.items():
        parts[-1] += f"\n| [`bridle {name}`](#bridle-{name}) | {first(command)} |"
    parts += [section(name, command) for name, command in group.commands.items()]
    return "\n".join(parts) + "\n"


def section(name: str, command: Any) -> str:
    """Return what a command does, its arguments and its options.

    Args:
        name: the command's.
        command: as the parser holds it.
    """
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    usage = command.get_usage(context).removeprefix("Usage: ").removeprefix(name).split()
    lines = [f"\n## bridle {name}\n", f"`bridle {' '.join([name, *usage])}`\n"]
    lines.append(inspect.cleandoc(command.help) + "\n")
    records = [
        found for one in command.get_params(context) if (found := one.get_help_record(context))
    ]
    lines += ["| argument or option | meaning |", "|---|---|"]
    lines += [f"| <code>{cell(words)}</code> | {cell(meaning)} |" for words, meaning in records]
    return "\n".join(lines)


def first(command: Any) -> str:
    """Return the first line of a command's help."""
    return inspect.cleandoc(command.help).partition("\n")[0]


def cell(text: str) -> str:
    """Return a text for a cell of a table, where bars and angle brackets would have a meaning."""
    return re.sub(r"\s+", " ", text).translate(MARKUP).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
