"""Lines of text: prose wrapped to a width, and command lines quoted for a POSIX shell."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path

from bridle.errors import visible


def command_line(*words: object) -> str:
    """Return a command line of Bridle to paste into a shell.

    Args:
        words: what follows `bridle`. A `Path` may begin with a dash, which would otherwise be read as an option.
    """
    return shlex.join(["bridle", *map(_word, words)])


def _word(word: object) -> str:
    text = str(word)
    return f"./{text}" if isinstance(word, Path) and text.startswith("-") else text


def wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    """Return prose broken into lines, without trailing spaces; options are not broken at their hyphens.

    Args:
        text: the prose.
        width: of a line, in characters.
        indent: how many spaces begin every line.
    """
    margin = " " * indent
    return textwrap.wrap(
        visible(text),
        max(20 + indent, width),
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,
    )
