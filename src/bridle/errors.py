"""Errors: a `UserError` is a mistake that the user can correct; any other exception is a fault of Bridle."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bridle.names import SYNONYMS, find, near
from bridle.wording import Face, python, subject, worded

_UNSAID = object()

LONGEST = 80
"""Maximum number of characters of a value that a message quotes."""

LISTED = 30
"""Maximum number of names that a message lists."""

MESSAGE = 2000
"""Maximum number of characters of a message; longer ones are shortened."""

_JOINERS = "\u200c\u200d"
"""Characters without width that some scripts and emoji need."""


class Unquoted(str):
    """Words of Bridle's own for what came, which a message does not put in quotes: `shape [3]`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class UserError(ValueError):
    """A mistake that the user can correct; shown without a traceback.

    A message says which argument or file is meant, what was expected, what came, and what to do. It is data: Python
    users write `batch_size=32` and the shell's `--batch-size 32`, so `argument` and `command` mark the places where
    these differ, and each face words them. `str` words them for Python. Control characters of what a message quotes
    are written out, and long values are shortened.

    Attributes:
        argument: the Python name of the wrong argument; empty if there is none.
        expected: what it must be.
        received: the value received, as the message quotes it.
        advice: what to do.
        instead: a part of what was written and its replacement, if that is certain; the command line
            shows the corrected line.
        further: arguments by their Python names to add for what was wanted; the command line adds them
            to the line that it shows.
        message: the whole message with its marks not yet worded, for use in a longer message.
    """

    def __init__(
        self,
        message: str = "",
        instead: tuple[str, str] | None = None,
        further: Mapping[str, Any] | None = None,
        *,
        argument: str = "",
        verb: str = "be",
        expected: str = "",
        received: object = _UNSAID,
        advice: str = "",
    ) -> None:
        """Keep the message.

        Args:
            message: the whole message, in sentences; by default built from the parts below.
            instead: see above.
            further: see above.
            argument: the argument's Python name, or other words, such as `dropout.rate`.
            verb: what the argument must do: be, hold, have, name.
            expected: what follows "… must be".
            received: any value, which is quoted; `Unquoted` words are not.
            advice: one or two sentences.
        """
        self.argument, self.expected, self.advice = argument, expected, advice
        self.received = "" if received is _UNSAID else shown(received)
        if not message:
            came = f"; received {self.received}" if self.received else ""
            message = f"{subject(argument)} must {verb} {expected}{came}."
        self.message = f"{message} {advice}" if advice else message
        self.instead = instead
        self.further = dict(further or {})
        super().__init__(self.worded(python))

    def worded(self, face: Face) -> str:
        """Return the message in the words of a face; the middle of a very long message is left out.

        Args:
            face: `bridle.wording.python`, or the command line's.
        """
        return shortened(visible(worded(self.message, face)), MESSAGE)

    @property
    def parts(self) -> dict[str, str]:
        """The known parts of the mistake, by name: argument, expected, received."""
        known = {
            "argument": self.argument,
            "expected": self.expected,
            "received": self.received,
        }
        return {name: value for name, value in known.items() if value}

    def within(self, place: str) -> UserError:
        """Return this error with words before its message, such as `For digits: `.

        Args:
            place: ends with a space.
        """
        return _again(type(self), {**self.__dict__, "message": place + self.message})

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle with all attributes."""
        return (_again, (type(self), self.__dict__))


def _again(kind: type[UserError], attributes: dict[str, Any]) -> UserError:
    error = kind.__new__(kind)
    error.__dict__.update(attributes)
    error.args = (error.worded(python),)
    return error


def told(error: Exception) -> str:
    """Return an error's message for use in another message: a UserError's keeps its marks."""
    return error.message if isinstance(error, UserError) else str(error)


def visible(text: str) -> str:
    """Return a text with its control characters escaped: escape sequences, direction marks, lone surrogates.

    The result is printable in a terminal and valid in XML. Line ends stay.
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
    """Return a text of at most about `most` characters: its beginning, its end, and its length."""
    if len(text) <= most:
        return text
    head, tail = 2 * most // 3, most // 3
    return f"{text[:head]}… ({len(text):,} characters) …{text[-tail:]}"


def shown(value: object) -> str:
    """Return a value as a message quotes it: on one line, short, and in quotes if it is text."""
    if isinstance(value, Unquoted):
        return value
    if isinstance(value, str):
        return shortened(repr(value))
    return shortened(visible(repr(value)))


def listed_names(names: Iterable[object]) -> str:
    """Return a list of names for a message: each is shortened, and long lists are cut."""
    every = [shortened(str(name), LONGEST // 2) for name in names]
    left = len(every) - LISTED
    return ", ".join(every[:LISTED]) + (f" and {left:,} more" if left > 0 else "")


def closest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to two of the `known` names that may have been meant: a synonym, or the nearest spellings."""
    if (proper := find(name, (), SYNONYMS)) in (names := list(known)):
        return [str(proper)]
    # a longer text is not a mistyped name, and slow to compare
    return near(name, names) if len(name) <= LONGEST else []


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `' Did you mean …?'` for a near miss among `known`, otherwise an empty text."""
    slips = closest(name, known)
    return f" Did you mean {' or '.join(map(shown, slips))}?" if slips else ""


FEW_NAMES = 24
"""So many names are listed even if one of them was probably meant."""


def unknown(kind: str, name: object, known: Iterable[str], hint: str = "") -> UserError:
    """Build the error for an unknown name.

    Args:
        kind: what the name should be, such as `"method"`.
        name: the name received.
        known: all valid names.
        hint: how to see them, such as a command.
    """
    names, written = sorted(known), str(name)
    slips = closest(written, names)
    ending = f" {hint}" if hint and not slips else ""  # one thing to do next
    few = not slips or len(names) <= FEW_NAMES
    there = f" Known: {listed_names(names)}." if few else ""
    return UserError(
        f"Unknown {kind} {shown(name)}.{did_you_mean(written, names)}{there}{ending}",
        instead=(written, slips[0]) if len(slips) == 1 else None,
    )
