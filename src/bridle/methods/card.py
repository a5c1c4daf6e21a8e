"""What to know about a method before using it; families of methods, and libraries that may call them otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridle.methods.papers import Paper
from bridle.numbers import DASH

FAMILIES = {
    "penalty": "Penalties",
    "weights": "Decay, constraints and other rules for weights",
    "noise": "Noise in the network",
    "normalization": "Normalization of activations",
    "data": "Changed examples",
    "targets": "Targets and losses",
    "gradient": "Gradients",
    "averaging": "Averages and ensembles",
    "stopping": "Stopping",
}
"""Families of methods, with their titles, in the order of lists."""


LIBRARIES = (
    "Keras",
    "PyTorch",
    "torchvision",
    "torch_optimizer",
    "timm",
    "Optax",
    "scikit-learn",
)
"""Libraries in which counterparts are looked for."""


@dataclass(frozen=True)
class Card:
    """What to know about a method before using it.

    Attributes:
        title: the technique's full name.
        summary: one sentence: what it does.
        formula: the rule in plain text.
        when: when it tends to help.
        beware: what goes wrong with it, and what it clashes with.
        papers: the publications that it comes from, the principal one first.
        elsewhere: what other libraries call it, and where they mean something else, by the library's name; empty if
            none of `LIBRARIES` has it, `None` if nobody has looked.
    """

    title: str
    summary: str
    formula: str
    when: str
    beware: str
    papers: tuple[Paper, ...] = ()
    elsewhere: Mapping[str, str] | None = None

    @property
    def others(self) -> str:
        """What other libraries call it, in sentences; empty if nobody has looked."""
        if self.elsewhere is None:
            return ""
        found = (f"{library}: {text}." for library, text in self.elsewhere.items())
        return " ".join(found) or f"{', '.join(LIBRARIES[:-1])} and {LIBRARIES[-1]} have none."

    @property
    def paper(self) -> str:
        """The papers in words; a dash if there is none."""
        return "; ".join(paper.words for paper in self.papers) or DASH
