"""Schedules: a factor on the learning rate, or on a method's strength, as a function of progress.

Progress is steps taken over steps planned, from 0 to 1, so a run that ends early (early stopping) leaves the rest of
its schedule out. A method's `schedule` hook multiplies with the plan's schedule of the learning rate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bridle.domains import Real
from bridle.methods.arguments import Declared

if TYPE_CHECKING:
    from jax import Array

CONSTANT = "constant"
"""The schedule that changes nothing."""

SHARE = Real(0.0, 1.0, open_high=True)
"""A share of training that is not all of it."""


@dataclass(frozen=True)
class Schedule(Declared, ABC):
    """A factor on a learning rate or a strength, declared by a name, a card and arguments.

    Attributes:
        of_rates: whether a learning rate may follow it; strengths follow any.
    """

    of_rates: ClassVar[bool] = True

    @abstractmethod
    def factor(self, progress: Array) -> Array:
        """Return the factor at a progress from 0, before the first step, to 1, after the last."""

    def rate(self, learning_rate: Array, progress: Array) -> Array:
        """Return the learning rate at a progress."""
        return learning_rate * self.factor(progress)

    def words(self) -> str:
        """Say what it does to a learning rate, as in `falling linearly to 0`; empty if it does nothing."""
        return ""

    def code(self) -> str:
        """Return the factor as the body of a Python function of `progress`, for recipes; empty if there is none.

        In the place of functions stand `{min}`, `{cos}` and `{where}`, which frameworks call differently, and of π
        `{pi}`.
        """
        return ""


def percent(share: float) -> str:
    """Return a share of training in words: `30 %`, or `0`."""
    return f"{100 * share:g} %" if share else "0"
