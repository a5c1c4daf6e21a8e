"""What is wrong with the words of a command, in a sentence or two: unknown names, missing values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from bridle.cli import retype
from bridle.cli.synonyms import COMMANDS, WHOLE
from bridle.errors import did_you_mean, shown
from bridle.names import find

# typer brings a click of its own since 0.29, and used the real one before
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class WordsError(Exception):
    """Words that a command's parser would take without using them all."""


class ExtraWordsError(WordsError):
    """Words stand where a command expects none."""

    def __init__(self, extra: Sequence[str]) -> None:
        """Keep the words."""
        many = "words are" if len(extra) > 1 else "word is"
        super().__init__(f"{' '.join(map(shown, extra[:4]))}: no further {many} expected here.")


class RepeatedError(WordsError):
    """An option that takes one value is given more than once."""

    def __init__(self, option: str, values: Sequence[str]) -> None:
        """Keep the option and its values."""
        super().__init__(
            f"{option} is given {len(values)} times, with {' and '.join(map(shown, values[:4]))}. "
            "Write it once."
        )


class Command(TyperCommand):
    """A command that loses no word: of an option given twice, click would take the last value and drop the first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, and refuse those that would be dropped."""
        if not {"-h", "--help"} & set(args):
            _, extra, order = self.make_parser(ctx).parse_args(list(args))
            for parameter in dict.fromkeys(order):
                single = not getattr(parameter, "multiple", True)
                if (
                    single
                    and not getattr(parameter, "is_flag", False)
                    and order.count(parameter) > 1
                ):
                    values = [value for name in parameter.opts for value in all_given(name, args)]
                    raise RepeatedError(_named(parameter), values)
            if extra:
                raise ExtraWordsError(extra)
        return super().parse_args(ctx, args)


def explain(error: Exception, words: Sequence[str]) -> str:
    """Say what was wrong, and what to do: the very line to type where that is certain.

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
        return _unknown_option(str(getattr(error, "option_name", "")), context)
    if hasattr(error, "option_name"):
        option = str(error.option_name)
        return f"{option} needs a value." if "requires" in message else _ended(message)
    if hasattr(error, "param_type") and parameter is not None:
        return f"{_named(parameter)} is missing{_example(parameter, words)}."
    if parameter is not None:
        return _bad_value(parameter, message, words)
    return _ended(message)


_EXAMPLES = {"DATASET": "moons", "METHOD…": "dropout"}
"""What may stand for an argument."""


def _example(parameter: Any, words: Sequence[str]) -> str:
    """Return the line with an example of what is missing."""
    example = _EXAMPLES.get(str(parameter.metavar))
    if parameter.metavar == "DIR":
        here = sorted(found.parent.name for found in Path().glob("*/study.json"))
        example = here[0] if here else None
    line = [] if example is None else [words[0], example, *words[1:]]
    return f", as in `{retype.written(line)}`" if line and retype.refused(line) is None else ""


def _bad_value(parameter: Any, message: str, words: Sequence[str]) -> str:
    option = _named(parameter)
    kinds = {"integer": "a whole number", "number": "a number", "float": "a number"}
    kind = next((text for word, text in kinds.items() if word in message), None)
    if kind is None:
        return f"{option}: {_ended(message)}"
    received = next((v for name in parameter.opts if (v := given(name, words)) is not None), None)
    return f"{option} must be {kind}" + (
        "." if received is None else f"; received {shown(received)}."
    )


def given(option: str, words: Sequence[str]) -> str | None:
    """Return what was typed for an option."""
    return next(iter(all_given(option, words)), None)


def all_given(option: str, words: Sequence[str]) -> list[str]:
    """Return everything that was typed for an option."""
    found = []
    for word, after in zip(words, [*words[1:], None], strict=True):
        if word == option and after is not None:
            found.append(after)
        elif (
            word.startswith(f"{option}=" if option.startswith("--") else option) and word != option
        ):
            found.append(word[len(option) :].removeprefix("="))
    return found


def _unknown_option(option: str, context: Any) -> str:
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


def _named(parameter: Any) -> str:
    """Return what people type for a parameter: `--epochs`, or `DATASET`."""
    options = [name for name in parameter.opts if name.startswith("-")]
    return options[0] if options else str(parameter.metavar or parameter.name.upper()).rstrip("…")


def _ended(message: str) -> str:
    return message if message.endswith((".", "?", "!")) else f"{message}."
