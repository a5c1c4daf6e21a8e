"""Tasks as people write them: `classification`, `regression`, `regression(loss=huber,delta=1)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.domains import Choice, Real
from bridle.errors import UserError, shown, unknown
from bridle.grammar import parse_call
from bridle.names import find
from bridle.tasks.regression import LOSSES

KINDS = ("classification", "regression")
"""The kinds of tasks."""

ALIASES = {"classify": "classification", "classifier": "classification", "regressor": "regression"}
"""Other names of them."""

LOSS = Choice(LOSSES, (("mse", "squared"), ("mean_squared_error", "squared")))
DELTA = Real(0.0, open_low=True)


@dataclass(frozen=True)
class Wanted:
    """A task as a user asks for it; names of classes and targets come from the data.

    Attributes:
        kind: one of `KINDS`.
        arguments: how it is learned.
    """

    kind: str
    arguments: dict[str, Any]


def task(text: str) -> Wanted:
    """Read `classification`, `regression` or `regression(loss=huber,delta=1)`.

    Raises:
        UserError: there is no such task, or it takes no such argument.
    """
    if not isinstance(text, str):
        raise UserError(argument="task", expected="text such as 'regression'", received=text)
    call = parse_call(text)
    name = find(call.name, KINDS, ALIASES)
    if name is None:
        raise unknown("task", text, KINDS)
    arguments = dict(call.arguments)
    if name == "regression":
        found: dict[str, Any] = {
            "loss": LOSS.check("regression: loss", arguments.pop("loss", "squared"))
        }
        if found["loss"] == "huber":
            found["delta"] = DELTA.check("regression: delta", arguments.pop("delta", 1.0))
        if arguments:
            raise unknown("argument of regression", next(iter(arguments)), [*found])
        return Wanted(name, found)
    if arguments:
        raise UserError(f"The task {name} takes no arguments; received {shown(text)}.")
    return Wanted(name, {})
