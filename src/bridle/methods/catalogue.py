"""All methods: those of the modules of this package, and those of other packages."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import bridle.methods
from bridle.domains import Choice
from bridle.errors import UserError, shown
from bridle.grammar import parse_call
from bridle.methods.arguments import built
from bridle.methods.base import Hyperparameter, Method
from bridle.methods.card import FAMILIES, Card
from bridle.methods.papers import Paper
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.methods.within import WHERE, patterns, within
from bridle.names import fold
from bridle.registry import Registry, accept_class, check_declared, classes_of


def _built_in() -> list[Method]:
    found = [kind() for kind in classes_of(bridle.methods, Method)]
    return sorted(found, key=lambda found: (found.name != "none", found.name))


def _accept(found: Any, name: str, origin: str) -> Method:
    declares = {
        "card": Card,
        "hyperparameters": [Hyperparameter],
        "aliases": [str],
        "order": int,
        "shared": bool,
        "least_batch": int,
        "family": str,
        "color": str,
        "marker": str,
        "inert": str,
        "clashes": Mapping,
    }
    kind: type[Method] = accept_class(found, name, origin, Method, declares)
    check_declared(kind.card, f"{origin}.card", {"papers": [Paper]})
    if kind.shared:
        raise UserError(
            argument=f"{origin}.shared",
            expected="false",
            received=kind.shared,
            advice="Only Bridle's own methods are part of every program.",
        )
    if kind.family:
        Choice(tuple(FAMILIES)).check(f"{origin}.family", kind.family)
    if kind.color and not re.fullmatch(r"#[0-9A-Fa-f]{6}", kind.color):
        raise UserError(argument=f"{origin}.color", expected="like #0072B2", received=kind.color)
    try:
        kind.inert.format(name="", runs="")
    except (LookupError, ValueError):
        raise UserError(
            argument=f"{origin}.inert",
            expected="a sentence with {name} and {runs} and no other braces",
            received=kind.inert,
        ) from None
    return kind()


METHODS: Registry[Method] = Registry(
    "bridle.methods", "method", _built_in, _accept, advice="See `bridle methods`."
)
"""Methods by name, in alphabetical order with `none` first."""


def methods() -> Mapping[str, Method]:
    """Return every method by name: Bridle's own in alphabetical order with `none` first, then others."""
    return METHODS.all()


def known(name: str) -> Method | None:
    """Return the method that a name means, in any usual spelling or by an alias; `None` if there is none."""
    try:
        return METHODS.known(name)
    except UserError:
        return None


def method(name: str) -> Method:
    """Return the method that a name means, in any usual spelling or by an alias.

    Raises:
        UserError: the name is unknown; if it names something like a method, the message says what that is in Bridle.
    """
    found = METHODS.known(name)
    if found is not None:
        return found
    for other in METHODS.built_in.values():
        for likened, reason in other.likened:
            if fold(likened) == fold(name):
                raise UserError(
                    f"{shown(name)} is not a method: {reason}.",
                    instead=(name, other.name),
                )
    return METHODS.get(name)


def compiled(text: str) -> Method:
    """Return the method that a program's specification names: `spectral_norm(iterations=2)`, `l2(where=dense_0)`.

    It is the same object from call to call, unless the method was defined anew.
    """
    built_in = METHODS.built_in.get(text)
    if built_in is not None:  # at once: programs ask for their methods with every prediction
        return built_in
    call = parse_call(text)
    found = method(call.name)
    return _formed(found, tuple(call.arguments.items())) if call.arguments else found


@functools.lru_cache(maxsize=256)
def _formed(found: Method, arguments: tuple[tuple[str, Any], ...]) -> Method:
    declared, given = found.by_name(), dict(arguments)
    kind: Any = type(found)
    if WHERE in given and WHERE not in declared:
        kind = within(kind, patterns(kind, given.pop(WHERE)))
    made: Method = kind(**{name: value for name, value in given.items() if declared[name].static})
    made.schedules = {
        name: built(SCHEDULES, value).factor
        for name, value in given.items()
        if not declared[name].static
    }
    return made


def shared_methods() -> tuple[str, ...]:
    """Return the names of the methods that are part of every program."""
    return tuple(name for name, own in METHODS.built_in.items() if own.shared and name != "none")
