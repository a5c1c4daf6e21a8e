"""What a method is in other frameworks: pieces of code, from which recipes are made (`bridle.recipes`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Counterpart:
    """What a method or an optimizer is in another framework.

    All texts are Jinja templates. The hyperparameters stand in them by name, beside what `docs/recipes.md` lists:
    `{{ rate }}`. Text that renders to nothing is left out.

    Attributes:
        code: pieces of a program by the place where they stand; every framework has its own places.
        follows: those of the places where a strength may follow a schedule though the framework does not know the
            training's progress there.
        everywhere: whether it acts on all layers alike there, whatever `where` says.
        differs: how it differs from Bridle's, as a sentence; empty if it does not.
        refuses: why there is none for this setting, as a clause; empty if there is one.
    """

    code: Mapping[str, str] = field(default_factory=dict)
    follows: frozenset[str] = frozenset()
    everywhere: bool = False
    differs: str = ""
    refuses: str = ""


def in_frameworks(**found: Counterpart) -> Mapping[str, Counterpart]:
    """Return counterparts by the names of frameworks.

    Args:
        **found: of `keras`, `optax`, `pytorch` and `sklearn`, those that there are.
    """
    return MappingProxyType(found)
