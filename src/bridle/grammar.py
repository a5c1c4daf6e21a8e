"""How methods and data sets are written: `dropout(rate=0.2)+l2`, `moons(n=500,noise=0.3)`.

    sum    = call {"+" call}
    call   = name ["(" [argument {"," argument}] ")"] | name ("=" | ":") value
    argument = name "=" value | value
    name   = word | module ":" word
    value  = number | true | false | none | word | "[" value {"," value} "]" | call

One grammar serves methods, data sets, grids and files, so that what a table prints can be typed. `module:Name` is a
class or object that can be imported, from your own code or a package. A value without a name
gets its meaning from the reader of the call: for a method it is the strength, as in `dropout(0.5)` or `l1=1e-4`. A
call as a value, such as the schedule in `dropout(rate=cosine(0.5))`, stays a text until then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridle.errors import UserError, shown

Value = bool | int | float | str | None | tuple["Value", ...]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:([A-Za-z_]\w*)\Z", re.ASCII)
_LIST = re.compile(r"\w+([\s;|/]+\w+)+\Z")
_SHORT = re.compile(
    r"((?:[\w.]+:(?=[A-Za-z_]\w*\s*=))?[^=:()\[\]]+?)(?:\s*[=:]\s*(?=[^=:()])|\s+(?=[-+.\d]))([^=:()]+)\Z"
)
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "none": None}
_OPEN, _CLOSE = "([", ")]"


@dataclass(frozen=True)
class Call:
    """A name with arguments, such as `moons(n=500)`.

    Attributes:
        name: in letters, digits and underscores, or `module:Name`.
        arguments: values by name.
        unnamed: values that were written without a name.
        written: the text it was read from, for messages; empty if it was read from none.
    """

    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    unnamed: tuple[Value, ...] = ()
    written: str = field(default="", compare=False, repr=False)

    @property
    def text(self) -> str:
        """The call as it was written, or as it is written."""
        return self.written or str(self)

    def __str__(self) -> str:
        inside = [format_value(value) for value in self.unnamed]
        inside += [f"{key}={format_value(value)}" for key, value in self.arguments.items()]
        return f"{self.name}({','.join(inside)})" if inside else self.name


def is_reference(name: str) -> bool:
    """Say whether a name is `module:Name`, what can be imported, and not a short form such as `patience:inf`."""
    found = _REFERENCE.match(name)
    return found is not None and isinstance(parse_value(found[1]), str)


def split_outside(text: str, separator: str) -> list[str]:
    """Split at `separator` wherever it stands outside all parentheses and brackets.

    Raises:
        UserError: a parenthesis or bracket is not closed, or closed without being opened.
    """
    parts, start, waiting = [], 0, []
    for position, character in enumerate(text):
        if character in _OPEN:
            waiting.append(_CLOSE[_OPEN.index(character)])
        elif character in _CLOSE:
            if not waiting or waiting.pop() != character:
                raise UserError(
                    f"Unmatched {character!r} at character {position + 1} of {shown(text)}."
                )
        elif character == separator and not waiting:
            parts.append(text[start:position])
            start = position + 1
    if waiting:
        raise UserError(f"{shown(text)} ends before its {waiting[-1]!r}.")
    return [part.strip() for part in [*parts, text[start:]]]


def parse_value(text: str) -> Value:
    """Read one value: a number, true, false, none, a bare word, or a bracketed list of values."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        inside = text[1:-1].strip()
        return tuple(parse_value(part) for part in split_outside(inside, ",")) if inside else ()
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def format_value(value: Value) -> str:
    """Write a value so that `parse_value` reads the same one."""
    if isinstance(value, tuple | list):
        return "[" + ",".join(format_value(part) for part in value) + "]"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float) and value == 0:
        return "0"  # -0 would be read as 0
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def parse_call(text: str, unnamed: bool = False) -> Call:
    """Read `name` or `name(key=value,...)`.

    Args:
        text: what to read.
        unnamed: whether values may stand without a name: `name(value)`, `name=value`, `name:value` or `name value`.

    Raises:
        UserError: the text is not of that form, or names an argument twice.
    """
    if not isinstance(text, str):
        raise UserError(f"Cannot read {shown(text)}: expected text like name or name(key=value).")
    written = text = text.strip()
    if unnamed and not is_reference(text) and (short := _SHORT.match(text)):
        text = f"{short[1]}({short[2]})"
    name, bracket, rest = text.partition("(")
    # people write batch-norm, fashion-mnist and early stopping too
    name = re.sub(r"(?<=\w)[-\s]+(?=\w)", "_", name.strip())
    named = _NAME.match(name) or is_reference(name)
    if not named or (bracket and not rest.endswith(")")):
        advice = (
            " Lists are written with commas and without spaces: a,b." if _LIST.match(text) else ""
        )
        raise UserError(
            f"Cannot read {shown(text)}: expected a form like name or name(key=value).{advice}"
        )
    arguments: dict[str, Value] = {}
    alone: list[Value] = []
    inside = rest[:-1].strip()
    for part in split_outside(inside, ",") if inside else []:
        key, *values = split_outside(part, "=")
        equals, value = bool(values), "=".join(values)
        key = key.strip().replace("-", "_")
        if unnamed and not equals and part and not arguments:
            alone.append(parse_value(part))
            continue
        if not equals or not _NAME.match(key) or not value.strip():
            form = "key=value, as in " + ("name(key=value)" if unnamed else "moons(n=200)")
            raise UserError(
                f"Cannot read {shown(part)} in {shown(text)}: expected {form}.",
                instead=_decimal_comma(arguments, part),
            )
        if key in arguments:
            raise UserError(f"{shown(key)} is given twice in {shown(text)}.")
        arguments[key] = parse_value(value)
    return Call(name, arguments, tuple(alone), written)


def _decimal_comma(arguments: Mapping[str, Value], part: str) -> tuple[str, str] | None:
    """Return what was probably meant by `rate=0,5`: the number as written, and as it is read here."""
    last = list(arguments.values())[-1] if arguments else None
    if type(last) is int and part.isascii() and part.isdigit():
        return f"{last},{part}", f"{last}.{part}"
    return None


def parse_sum(text: str) -> list[Call]:
    """Read one or several calls joined by `+`; each may have a value without a name."""
    return [parse_call(part, unnamed=True) for part in split_outside(text, "+")]
