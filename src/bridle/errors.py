"""What goes wrong, and who has to act: the user (`UserError`) or this project (anything else)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from bridle.names import SYNONYMS, find, near

LONGEST = 80
"""Characters of a value that a message quotes."""

LISTED = 30
"""Names that a message lists."""

MESSAGE = 2000
"""Characters of a message: more than any needs, but for what it quotes."""

_JOINERS = "\u200c\u200d"
"""Without width, but part of how some scripts and emoji are written."""

LONGEST = 80
"""Characters of a value that a message quotes."""

LISTED = 30
"""Names that a message lists."""

MESSAGE = 2000
"""Characters of a message: more than any needs, but for what it quotes."""

_JOINERS = "\u200c\u200d"
"""Without width, but part of how some scripts and emoji are written."""


class UserError(ValueError):
    """A mistake that the person at the keyboard can mend; shown without a traceback.

    The message names the argument or file, what was expected, what came, and what to do next. What it quotes
    cannot steer a terminal, nor fill it.

    Attributes:
        instead: a part of what was written, and what to write in its place, where that is certain: the command line
            shows the whole line with it.
        further: options that do what was wanted if they are added to the command; likewise.
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
    """Return up to two of the `known` names that may have been meant: what others call them, or the nearest first."""
    if (proper := find(name, (), SYNONYMS)) in (names := list(known)):
        return [str(proper)]
    # a longer one is no slip of a name, and slow to compare
    return near(name, names) if len(name) <= LONGEST else []


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `' Did you mean …?'` for a near miss among `known`, otherwise an empty string."""
    slips = closest(name, known)
    return f" Did you mean {' or '.join(map(shown, slips))}?" if slips else ""


def unknown(kind: str, name: object, known: Iterable[str], hint: str = "") -> UserError:
    """Build the error for a name that nobody knows.

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
