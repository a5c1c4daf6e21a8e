"""Arguments and commands in messages: Python users write `batch_size=32`, the shell's `--batch-size 32`.

Messages hold marks in such places; each face words them when the message is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

_BEGIN, _END = "\ue000", "\ue001"
"""Private characters around a mark; `repr` writes them out, so no quoted value holds any."""
_MARK = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
_NO_VALUE = object()
_BLANK = "\ue002"
"""Stands for the key of what writes a blank."""


@dataclass(frozen=True)
class Blank:
    """A placeholder for a value, in capitals: `baseline=METHOD`, `--baseline METHOD`."""

    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Mark:
    """A part of a message that each face words differently.

    Attributes:
        kind: `subject` (an argument that a sentence begins with), `argument` or `command`.
        name: of the argument, or of the command.
        values: the argument's value, if there is one; or the command's positional arguments.
        options: the command's other arguments by name.
    """

    kind: Literal["subject", "argument", "command"]
    name: str
    values: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


Face = Callable[[Mark], str]
"""What words a mark: `python`, or the command line's."""


def subject(name: str) -> str:
    """Return a mark for an argument that a sentence is about: `batch_size` in Python, `--batch-size` in a shell.

    Args:
        name: as in Python. Other words, such as `dropout.rate`, stay as they are.
    """
    return _mark("subject", name) if name.isidentifier() else name


def argument(name: str, value: object = _NO_VALUE) -> str:
    """Return a mark for an argument to give: `batch_size=32` in Python, `--batch-size 32` in a shell.

    Args:
        name: as in Python.
        value: what to set it to; by default the argument alone is named: `batch_size=`.
    """
    return _mark("argument", name, [] if value is _NO_VALUE else [value])


def command(name: str, *values: object, **options: object) -> str:
    """Return a mark for a command: `bridle.extend('DIR', replicates=5)` in Python, `bridle extend DIR --replicates 5`.

    Args:
        name: of the function and of the command.
        values: the positional arguments; a list is written `a,b` in a shell.
        options: the others, by their names in Python.
    """
    return _mark("command", name, values, options)


def worded(message: str, face: Face) -> str:
    """Return a message whose marks are worded by a face."""

    def word(found: re.Match[str]) -> str:
        try:
            kind, name, values, options = json.loads(found[1])
        except ValueError:  # not written here: such characters were in what the message quotes
            return found[1]
        given = {key: _value(value) for key, value in options.items()}
        return face(Mark(kind, name, _value(values), given))

    return _MARK.sub(word, message)


def python(mark: Mark) -> str:
    """Word a mark as Python writes it."""
    options = [f"{name}={value!r}" for name, value in mark.options.items()]
    values = [repr(value) for value in mark.values]
    if mark.kind == "command" and mark.name == "report":
        return f"bridle.open_folder({', '.join(values)}).report({', '.join(options)})"
    if mark.kind == "command":
        return f"bridle.{mark.name}({', '.join([*values, *options])})"
    return mark.name if mark.kind == "subject" else f"{mark.name}={''.join(values)}"


def _mark(
    kind: str, name: str, values: Sequence[object] = (), options: Mapping[str, object] | None = None
) -> str:
    content = json.dumps([kind, name, list(values), options or {}], default=_plain)
    return _BEGIN + content + _END


def _plain(value: object) -> object:
    if isinstance(value, Blank):
        return {_BLANK: value.name}
    if isinstance(value, Path):  # one that begins with a dash would be read as an option
        return f"./{value}" if str(value).startswith("-") else str(value)
    raise TypeError(f"{value!r} cannot be said in a message")


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _value(one) for key, one in value.items()}
        return Blank(inner[_BLANK]) if _BLANK in inner else inner
    return tuple(map(_value, value)) if isinstance(value, list) else value
