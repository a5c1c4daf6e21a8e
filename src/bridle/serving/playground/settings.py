"""What is played with: everything that decides a population, as the page's address holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl

from bridle.domains import Choice, Domain, Integer, Real
from bridle.errors import UserError, unknown
from bridle.methods.composition import Composition
from bridle.networks.base import ACTIVATIONS

MOST_POINTS = 1000
FEWEST = 4
"""Minimum number of points of a class: two to train on, one for validation, one for tests."""

OWN = "own"
DATA = ("moons", "circles", "spirals", "blobs", OWN)

FRAMES = 50
"""Number of stops between the first epoch and the last."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides a population, so that the same settings give the same bits.

    Attributes:
        data: one of `DATA`.
        n: training points; of own points, all are given.
        noise: standard deviation around the curves, or of a blob.
        wrong: share of the training points with another class's label.
        points: own points, "x,y,class" each, separated by semicolons.
        method: with its hyperparameters, as in `bridle.compare`.
        widths: units of each hidden layer.
        activation: of the hidden layers.
        rate: learning rate of Adam.
        epochs: at the end of training.
        seed: of everything random.
        networks: in each of the two populations.
    """

    data: str = "moons"
    n: int = 60
    noise: float = 0.3
    wrong: float = 0.1
    points: str = ""
    method: str = "l2(strength=0.003)"
    widths: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    rate: float = 0.01
    epochs: int = 150
    seed: int = 0
    networks: int = 50

    @property
    def each(self) -> int:
        """Number of epochs from one stop to the next."""
        return max(1, -(-self.epochs // FRAMES))

    @property
    def stops(self) -> tuple[int, ...]:
        """The epochs that are looked at, from 0 to the last."""
        return (*range(0, self.epochs, self.each), self.epochs)

    def clicked(self) -> list[tuple[float, float, int]]:
        """Return own points: x, y and class.

        Raises:
            UserError: they cannot be read, or there are too few or too many.
        """
        found = []
        for text in filter(None, self.points.split(";")):
            try:
                x, y, label = text.split(",")
                numbers = float(x), float(y), int(label)
            except ValueError:
                raise UserError(
                    argument="points",
                    expected="x,y,class;x,y,class;… with x and y from -1.5 to 1.5 and the class 0 or 1",
                    received=text,
                ) from None
            place = _COORDINATE.check("x", numbers[0]), _COORDINATE.check("y", numbers[1])
            found.append((*place, _CLASS.check("class", numbers[2])))
        counts = [sum(label == own for *_, label in found) for own in (0, 1)]
        if min(counts) < FEWEST or len(found) > MOST_POINTS:
            raise UserError(
                f"Own points need {FEWEST} of each class at least, and {MOST_POINTS:,} at most; there are "
                f"{counts[0]} and {counts[1]}. Click to add some."
            )
        return found


_COORDINATE, _CLASS = Real(-1.5, 1.5), Integer(0, 1)

_DOMAINS: Mapping[str, Domain] = {
    "data": Choice(DATA),
    "n": Integer(8, MOST_POINTS),
    "noise": Real(0.0, 2.0),
    "wrong": Real(0.0, 0.5),
    "activation": Choice(tuple(ACTIVATIONS)),
    "rate": Real(0.0, 1.0, open_low=True),
    "epochs": Integer(1, 2000),
    "seed": Integer(0, 2**31),
    "networks": Integer(2, 50),
}


def read(query: str) -> Settings:
    """Return the settings that an address holds; what it does not name has its default.

    Raises:
        UserError: something is unknown, or outside its domain.
    """
    given: dict[str, Any] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key not in (known := [field.name for field in fields(Settings)]):
            raise unknown("setting", key, known)
        given[key] = _read(key, text)
    settings = Settings(**given)
    if settings.data == OWN:
        settings.clicked()
    return settings


STOP = "stop"
"""In an address, the number of the stop that is looked at; it decides nothing about the population."""


def fragment(text: str) -> str:
    """Return what the page's address ends with to begin with some settings.

    Args:
        text: the settings, or an address of the page, of this machine or another.

    Raises:
        UserError: a setting is unknown, or outside its domain.
    """
    given = [pair for pair in text.rpartition("#")[2].split("&") if pair]
    read("&".join(pair for pair in given if not pair.startswith(f"{STOP}=")))
    return f"#{'&'.join(given)}" if given else ""


def _read(key: str, text: str) -> Any:
    if key == "widths":
        widths = tuple(_number(key, part, int) for part in text.split(","))
        if len(widths) > 4:
            raise UserError(argument=key, expected="one to four layers", received=text)
        return tuple(Integer(1, 128).check(key, width) for width in widths)
    if key == "method":
        return Composition.parse(text).label
    if key == "points":
        return text
    domain = _DOMAINS[key]
    kind = {Integer: int, Real: float}.get(type(domain), str)
    return domain.check(key, _number(key, text, kind))


def _number(key: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise UserError(argument=key, expected="a number", received=text) from None
