"""Errors: a `UserError` is the user's to correct, any other exception is a fault of Bridle's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from bridle.names import SYNONYMS, find, near

LONGEST = 80
"""Most characters of a value that a message quotes."""

LISTED = 30
"""Most names that a message lists."""

MESSAGE = 2000
"""Most characters of a message; longer ones, which quote very much, are shortened."""

_JOINERS = "\u200c\u200d"
"""Characters without width that some scripts and emoji need."""


class UserError(ValueError):
    """A mistake that the user can correct; shown without a traceback.

    The message names the argument or file, what was expected, what came, and what to do next. Control characters of
    what it quotes are written out, and long values are shortened.

    Attributes:
        instead: a part of what was written, and what to write in its place, where that is certain: the command line
            shows the whole line with it.
        further: options that do what was wanted if they are added to the command; the command line shows them too.
    """

    def __init__(
        self, message: str, instead: tuple[str, str] | None = None, further: Sequence[str] = ()
    ) -> None:
        """Keep the message, its control characters made visible and its middle left out where it is very long."""
        super().__init__(shortened(visible(message), MESSAGE))
        self.instead = instead
        self.further = tuple(further)


def visible(text: str) -> str:
    """Return a text whose control characters are written out: escape sequences, direction marks, lone surrogates.

    What is left is printable in a terminal and valid in XML. Line ends stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written(character) for character in text)


def _written(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    number = ord(character)
    never = (
        number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    )  # noncharacters, which XML forbids
    return character.encode("unicode_escape").decode() if hidden or never else character


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text of at most about `most` characters: its beginning and end, and how long it is."""
    if len(text) <= most:
        return text
    head, tail = 2 * most // 3, most // 3
    return f"{text[:head]}… ({len(text):,} characters) …{text[-tail:]}"


def shown(value: object) -> str:
    """Return a value as a message quotes it: in quotes where it is a text, on one line, and short."""
    if isinstance(value, str):
        return shortened(repr(value))
    return shortened(visible(repr(value)))


def listed_names(names: Iterable[object]) -> str:
    """Return names as a message lists them: each short, and the first of very many."""
    every = [shortened(str(name), LONGEST // 2) for name in names]
    left = len(every) - LISTED
    return ", ".join(every[:LISTED]) + (f" and {left:,} more" if left > 0 else "")


def closest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to two of the `known` names that may have been meant: by another usual name, or the nearest first."""
    if (proper := find(name, (), SYNONYMS)) in (names := list(known)):
        return [str(proper)]
    # a longer text is no mistyped name, and slow to compare
    return near(name, names) if len(name) <= LONGEST else []


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `' Did you mean …?'` for a near miss among `known`, otherwise an empty string."""
    slips = closest(name, known)
    return f" Did you mean {' or '.join(map(shown, slips))}?" if slips else ""


def unknown(kind: str, name: object, known: Iterable[str], hint: str = "") -> UserError:
    """Build the error for an unknown name.

    Args:
        kind: what the name should have named, such as `"method"`.
        name: what came.
        known: every name that would have been right.
        hint: what to do to see them, such as a command.
    """
    names, written = sorted(known), str(name)
    slips = closest(written, names)
    ending = f" {hint}" if hint and not slips else ""  # one thing to do next
    return UserError(
        f"Unknown {kind} {shown(name)}.{did_you_mean(written, names)} Known: {listed_names(names)}.{ending}",
        instead=(written, slips[0]) if len(slips) == 1 else None,
    )
