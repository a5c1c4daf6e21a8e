"""Command lines as Bridle advises them: whole, and quoted so that a POSIX shell reads them as they stand."""

from __future__ import annotations

import shlex
from pathlib import Path


def command_line(*words: object) -> str:
    """Return a command line of Bridle's, to be pasted.

    Args:
        words: what follows `bridle`. A `Path` may begin with a dash, which would otherwise be read as an option.
    """
    return shlex.join(["bridle", *map(_word, words)])


def _word(word: object) -> str:
    text = str(word)
    return f"./{text}" if isinstance(word, Path) and text.startswith("-") else text
