"""Which published rankings a comparison can test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridle.grammar import parse_call
from bridle.methods.composition import Composition
from bridle.origins.catalogue import origins
from bridle.origins.origin import Claim, Origin


@dataclass(frozen=True)
class Rankings:
    """The rankings of a work among the methods of a comparison on its data set.

    Attributes:
        work: the work.
        claims: its rankings, in its order; methods have the labels of the comparison.
        labels: the comparison's label for each ranked label of the work.
    """

    work: Origin
    claims: tuple[Claim, ...]
    labels: dict[str, str]


@dataclass(frozen=True)
class PublishedRankings:
    """Published rankings of a comparison's methods on its data set.

    Attributes:
        work: the name of the work, as in `bridle reproduce NAME`.
        claims: its rankings of two methods each, by the comparison's labels.
        otherwise: how the comparison differs from a reproduction of the work, in words.
        short: what it has too little of to test the work's rankings, in words; empty if there is enough.
    """

    work: str
    claims: tuple[Claim, ...]
    otherwise: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


def rankings(dataset: str, methods: Sequence[str]) -> Rankings | None:
    """Return the published rankings of methods on a data set; None if there are none.

    A ranking concerns methods at any strength, and a data set with any number of its examples. Both are recognized by
    their names alone, so no ranking is chosen by results. If a comparison has a method several times, with several
    strengths, the one at the work's own strength counts, otherwise the tuned one, otherwise none.

    Args:
        dataset: as `bridle.data.load` reads it.
        methods: labels of the comparison.
    """
    name = parse_call(dataset).name
    for work in origins().values():
        if parse_call(work.scales["laptop"].dataset).name != name:
            continue
        labels = {own: label for own in work.methods if (label := _same(own, methods))}
        claims = tuple(
            replace(claim, better=labels[claim.better], worse=labels[claim.worse])
            for claim in work.claims
            if claim.better in labels and claim.worse in labels
        )
        if claims:
            ranked = {label for claim in claims for label in (claim.better, claim.worse)}
            return Rankings(work, claims, {o: here for o, here in labels.items() if here in ranked})
    return None


def _same(own: str, methods: Sequence[str]) -> str:
    """Return the method that is the work's `own`; empty if there is none, or if it is ambiguous."""
    names = Composition.parse(own).names
    same = [label for label in methods if Composition.parse(label).names == names]
    for wanted in (own, "+".join(names)):
        if wanted in same:
            return wanted
    return same[0] if len(same) == 1 else ""
