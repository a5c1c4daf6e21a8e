"""Explanations of what is wrong with the words of a command: unknown names, missing values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridle.cli import retype
from bridle.cli.synonyms import COMMANDS, WHOLE
from bridle.cli.usage import given, named
from bridle.errors import did_you_mean, shown
from bridle.names import find


def explain(error: Exception, words: Sequence[str]) -> str:
    """Say what was wrong and what to do, with the line to type if that is certain.

    Args:
        error: what typer raised.
        words: what was typed after `bridle`.
    """
    said = _said(error, words)
    better = retype.mended(words, error)
    if better and (text := retype.written(better)):
        return f"{said} Write: {text}"
    command = "bridle"
    if words and not words[0].startswith("-") and not _unknown_name(error):
        command = f"bridle {words[0]}"
    return f"{said} See `{command} --help`."


def _unknown_name(error: Exception) -> bool:
    return str(getattr(error, "message", "")).startswith("No such command")


def _said(error: Exception, words: Sequence[str]) -> str:
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    message = str(getattr(error, "message", "") or error).strip()
    if _unknown_name(error):
        return _unknown_command(words[0], context)
    if hasattr(error, "possibilities"):
        return _unknown_option(str(getattr(error, "option_name", "")), context, words)
    if hasattr(error, "option_name"):
        option = str(error.option_name)
        return f"{option} needs a value." if "requires" in message else _ended(message)
    if hasattr(error, "param_type") and parameter is not None:
        return f"{named(parameter)} is missing{_example(parameter, words)}."
    if parameter is not None:
        return _bad_value(parameter, message, words)
    return _ended(message)


_EXAMPLES = {"DATASET": "moons", "NAME…": "dropout"}
"""Examples of arguments."""


def _example(parameter: Any, words: Sequence[str]) -> str:
    """Return the line with an example of what is missing."""
    example = _EXAMPLES.get(str(parameter.metavar))
    if parameter.metavar == "DIR":
        here = sorted(found.parent.name for found in Path().glob("*/study.json"))
        example = here[0] if here else None
    line = [] if example is None else [words[0], example, *words[1:]]
    return f", as in `{retype.written(line)}`" if line and retype.refused(line) is None else ""


def _bad_value(parameter: Any, message: str, words: Sequence[str]) -> str:
    option = named(parameter)
    kinds = {"integer": "a whole number", "number": "a number", "float": "a number"}
    kind = next((text for word, text in kinds.items() if word in message), None)
    if kind is None:
        return f"{option}: {_ended(message)}"
    received = next((v for name in parameter.opts if (v := given(name, words)) is not None), None)
    return f"{option} must be {kind}" + (
        "." if received is None else f"; received {shown(received)}."
    )


def _unknown_option(option: str, context: Any, words: Sequence[str]) -> str:
    file = next((word for word in words if word.startswith("-") and os.path.isfile(word)), None)
    if file is not None:
        return f"{shown(file)} is read as options. Write the file as {shown(f'./{file}')}."
    if context is None:
        return f"Unknown option {shown(option)}."
    if context.parent is None:
        return f"{_plain(option)} is written after the command."
    if WHOLE.get(option.lstrip("-")) == ():
        return f"Unknown option {_plain(option)}: progress and plan are shown anyway."
    meant = retype.option_meant(option, context.command)
    return f"Unknown option {_plain(option)}." + (f" Did you mean {meant}?" if meant else "")


def _plain(option: str) -> str:
    """Return an option as messages name it."""
    return option if option.isascii() and len(option) <= 40 else shown(option)


def _unknown_command(name: str, context: Any) -> str:
    from bridle.data.catalogue import known as known_dataset
    from bridle.methods.catalogue import known as known_method

    plain = name.partition("(")[0]
    if known_dataset(plain):
        return f"{shown(name)} is a data set, not a command."
    if known_method(plain):
        return f"{shown(name)} is a method, not a command."
    known = [] if context is None else list(context.command.commands)
    meant = find(name, known, COMMANDS)
    if meant is not None:
        return f"Unknown command {shown(name)}. Did you mean {meant!r}?"
    return f"Unknown command {shown(name)}.{did_you_mean(name, known)} Known: {', '.join(known)}."


def _ended(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."
