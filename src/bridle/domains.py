"""Domains of arguments: declared once, read by validation, grids, help texts and documents."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any, Protocol

from bridle.errors import UserError, did_you_mean
from bridle.names import find


class Domain(Protocol):
    """A set of permitted values."""

    def describe(self) -> str:
        """Say in a few words what is expected, as in `a number at least 0 and less than 1`."""

    def check(self, name: str, value: Any) -> Any:
        """Return `value` in its proper type, or raise a UserError that names the argument."""


def _refuse(name: str, expected: str, value: Any, hint: str = "") -> UserError:
    return UserError(argument=name, expected=expected, received=value, advice=hint.strip())


LARGEST = 3.4e38
"""Largest number of a program, which computes in single precision."""


@dataclass(frozen=True)
class Real:
    """Numbers from `low` to `high`; `open_low` and `open_high` leave the ends out, `infinite` lets infinity in."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    infinite: bool = False

    def describe(self) -> str:
        """Say what is expected."""
        parts = []
        if self.low > -math.inf:
            parts.append(f"{'greater than' if self.open_low else 'at least'} {self.low:g}")
        if self.high < math.inf:
            parts.append(f"{'less than' if self.open_high else 'at most'} {self.high:g}")
        return "a number" + (" " + " and ".join(parts) if parts else "")

    def check(self, name: str, value: Any) -> float:
        """Return the number, or raise a UserError."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise _refuse(name, self.describe(), value)
        try:
            number = float(value)
        except OverflowError:  # a whole number of more than 308 digits
            raise _refuse(name, self.describe(), value) from None
        low_ok = number > self.low if self.open_low else number >= self.low
        high_ok = number < self.high if self.open_high else number <= self.high
        if not (
            low_ok
            and high_ok
            and (abs(number) <= LARGEST or (self.infinite and math.isinf(number)))
        ):
            raise _refuse(name, self.describe(), value)
        return number


@dataclass(frozen=True)
class Integer:
    """Whole numbers from `low` to `high`, both included."""

    low: int = 0
    high: int | None = None

    def describe(self) -> str:
        """Say what is expected."""
        top = "" if self.high is None else f" and at most {self.high}"
        return f"a whole number at least {self.low}{top}"

    def check(self, name: str, value: Any) -> int:
        """Return the whole number, or raise a UserError."""
        whole = isinstance(value, numbers.Integral) or (
            isinstance(value, numbers.Real) and float(value).is_integer()
        )
        if isinstance(value, bool) or not whole:
            raise _refuse(name, self.describe(), value)
        number = int(value)
        if number < self.low or (self.high is not None and number > self.high):
            raise _refuse(name, self.describe(), value)
        return number


@dataclass(frozen=True)
class Choice:
    """One of a few words, in any usual spelling; `aliases` are pairs of another word and the option that it means."""

    options: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...] = ()

    def describe(self) -> str:
        """Say what is expected."""
        return "one of " + ", ".join(self.options)

    def check(self, name: str, value: Any) -> str:
        """Return the word, or raise a UserError."""
        found = find(value, self.options, dict(self.aliases)) if isinstance(value, str) else None
        if found is None:
            raise _refuse(name, self.describe(), value, did_you_mean(str(value), self.options))
        return found


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def describe(self) -> str:
        """Say what is expected."""
        return "true or false"

    def check(self, name: str, value: Any) -> bool:
        """Return the truth value, or raise a UserError."""
        if not isinstance(value, bool):
            raise _refuse(name, self.describe(), value)
        return value


@dataclass(frozen=True)
class IntegerList:
    """A list of whole numbers; one number stands for a list of one."""

    each: Integer

    def describe(self) -> str:
        """Say what is expected."""
        return f"{self.each.describe()}, or a list of such, like [16,32]"

    def check(self, name: str, value: Any) -> tuple[int, ...]:
        """Return the numbers, or raise a UserError."""
        if not isinstance(value, tuple | list):
            return (self.each.check(name, value),)
        if not value:
            raise _refuse(name, self.describe(), value)
        return tuple(self.each.check(name, part) for part in value)


@dataclass(frozen=True)
class PerLayer:
    """One value of `each` for all layers, or a list with a value for each layer."""

    each: Real

    def describe(self) -> str:
        """Say what is expected."""
        return f"{self.each.describe()}, or a list like [0.2,0.5] with one for each hidden layer"

    def check(self, name: str, value: Any) -> float | tuple[float, ...]:
        """Return the number or the tuple of numbers, or raise a UserError."""
        if isinstance(value, tuple | list):
            if not value:
                raise _refuse(name, self.describe(), value)
            return tuple(self.each.check(name, part) for part in value)
        return self.each.check(name, value)
