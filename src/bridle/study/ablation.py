"""Ablations: which combinations of a cocktail's ingredients are trained, and which studies are ablations.

An ablation is a comparison of combinations: nothing (`none`), every ingredient alone, pairs, … up to the whole. Up to
`FEW` ingredients all combinations are trained; of more a fraction from which the effects of single ingredients and of
pairs can be told apart (`statistics/factorial.py`), and beside it every ingredient alone, the whole, and the whole
without each ingredient. A study is known as an ablation by the methods that it compares, whoever listed them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bridle.errors import UserError, shown
from bridle.grammar import Call, split_outside
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.statistics.factorial import PAIRS, SINGLES, Levels, fraction, full
from bridle.study.plan import BASELINE
from bridle.wording import argument, command

FEW = 5
"""Maximum number of ingredients of which all combinations are trained."""

MOST = {PAIRS: 8, SINGLES: 16}
"""Maximum number of ingredients by the resolution of the fraction."""


@dataclass(frozen=True, eq=False)
class Factorial:
    """The combinations of an ablation.

    Attributes:
        ingredients: as their labels write them, in order.
        labels: of the combinations, as methods of the study.
        levels: [combinations, ingredients], which are in.
        balanced: [combinations], which belong to the full factorial or the fraction, whose means are compared; the
            others are there for a single effect each.
        resolution: of the fraction; None if all combinations are there, less than 4 if there is no fraction.
    """

    ingredients: tuple[str, ...]
    labels: tuple[str, ...]
    levels: Levels
    balanced: Levels
    resolution: int | None

    @property
    def pairs(self) -> bool:
        """Whether the effects of pairs are told apart."""
        return self.resolution is None or self.resolution >= PAIRS

    def label(self, ingredients: Sequence[int]) -> str | None:
        """Return the label of the combination of exactly these ingredients; None if it was not trained."""
        wanted = np.isin(np.arange(len(self.ingredients)), ingredients)
        at = np.flatnonzero((self.levels == wanted).all(axis=1))
        return self.labels[at[0]] if len(at) else None


def combinations(
    cocktail: str, *, tune: bool = False, resolution: int | None = None
) -> tuple[str, ...]:
    """Return the methods that an ablation compares, `none` first and the whole cocktail among them.

    Args:
        cocktail: ingredients joined with plus, `dropout(rate=0.3)+l2`.
        tune: whether each combination tunes the strengths that the cocktail leaves open. Otherwise they are fixed at
            their defaults, and combinations differ in nothing but their ingredients.
        resolution: of the fraction where there are more than `FEW` ingredients; 5 by default.

    Raises:
        UserError: it names no method, an unknown one, only one, or too many.
    """
    if len(parts := split_outside(cocktail, ",")) > 1:
        raise UserError(
            f"A cocktail is one method of several ingredients, joined with plus; received the list {shown(cocktail)}.",
            instead=(cocktail, "+".join(parts)),
        )
    composition = Composition.parse(cocktail)
    if composition.names == (BASELINE,) or len(composition.names) < 2:
        advice = command("compare", "DATASET", methods=composition.label)
        raise UserError(
            f"An ablation takes two ingredients or more, joined with plus, such as dropout+l2; received "
            f"{shown(cocktail)}. To compare one method with no regularization: {advice}."
        )
    written = [_part(composition, name, tune) for name in composition.names]
    levels, _ = _trained(len(written), PAIRS if resolution is None else resolution)
    labels = ["+".join(itertools.compress(written, row)) for row in levels.tolist()]
    return tuple(Composition.parse(label or BASELINE).label for label in labels)


def _part(composition: Composition, name: str, tune: bool) -> str:
    """Return an ingredient, its strength written out unless it is tuned."""
    given, strength = dict(composition.pinned[name]), method(name).strength()
    if strength is not None and not tune:
        given.setdefault(strength.name, strength.default)
    return str(Call(name, given))


def _trained(ingredients: int, resolution: int) -> tuple[Levels, Levels]:
    """Return the combinations of an ablation and which of them are balanced.

    Raises:
        UserError: there is no such resolution, or there are too many ingredients for it.
    """
    part = fraction(ingredients, resolution)
    if ingredients <= FEW:
        levels = full(ingredients)
        return levels, np.ones(len(levels), bool)
    if ingredients > MOST[resolution]:
        less = (
            f" Up to {MOST[SINGLES]} can be ablated without telling pairs apart: "
            f"{argument('resolution', SINGLES)}."
            if resolution == PAIRS and ingredients <= MOST[SINGLES]
            else ""
        )
        raise UserError(
            f"An ablation that tells pairs apart takes at most {MOST[PAIRS]} ingredients; received "
            f"{ingredients}, which would need {len(part)} combinations.{less}"
            if resolution == PAIRS
            else f"An ablation takes at most {MOST[SINGLES]} ingredients; received {ingredients}."
        )
    there = {tuple(row) for row in part.tolist()}
    further = [row for row in _single(ingredients).tolist() if tuple(row) not in there]
    levels = np.array([*part.tolist(), *further], bool)
    return levels, np.arange(len(levels)) < len(part)


def _single(ingredients: int) -> Levels:
    """Return every ingredient alone, the whole, the whole without each ingredient, and nothing."""
    alone, ends = np.eye(ingredients, dtype=bool), np.ones((1, ingredients), bool)
    return np.unique(np.concatenate([alone, ~alone, ends, ~ends]), axis=0)


def factorial_of(labels: Sequence[str], baseline: str = BASELINE) -> Factorial | None:
    """Return the combinations of a study that ablates its largest method; None if it does not.

    It does if all combinations of the method's ingredients are there, or a fraction of them, or at least every
    ingredient alone and the method without each ingredient. Methods that hold anything else stand beside them.

    Args:
        labels: the methods of the study.
        baseline: the one in which no ingredient is.
    """
    parts = {label: _parts(label) if label != baseline else () for label in labels}
    most = max(map(len, parts.values()), default=0)
    largest = [own for own in parts.values() if len(own) == most]
    if baseline not in parts or len(largest) != 1 or not 2 <= most <= max(MOST.values()):
        return None
    ingredients = tuple(sorted(largest[0]))
    names = {part.partition("(")[0] for part in ingredients}
    own = {label: one for label, one in parts.items() if set(one) <= set(ingredients)}
    levels = np.array([[part in one for part in ingredients] for one in own.values()])
    rows = [tuple(row) for row in levels.tolist()]
    if len(names) < most or len(set(rows)) < len(rows):
        return None
    for resolution, planned in _designs(most):
        places = {tuple(row): bool(one) for row, one in zip(*planned, strict=True)}
        if places.keys() <= set(rows):
            balanced = np.array([places.get(row, False) for row in rows])
            return Factorial(ingredients, tuple(own), levels, balanced, resolution)
    return None


def _designs(ingredients: int) -> Iterator[tuple[int | None, tuple[list[list[bool]], list[bool]]]]:
    """Yield the combinations that an ablation needs and which are balanced, the most informative first."""
    if ingredients <= FEW:
        yield None, (full(ingredients).tolist(), [True] * 2**ingredients)
    for resolution in (PAIRS, SINGLES):
        if FEW < ingredients <= MOST[resolution]:
            levels, balanced = _trained(ingredients, resolution)
            yield resolution, (levels.tolist(), balanced.tolist())
    single = _single(ingredients).tolist()
    yield SINGLES - 1, (single, [False] * len(single))


def _parts(label: str) -> tuple[str, ...]:
    """Return what a label joins; empty parts and all of a label that cannot be read are a part of their own."""
    try:
        return tuple(split_outside(label, "+"))
    except UserError:
        return (label,)
