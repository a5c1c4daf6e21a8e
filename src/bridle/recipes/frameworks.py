"""What every framework's recipe declares: its template, and what the framework can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Framework:
    """A framework that recipes are written for.

    Attributes:
        name: as it is asked for.
        title: as people write it.
        packages: what must be installed, in words.
        template: of the whole program, in `templates`.
        activations: code of the activation functions that it has, by Bridle's names.
        losses: what it can minimize, of `cross_entropy`, `squared` and `huber`.
        images: whether it has convolutions.
        places: where pieces of methods may stand.
        aliases: other names that are also understood.
        math: how it writes `min`, `cos` and π in learning-rate schedules.
    """

    name: str
    title: str
    packages: str
    template: str
    activations: Mapping[str, str]
    losses: frozenset[str]
    images: bool
    places: frozenset[str]
    aliases: tuple[str, ...] = ()
    math: tuple[str, str, str] = ("min", "math.cos", "math.pi")
