"""What every framework's recipe declares: its template, and what the framework can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PYTHON = {"min": "min", "cos": "math.cos", "pi": "math.pi", "where": "np.where"}
"""How plain Python writes what schedules need."""


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
        places: where pieces of methods may stand.
        moving: those of them where the progress of the training is known, so that strengths may follow schedules.
        plain: whether its networks are dense layers in a row, and nothing else.
        named: whether kernels have names in its programs; otherwise they have numbers.
        weights: what the weights of a batch's examples are called in its programs.
        weighting: how it weighs examples otherwise than Bridle, as a sentence; empty if it does not.
        aliases: other names that are also understood.
        math: how it writes `min`, `cos`, π and `where` in schedules of learning rates.
        moving_math: likewise in schedules of strengths.
    """

    name: str
    title: str
    packages: str
    template: str
    activations: Mapping[str, str]
    losses: frozenset[str]
    places: frozenset[str]
    moving: frozenset[str]
    plain: bool = False
    named: bool = False
    weights: str = "ws"
    weighting: str = ""
    aliases: tuple[str, ...] = ()
    math: Mapping[str, str] = field(default_factory=lambda: PYTHON)
    moving_math: Mapping[str, str] = field(default_factory=lambda: PYTHON)
