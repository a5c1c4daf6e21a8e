"""All optimizers and learning-rate schedules: Bridle's own, and those of other packages."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeVar

import bridle.optimizers
from bridle.errors import Unquoted, UserError
from bridle.grammar import Call, parse_call
from bridle.methods.base import Card
from bridle.methods.papers import Paper
from bridle.optimizers.base import Declared, Optimizer
from bridle.optimizers.schedules import Schedule
from bridle.registry import Registry, accept_class, check_declared, classes_of

CONSTANT = "constant"
"""The schedule that leaves the learning rate as it is."""

USUAL_SCHEDULE = "linear"
"""The default: of the schedules the one with the best and steadiest test scores (`docs/evidence/protocol.md`)."""

_ADVICE = "See `bridle optimizers`."

D = TypeVar("D", bound=Declared)


def _built_in(base: Any) -> list[Any]:
    return sorted(classes_of(bridle.optimizers, base), key=lambda kind: kind.name)


def _accept(base: Any, found: Any, name: str, origin: str) -> Any:
    kind = accept_class(found, name, origin, base, {"card": Card, "aliases": [str]})
    check_declared(kind.card, f"{origin}.card", {"papers": [Paper]})
    for field in dataclasses.fields(kind):
        if "domain" not in field.metadata:
            raise UserError(
                argument=f"{origin}.{field.name}",
                expected="declared by bridle.optimizers.base.declare",
                received=Unquoted("another field"),
            )
        field.metadata["domain"].check(f"{origin}: the default of {field.name}", field.default)
    return kind


OPTIMIZERS: Registry[type[Optimizer]] = Registry(
    "bridle.optimizers",
    "optimizer",
    functools.partial(_built_in, Optimizer),
    functools.partial(_accept, Optimizer),
    advice=_ADVICE,
)
"""Optimizers by name."""

SCHEDULES: Registry[type[Schedule]] = Registry(
    "bridle.schedules",
    "schedule",
    functools.partial(_built_in, Schedule),
    functools.partial(_accept, Schedule),
    advice=_ADVICE,
)
"""Learning-rate schedules by name."""


def optimizers() -> Mapping[str, type[Optimizer]]:
    """Return every optimizer by name: Bridle's own in alphabetical order, then others."""
    return OPTIMIZERS.all()


def schedules() -> Mapping[str, type[Schedule]]:
    """Return every learning-rate schedule by name: Bridle's own in alphabetical order, then others."""
    return SCHEDULES.all()


def optimizer(text: str) -> Optimizer:
    """Return the optimizer that a text means, such as `adam` or `sgd(momentum=0.9)`.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    return _built(OPTIMIZERS, text)


def schedule(text: str) -> Schedule:
    """Return the learning-rate schedule that a text means, such as `cosine(warmup=0.05)`.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    return _built(SCHEDULES, text)


def canonical(text: str) -> str:
    """Return the text that stands for an optimizer in files: `SGD(0.9)` is `sgd(momentum=0.9)`.

    Raises:
        UserError: as from `optimizer`.
    """
    return str(_given(OPTIMIZERS, text)[1])


def canonical_schedule(text: str) -> str:
    """Return the text that stands for a schedule in files: `Cosine(warm-up=0.1)` is `cosine(warmup=0.1)`.

    Raises:
        UserError: as from `schedule`.
    """
    return str(_given(SCHEDULES, text)[1])


def known(name: str) -> type[Declared] | None:
    """Return the optimizer or schedule of a name, in any usual spelling or by an alias; `None` if there is none."""
    try:
        return OPTIMIZERS.known(name) or SCHEDULES.known(name)
    except UserError:
        return None


def scheduled(text: str) -> str:
    """Say what a schedule does to a learning rate, as in `, falling linearly to 0`; empty for a constant one."""
    words = schedule(text).words()
    return f", {words}" if words else ""


def _built(registry: Registry[type[D]], text: str) -> D:
    kind, call = _given(registry, text)
    arguments: Any = call.arguments
    return kind(**arguments)


def _given(registry: Registry[type[D]], text: str) -> tuple[type[D], Call]:
    """Return what a text names, and the call with the arguments that it gives; the others keep their defaults."""
    if not isinstance(text, str):
        raise UserError(
            argument=registry.noun,
            expected=f"text such as {next(iter(registry.built_in))!r}",
            received=text,
        )
    call = parse_call(text, unnamed=True)
    kind = registry.get(call.name)
    return kind, Call(kind.name, kind.signature().given(call))
