"""What the known effects of the methods measured; the numbers are written by `python -m benchmarks.known_effects`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.files import read_json
from bridle.numbers import fixed, signed

FILE = Path(__file__).with_name("measured.json")

FOUND, OPPOSITE, ABSENT = "found", "the opposite", "not found"
VERDICTS = (FOUND, OPPOSITE, ABSENT)


@dataclass(frozen=True)
class MeasuredEffect:
    """An effect as it was measured. Numbers are in the unit in which they are shown; NaN is not there.

    Attributes:
        method: its name.
        text: the effect as a sentence.
        setting: the method as it was trained.
        against: what it was measured against.
        where: data, network and training in words.
        quantity: what was measured.
        unit: of the change.
        percent: whether `value` and `base` are in percent.
        value: mean of the quantity with the method.
        base: mean of what it was measured against.
        change: of the quantity, the mean of the differences within replicates.
        low: lower end of its interval.
        high: upper end.
        replicates: how many.
        verdict: one of `VERDICTS`.
        reason: why it was not found, as a sentence; empty if it was.
    """

    method: str
    text: str
    setting: str
    against: str
    where: str
    quantity: str
    unit: str
    percent: bool
    value: float
    base: float
    change: float
    low: float
    high: float
    replicates: int
    verdict: str
    reason: str

    @property
    def values(self) -> str:
        """The quantity with the method and without: `0.18 instead of 0.21`."""
        unit = " %" if self.percent else ""
        digits = 1 if self.percent else _digits((self.value, self.base))
        return f"{fixed(self.value, digits)}{unit} instead of {fixed(self.base, digits)}{unit}"

    @property
    def difference(self) -> str:
        """The change with its interval: `−0.024 [−0.042, −0.007]`."""
        shown = (self.change, self.low, self.high)
        digits = 1 if self.unit in ("%", "points", "epochs") else _digits(shown)
        change, low, high = (signed(value, digits) for value in shown)
        unit = f" {self.unit}" if self.unit else ""
        return f"{change}{unit} [{low}, {high}]"

    @property
    def sentence(self) -> str:
        """What was measured, in a sentence or two."""
        where = f"with {self.setting} on {self.where}"
        said = f"{self.text} {self.verdict.capitalize()}: {where}, {self.quantity} {self.values}; {self.difference}."
        return f"{said} {self.reason}".rstrip()


def _digits(shown: tuple[float, ...]) -> int:
    largest = max(map(abs, shown))
    return next(
        (digits for size, digits in ((100, 0), (10, 1), (1, 2), (0.1, 3)) if largest >= size), 4
    )


@functools.cache
def content() -> dict[str, Any]:
    """Return what the file holds.

    `versions` that trained, how many intervals hold `together`, what is `missing` as words, and the `rows`.
    """
    found: dict[str, Any] = read_json(FILE)
    return found


def rows() -> list[MeasuredEffect]:
    """Return everything that was measured, in the order of the methods and of what their files declare."""
    return [MeasuredEffect(**row) for row in content()["rows"]]


def measured(method: str) -> list[MeasuredEffect]:
    """Return what was measured of a method; empty for methods of other packages.

    Args:
        method: its name.
    """
    return [row for row in rows() if row.method == method]
