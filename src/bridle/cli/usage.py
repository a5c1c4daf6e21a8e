"""What is wrong with the words of a command, in a sentence or two: unknown names, missing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from bridle.errors import did_you_mean

# typer brings a click of its own since 0.29, and used the real one before
UsageError: type[Exception] = typer.BadParameter.__bases__[0]

_OTHERS_SAY = {
    "lr": "learning-rate",
    "rate": "learning-rate",
    "batch": "batch-size",
    "layers": "widths",
    "hidden": "widths",
    "units": "widths",
    "net": "network",
    "arch": "network",
    "architecture": "network",
    "opt": "optimizer",
    "runs": "replicates",
    "looks": "one-look",
    "repeats": "replicates",
    "jobs": "workers",
    "timeout": "time-limit",
    "output": "out",
    "folder": "out",
    "verbose": "quiet",
}
"""What other tools call our options."""


def explain(error: Exception, words: Sequence[str]) -> str:
    """Say what was wrong, and what to do.

    Args:
        error: what typer raised.
        words: what was typed after `bridle`.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "bridle"
    if command == "bridle" and words and not words[0].startswith("-"):
        command = f"bridle {words[0]}"
    message = str(getattr(error, "message", "") or error).strip()
    parameter = getattr(error, "param", None)
    if message.startswith("No such command"):
        return f"{_unknown_command(message, context)} See `bridle --help`."
    return f"{_what(error, message, parameter, context, words)} See `{command} --help`."


def _what(
    error: Exception, message: str, parameter: Any, context: Any, words: Sequence[str]
) -> str:
    if hasattr(error, "possibilities"):
        return _unknown_option(str(getattr(error, "option_name", "")), context)
    if hasattr(error, "option_name"):
        option = str(error.option_name)
        return f"{option} needs a value." if "requires" in message else _ended(message)
    if hasattr(error, "param_type") and parameter is not None:
        return f"{_named(parameter)} is missing."
    if parameter is not None:
        return _bad_value(_named(parameter), message, words)
    if "unexpected extra argument" in message:
        return f"{_ended(message)} Lists are written without spaces: a,b,c."
    return _ended(message)


def _bad_value(option: str, message: str, words: Sequence[str]) -> str:
    kinds = {"integer": "a whole number", "number": "a number", "float": "a number"}
    kind = next((text for word, text in kinds.items() if word in message), None)
    if kind is None:
        return f"{option}: {_ended(message)}"
    given = _given(option, words)
    received = "" if given is None else f"; received {given!r}"
    return f"{option} must be {kind}{received}."


def _given(option: str, words: Sequence[str]) -> str | None:
    """Return what was typed for an option."""
    for word, after in zip(words, [*words[1:], None], strict=True):
        if word == option:
            return after
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


def _unknown_option(option: str, context: Any) -> str:
    if context is None:
        return f"Unknown option {option}."
    if context.parent is None and option in ("--json", "--quiet", "-q"):
        return f"{option} is written after the command, as in `bridle compare moons {option}`."
    known = [
        name[2:]
        for parameter in context.command.params
        for name in parameter.opts
        if name.startswith("--")
    ]
    typed = option.lstrip("-")
    if _OTHERS_SAY.get(typed) in known:
        return f"Unknown option {option}. Did you mean --{_OTHERS_SAY[typed]}?"
    close = did_you_mean(typed, known)
    # of an option and its other spelling the first will do
    name = close.partition("'")[2].partition("'")[0] or next(
        (name for name in known if len(typed) > 2 and name.startswith(typed)), ""
    )
    return f"Unknown option {option}." + (f" Did you mean --{name}?" if name else "")


def _unknown_command(message: str, context: Any) -> str:
    from bridle.data.catalogue import KINDS

    name = message.partition("'")[2].rpartition("'")[0].partition("'.")[0]
    plain = name.partition("(")[0].strip().lower().replace("-", "_")
    if plain in KINDS:
        return f"{name!r} is a data set, not a command. Did you mean `bridle compare {name}`?"
    known = [] if context is None else list(context.command.commands)
    return f"Unknown command {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}."


def _named(parameter: Any) -> str:
    """Return what people type for a parameter: `--epochs`, or `DATASET`."""
    options = [name for name in parameter.opts if name.startswith("-")]
    return options[0] if options else str(parameter.metavar or parameter.name.upper())


def _ended(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."
