"""Numbers of methods as code: plain ones, and those that follow a schedule while a network is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bridle.methods.base import Hyperparameter
from bridle.methods.schedules.base import Schedule
from bridle.recipes.code import literal

PROGRESS = "progress"
"""The variable that holds the share of training that is over."""


class Moving:
    """A number that a program computes: a call, or arithmetic with it.

    Args:
        text: its code.
        peak: the value that its schedule scales.
    """

    def __init__(self, text: str, peak: Any = None) -> None:
        self.text = text
        self.peak = peak

    def __str__(self) -> str:
        return self.text

    def __mul__(self, other: float) -> Moving:
        return Moving(f"{literal(other)} * {self.text}")

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> Moving:
        return Moving(f"{self.text} / {literal(other)}")

    def __rsub__(self, other: float) -> Moving:
        return Moving(f"(1 - {self.text})" if other == 1 else f"({literal(other)} - {self.text})")


def function_name(method: str, hyperparameter: str) -> str:
    """Return the name of the function that computes a hyperparameter that follows a schedule."""
    return f"{method}_{hyperparameter}"


def moving(
    method: str, followed: Mapping[str, Schedule], values: Mapping[str, Any]
) -> dict[str, Moving]:
    """Return a method's hyperparameters that follow schedules, as calls of functions.

    Args:
        method: its name.
        followed: the schedules by hyperparameter.
        values: that they scale.
    """
    return {
        name: Moving(f"{function_name(method, name)}({PROGRESS})", values[name])
        for name in followed
    }


def unfit(declared: Hyperparameter, value: Any, schedule: Schedule) -> str:
    """Return why a strength has no function of progress, as a clause; empty if it has one.

    Args:
        declared: the hyperparameter.
        value: that the schedule scales.
        schedule: the schedule.
    """
    if not schedule.code():
        return f"the schedule {schedule.name} of its {declared.name} has no code"
    if isinstance(value, tuple):
        return f"its {declared.name} is scheduled for each layer by itself; give one value for all"
    neutral: Any = declared.neutral
    if math.isinf(neutral):
        return f"its {declared.name} would be infinite where the schedule is 0; give a constant one"
    return ""


def body(
    declared: Hyperparameter, value: Any, schedule: Schedule, math_names: Mapping[str, str]
) -> list[str]:
    """Return the lines of the function that computes a strength at a progress.

    Args:
        declared: the hyperparameter.
        value: that the schedule scales.
        schedule: the schedule.
        math_names: how the framework writes what `Schedule.code` leaves open.
    """
    *lines, last = schedule.code().format(**math_names).splitlines()
    factor = last.removeprefix("return ")
    if any(sign in factor for sign in " + - "):
        factor = f"({factor})"
    neutral: Any = declared.neutral
    scaled = f"{literal(float(value - neutral))} * {factor}"
    return [*lines, f"return {scaled if not neutral else f'{literal(neutral)} + {scaled}'}"]
