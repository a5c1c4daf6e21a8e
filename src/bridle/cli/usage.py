"""Reading the words of a command, and refusing words that its parser would drop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from bridle.errors import shown
from bridle.numbers import listed

# since 0.29 typer has its own copy of click; earlier versions use the package
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class WordsError(Exception):
    """Words that a command's parser would accept without using them all."""


class ExtraWordsError(WordsError):
    """Words where a command expects none."""

    def __init__(self, extra: Sequence[str]) -> None:
        """Keep the words."""
        many = "words are" if len(extra) > 1 else "word is"
        super().__init__(f"{' '.join(map(shown, extra[:4]))}: no further {many} expected here.")


class RepeatedError(WordsError):
    """An option that takes one value is given more than once."""

    def __init__(self, option: str, values: Sequence[str]) -> None:
        """Keep the option and its values."""
        super().__init__(
            f"{option} is given {len(values)} times, with {listed([shown(value) for value in values[:4]])}. "
            "Write it once."
        )


class Command(TyperCommand):
    """A command that drops no words; click would drop the first value of an option given twice."""

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
                    raise RepeatedError(named(parameter), values)
            if extra:
                raise ExtraWordsError(extra)
        return super().parse_args(ctx, args)


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


def named(parameter: Any) -> str:
    """Return a parameter as it is typed: `--epochs`, or `DATASET`."""
    options = [name for name in parameter.opts if name.startswith("-")]
    return options[0] if options else str(parameter.metavar or parameter.name.upper()).rstrip("…")
