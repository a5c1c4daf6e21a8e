"""What is searched: which methods are on, how strong they are, and the learning rate.

At most one method of each family is on. Methods of a family do the same in other ways (two normalizations, two kinds of
mixing), so they clash or replace one another; Kadra and others (2021) do the same for augmentations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bridle.grammar import Call, Value
from bridle.methods.base import Hyperparameter, Method
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.study.plan import BASELINE

RATE = "learning_rate"

WIDE = 10.0
"""Factor from the least to the greatest value from which a strength is searched on a logarithmic scale."""


class Proposer(Protocol):
    """What proposes values, as Optuna's trials do."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Return a number of the range."""


@dataclass(frozen=True)
class Candidate:
    """A cocktail with all that is chosen.

    Attributes:
        strengths: of its methods, by name; None for a method without a strength.
        rate: the learning rate.
    """

    strengths: Mapping[str, float | None]
    rate: float

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of its methods, in alphabetical order."""
        return tuple(sorted(self.strengths))

    @property
    def label(self) -> str:
        """The cocktail as a comparison takes it, every strength written out: `dropout(rate=0.3)+l2(strength=0.001)`."""
        parts = []
        for name in self.methods:
            strength, value = method(name).strength(), self.strengths[name]
            given: dict[str, Value] = {} if strength is None else {strength.name: value}
            parts.append(str(Call(name, given)))
        return Composition.parse("+".join(parts) or BASELINE).label

    def part(self, names: Sequence[str]) -> Candidate:
        """Return the cocktail of some of its methods."""
        return Candidate({name: self.strengths[name] for name in names}, self.rate)


@dataclass(frozen=True)
class Space:
    """The cocktails that may be proposed.

    Attributes:
        families: the names of the methods of each family that has any.
        rates: the least and the greatest learning rate; equal if it is fixed.
    """

    families: Mapping[str, tuple[str, ...]]
    rates: tuple[float, float]

    @classmethod
    def of(cls, pool: Sequence[Method], rates: Sequence[float]) -> Space:
        """Return the space of a pool of methods, within the range of learning rates."""
        families: dict[str, list[str]] = {}
        for found in pool:
            families.setdefault(found.family or found.name, []).append(found.name)
        ordered = {name: tuple(sorted(families[name])) for name in sorted(families)}
        return cls(ordered, (min(rates), max(rates)))

    def propose(self, trial: Proposer) -> Candidate:
        """Return the cocktail that a trial proposes."""
        chosen: dict[str, float | None] = {}
        for family, names in self.families.items():
            if trial.suggest_categorical(f"use {family}", (False, True)):
                name = trial.suggest_categorical(f"which {family}", names)
                chosen[name] = _strength(trial, name)
        return Candidate(chosen, _rate(trial, self.rates))

    def kept(self, methods: Sequence[str], only: Sequence[str] | None = None) -> dict[str, Any]:
        """Return what a proposal must keep to stay among some methods, or to be exactly `only`.

        Methods of the program that cannot be neutral stay on.
        """
        fixed: dict[str, Any] = {}
        for family, names in self.families.items():
            own = next((name for name in names if name in methods), None)
            if own is None:
                fixed[f"use {family}"] = False
                continue
            fixed[f"which {family}"] = own
            if not can_be_off(own):
                fixed[f"use {family}"] = True
            elif only is not None:
                fixed[f"use {family}"] = own in only
        return fixed


def can_be_off(name: str) -> bool:
    """Say whether a method has a neutral value, so that a program that holds it trains runs without it."""
    strength = method(name).strength()
    return strength is not None and strength.neutral is not None


def _strength(trial: Proposer, name: str) -> float | None:
    """Return a strength within the range of the method's own grid."""
    strength: Hyperparameter | None = method(name).strength()
    if strength is None:
        return None
    values = [float(value) for value in strength.grid if isinstance(value, int | float)]
    low, high = min(values), max(values)
    log = low > 0 and high / low >= WIDE
    return _short(trial.suggest_float(f"{name}.{strength.name}", low, high, log=log))


def _rate(trial: Proposer, rates: tuple[float, float]) -> float:
    low, high = rates
    return (
        low if math.isclose(low, high) else _short(trial.suggest_float(RATE, low, high, log=True))
    )


def _short(value: float) -> float:
    """Return a number with the digits that people type."""
    return float(f"{value:.3g}")
