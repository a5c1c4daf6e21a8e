"""What the paper of a method says that it does, and how that is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KnownEffect:
    """An effect that a method is known for; `python -m benchmarks.known_effects` measures it.

    Attributes:
        text: the effect as a sentence.
        measure: the name of the measure; see `bridle.experiments`.
        places: where it is measured, names of `bridle.origins.known_effects.PLACES`: data, network and training.
        settings: the method as it is measured, each as in a comparison; empty for the method at its defaults.
        against: what it is measured against, as in a comparison.
        options: further arguments of the measure.
        reason: why the effect is not found, in a sentence, where it is not.
    """

    text: str
    measure: str
    places: tuple[str, ...]
    settings: tuple[str, ...] = ()
    against: str = "none"
    options: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
