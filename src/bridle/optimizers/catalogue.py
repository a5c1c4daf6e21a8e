"""All optimizers and learning-rate schedules: Bridle's own, and those of other packages."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import bridle.optimizers
from bridle.errors import Unquoted, UserError
from bridle.methods.arguments import Declared, accept, built, given
from bridle.methods.schedules.base import Schedule
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.optimizers.base import Optimizer
from bridle.registry import Registry, classes_of

USUAL_SCHEDULE = "linear"
"""The default: of the schedules the one with the best and steadiest test scores (`docs/evidence/protocol.md`)."""


def _built_in() -> list[Any]:
    return sorted(classes_of(bridle.optimizers, Optimizer), key=lambda kind: kind.name)


OPTIMIZERS: Registry[type[Optimizer]] = Registry(
    "bridle.optimizers",
    "optimizer",
    _built_in,
    functools.partial(accept, Optimizer),
    advice="See `bridle optimizers`.",
)
"""Optimizers by name."""


def optimizers() -> Mapping[str, type[Optimizer]]:
    """Return every optimizer by name: Bridle's own in alphabetical order, then others."""
    return OPTIMIZERS.all()


def schedules() -> Mapping[str, type[Schedule]]:
    """Return every learning-rate schedule by name: Bridle's own in alphabetical order, then others."""
    return {name: kind for name, kind in SCHEDULES.all().items() if kind.of_rates}


def optimizer(text: str) -> Optimizer:
    """Return the optimizer that a text means, such as `adam` or `sgd(momentum=0.9)`.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    return built(OPTIMIZERS, text)


def schedule(text: str) -> Schedule:
    """Return the learning-rate schedule that a text means, such as `cosine(warmup=0.05)`.

    Raises:
        UserError: an unknown name or argument, a value outside its domain, or a schedule of strengths alone.
    """
    found = built(SCHEDULES, text)
    if not found.of_rates:
        raise UserError(
            argument="schedule",
            expected="one that a learning rate can follow",
            received=Unquoted(f"{found.name}, under which a network would stand still"),
            advice=f"It is one for strengths, as in dropout(rate={found.name}(0.1)).",
        )
    return found


def canonical(text: str) -> str:
    """Return the text that stands for an optimizer in files: `SGD(0.9)` is `sgd(momentum=0.9)`.

    Raises:
        UserError: as from `optimizer`.
    """
    return str(given(OPTIMIZERS, text)[1])


def canonical_schedule(text: str) -> str:
    """Return the text that stands for a schedule in files: `Cosine(warm-up=0.1)` is `cosine(warmup=0.1)`.

    Raises:
        UserError: as from `schedule`.
    """
    schedule(text)
    return str(given(SCHEDULES, text)[1])


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
