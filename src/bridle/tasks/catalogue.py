"""The tasks there are, and how people write them: `classification`, `regression(loss=huber,delta=1)`, `module:Name`."""

from __future__ import annotations

import importlib
import types
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from bridle.errors import UserError, listed_names, shown
from bridle.grammar import is_reference, parse_call
from bridle.registry import Registry, check_declared, check_name, modules_of
from bridle.signature import Argument, Signature
from bridle.tasks.base import Task


@dataclass(frozen=True)
class TaskKind:
    """A task before names of classes or targets are known.

    Attributes:
        name: how it is written.
        task: makes the task, of the names of its classes or targets.
    """

    name: str
    task: type[Task]

    @property
    def aliases(self) -> tuple[str, ...]:
        """What others call it."""
        return self.task.aliases

    def signature(self) -> Signature:
        """Return what may stand in the parentheses behind the name."""
        return Signature(self.name, self.task.declares)

    def of(self, names: tuple[str, ...], **arguments: Any) -> Task:
        """Return the task of classes or targets with these names, learned as the arguments say."""
        named: Any = self.task
        made: Task = named(names)
        return made.learned(**arguments)


def _built_in() -> list[TaskKind]:
    found = []
    for module in modules_of(importlib.import_module(str(__package__))):
        for item in vars(module).values():
            own = isinstance(item, type) and item.__module__ == module.__name__
            if own and issubclass(item, Task) and "kind" in vars(item):
                found.append(TaskKind(item.kind, item))
    return found


def _accept(found: Any, name: str, origin: str) -> TaskKind:
    kind: Any = found
    if not isinstance(found, type) or not issubclass(found, Task):
        raise UserError(
            f"{origin} must be a subclass of bridle.tasks.Task; received {shown(found)}."
        )
    if missing := sorted(getattr(found, "__abstractmethods__", ())):
        raise UserError(f"{origin} must define {listed_names(missing)}; it does not.")
    words = ("kind", "metric", "one", "many", "truth", "right", "guessing", "predicts")
    check_declared(found, origin, {**dict.fromkeys(words, str), "lower": bool})
    check_declared(found, origin, {"declares": [Argument], "metrics": [str], "aliases": [str]})
    if is_reference(name):
        own = {"kind": name, "__module__": found.__module__, "__doc__": found.__doc__}
        kind = types.new_class(found.__name__, (found,), exec_body=lambda ns: ns.update(own))
    else:
        check_name(kind.kind, name, origin)
    return TaskKind(name, kind)


TASKS: Registry[TaskKind] = Registry(
    "bridle.tasks",
    "task",
    _built_in,
    _accept,
)
"""Bridle's tasks, and those of packages."""


@dataclass(frozen=True)
class Wanted:
    """A task as a user asks for it; names of classes and targets come from the data.

    Attributes:
        kind: what is learned, by its name in `TASKS`.
        arguments: how it is learned.
    """

    kind: str
    arguments: dict[str, Any]

    @property
    def predicts(self) -> str:
        """Whether targets are `classes` or `values`."""
        return TASKS.get(self.kind).task.predicts

    def of(self, names: tuple[str, ...], targets: NDArray[Any]) -> Task:
        """Return the task of targets `[n, *target_shape]`, and the names of its classes or targets.

        Raises:
            UserError: such targets cannot be learned.
        """
        made = TASKS.get(self.kind).of(names, **self.arguments)
        if reason := made.wrong(targets):
            raise UserError(reason)
        return made


def task(text: str) -> Wanted:
    """Read `classification`, `regression(loss=huber,delta=1)`, or the task of a package.

    Raises:
        UserError: there is no such task, or it takes no such argument.
    """
    if not isinstance(text, str):
        raise UserError(argument="task", expected="text such as 'regression'", received=text)
    call = parse_call(text)
    kind = TASKS.get(call.name)
    return Wanted(kind.name, kind.task.asked(kind.signature().given(call)))
