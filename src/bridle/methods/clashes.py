"""Methods that are known to clash: what the literature found where two are joined."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from bridle.methods.base import Method
from bridle.methods.catalogue import method, methods
from bridle.methods.composition import Composition
from bridle.methods.papers import Clash


def clash(one: Method, other: Method) -> Clash | None:
    """Return what is known of two methods that are joined; `None` if nothing is.

    Args:
        one: a method.
        other: another, in any order.
    """
    return one.clashes.get(other.name) or other.clashes.get(one.name)


def clashes_of(found: Method) -> dict[Clash, list[str]]:
    """Return everything that is known of a method beside others, with their names.

    Args:
        found: the method.
    """
    grouped: dict[Clash, list[str]] = {}
    for name, other in methods().items():
        if (known := clash(found, other)) is not None:
            grouped.setdefault(known, []).append(name)
    return grouped


def warnings(compositions: Iterable[Composition]) -> tuple[str, ...]:
    """Return a sentence for each two joined methods that clash, unless one of them acts on some layers only.

    Args:
        compositions: the methods of a comparison.
    """
    said = {
        f"{one}+{other}: {known.found} ({known.paper.cited})."
        for composition in compositions
        for one, other in itertools.combinations(composition.names, 2)
        if not {one, other} & composition.where.keys()
        and (known := clash(method(one), method(other))) is not None
    }
    return tuple(sorted(said))
