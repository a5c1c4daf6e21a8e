"""Pairs of methods that are tested together: a few in which every method and every two hooks occur."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

from bridle.methods.base import Method
from bridle.testing.trainer import meet

HOOKS = (
    "parameters",
    "init",
    "batch",
    "weights",
    "hidden",
    "merge",
    "objective",
    "gradient",
    "schedule",
    "update",
    "average",
    "predicting",
    "stop",
    "final",
    "members",
)
"""The hooks of the training step, in the order in which it calls them, and that of predictions."""

Pair = tuple[Method, Method]


def hooks(method: Method) -> tuple[str, ...]:
    """Return the hooks that a method overrides.

    Args:
        method: an instance.
    """
    return tuple(name for name in HOOKS if getattr(type(method), name) is not getattr(Method, name))


def sample(pairs: Iterable[Pair], seed: int = 0) -> list[Pair]:
    """Return a few pairs, chosen greedily, in which every method and every possible pair of hooks occurs.

    Among equally useful pairs those with shared methods are preferred, since nothing more is compiled. Pairs of
    one program are next to each other.

    Args:
        pairs: all pairs to choose from.
        seed: determines the order of equally useful ones.
    """
    left = list(pairs)
    random.Random(seed).shuffle(left)
    covers = {pair: _covered(pair) for pair in left}
    missing = set().union(*covers.values())
    found: list[Pair] = []
    while missing:
        best = max(left, key=lambda pair: (len(covers[pair] & missing), -len(_program(pair))))
        missing -= covers[best]
        found.append(best)
    return sorted(found, key=_program)


def every_pair(methods: Iterable[Method]) -> list[Pair]:
    """Return all pairs of methods that join others and suit one problem.

    Args:
        methods: instances.
    """
    joined = [method for method in methods if method.name != "none"]
    return [pair for pair in itertools.combinations(joined, 2) if meet(*pair)]


def partners(method: Method, others: Iterable[Method]) -> list[Method]:
    """Return the methods that one is tested with, so that its hooks meet every hook of the others.

    Args:
        method: an instance.
        others: instances to choose from.
    """
    known = [other for other in others if other.name not in ("none", method.name)]
    return [other for _, other in sample((method, other) for other in known if meet(method, other))]


def _program(pair: Pair) -> list[str]:
    """Return the methods that need a program of their own."""
    return sorted(method.name for method in pair if not method.shared)


def _covered(pair: Pair) -> set[tuple[str, ...]]:
    one, other = pair
    meeting = itertools.product(hooks(one), hooks(other))
    return {(one.name,), (other.name,), *(tuple(sorted(two)) for two in meeting)}
