"""All schedules: Bridle's own, and those of other packages; and strengths that follow one."""

from __future__ import annotations

import functools

import bridle.methods.schedules
from bridle.domains import Choice
from bridle.errors import UserError, shown
from bridle.grammar import Call, Value, parse_call
from bridle.methods.arguments import accept
from bridle.methods.base import Hyperparameter
from bridle.methods.schedules.base import CONSTANT, Schedule
from bridle.names import near
from bridle.registry import Registry, classes_of


def _built_in() -> list[type[Schedule]]:
    return sorted(classes_of(bridle.methods.schedules, Schedule), key=lambda kind: kind.name)


SCHEDULES: Registry[type[Schedule]] = Registry(
    "bridle.schedules",
    "schedule",
    _built_in,
    functools.partial(accept, Schedule),
    advice="See `bridle optimizers`.",
)
"""Schedules by name."""


def scheduled(place: str, declared: Hyperparameter, value: Value) -> tuple[Value, str] | None:
    """Read a hyperparameter's value as a schedule: `flat_cosine(0.15,flat=0.5)`, or `flat_cosine` alone.

    Args:
        place: of the value, for messages, such as `dropout.rate`.
        declared: the hyperparameter.
        value: as written.

    Returns:
        The strength that the schedule scales, `None` where none is given, and the text of the schedule without it,
        empty where it changes nothing; `None` for what is no schedule.

    Raises:
        UserError: the hyperparameter or the schedule does not allow it.
    """
    if not isinstance(value, str):
        return None
    call = parse_call(value, unnamed=True) if "(" in value else Call(value)
    if "(" not in value:
        mistyped = not declared.constant and near(call.name, SCHEDULES.all())
        if isinstance(declared.domain, Choice) or not (mistyped or SCHEDULES.known(call.name)):
            return None
    kind = SCHEDULES.get(call.name)
    if declared.constant:
        raise UserError(f"{place} cannot follow the schedule {shown(value)}: {declared.constant}.")
    if len(call.unnamed) > 1:
        raise UserError(
            f"The schedule {shown(value)} of {place} takes one value without a name, the strength that it scales; "
            f"received {len(call.unnamed)}."
        )
    given = kind.signature().given(Call(kind.name, call.arguments))
    text = "" if kind.name == CONSTANT else str(Call(kind.name, given))
    return (call.unnamed[0] if call.unnamed else None), text
