"""What an ablation says: the effects of a cocktail's ingredients, as contrasts of its combinations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bridle.statistics.comparison import Comparison
from bridle.statistics.contrasts import Contrast, contrasts
from bridle.statistics.factorial import pair, single
from bridle.study.ablation import Factorial, factorial_of

Kind: TypeAlias = Literal["whole", "in the whole", "alone", "on average", "interaction"]
KINDS: tuple[Kind, ...] = ("whole", "in the whole", "alone", "on average", "interaction")


@dataclass(frozen=True)
class Effect:
    """An effect of ingredients. Positive is better.

    Attributes:
        kind: `whole`: all ingredients against none. `in the whole`: the whole minus the whole without an ingredient.
            `alone`: an ingredient alone against none. `on average`: an ingredient in minus out, over all combinations
            of the others (its main effect). `interaction`: what two ingredients give together beyond the sum of their
            separate effects, over all combinations of the others.
        ingredients: all, one or two of them, by name.
        contrast: difference, interval and verdict.
    """

    kind: Kind
    ingredients: tuple[str, ...]
    contrast: Contrast


@dataclass(frozen=True)
class Ablation:
    """The effects of a cocktail's ingredients.

    Attributes:
        ingredients: their names, in order.
        settings: what each has in parentheses, in the same order; empty where nothing is fixed.
        combinations: number of combinations trained.
        resolution: of the fraction; None if all combinations were trained, 3 if only those with one ingredient in, one
            out, none and all.
        effects: all, by kind and ingredient; their intervals hold together.
        whole: the label of the whole cocktail.
    """

    ingredients: tuple[str, ...]
    settings: tuple[str, ...]
    combinations: int
    resolution: int | None
    effects: tuple[Effect, ...]
    whole: str

    def of(self, kind: Kind) -> tuple[Effect, ...]:
        """Return the effects of a kind."""
        return tuple(effect for effect in self.effects if effect.kind == kind)

    def effect(self, kind: Kind, *ingredients: str) -> Effect:
        """Return one effect; that of the whole needs no ingredients.

        Raises:
            KeyError: there is none.
        """
        wanted = set(ingredients or self.ingredients)
        for effect in self.of(kind):
            if set(effect.ingredients) == wanted:
                return effect
        raise KeyError((kind, *ingredients))


def ablation(comparison: Comparison) -> Ablation | None:
    """Return the effects of a study that compares the combinations of some ingredients; None if it does not.

    All effects are one family: their intervals hold together, at all looks. The leaderboard's are another.
    """
    labels = [comparison.baseline, *(c.method for c in comparison.methods)]
    found = factorial_of(labels, comparison.baseline)
    if found is None:
        return None
    planned: dict[Kind, list[tuple[tuple[int, ...], dict[str, float]]]] = {
        kind: [*_planned(found, kind)] for kind in KINDS
    }
    weights = [[own for _, own in planned[kind]] for kind in KINDS]
    names = [part.partition("(")[0] for part in found.ingredients]
    effects = [
        Effect(kind, tuple(names[at] for at in places), contrast)
        for kind, own in zip(KINDS, contrasts(comparison, weights), strict=True)
        for (places, _), contrast in zip(planned[kind], own, strict=True)
    ]
    whole = found.label(range(len(names)))
    assert whole is not None
    return Ablation(
        ingredients=tuple(names),
        settings=tuple(part.partition("(")[2].removesuffix(")") for part in found.ingredients),
        combinations=len(found.labels),
        resolution=found.resolution,
        effects=tuple(effects),
        whole=whole,
    )


def _planned(found: Factorial, kind: Kind) -> Iterator[tuple[tuple[int, ...], dict[str, float]]]:
    """Yield the ingredients of every effect of a kind, and the weights of the combinations."""
    every = tuple(range(len(found.ingredients)))
    if kind == "whole":
        yield every, _between(found, every, ())
    elif kind == "interaction":
        for a, b in itertools.combinations(every, 2) if found.pairs else ():
            yield (a, b), _means(found, pair(found.levels[found.balanced], a, b).tolist())
    elif kind != "on average" or found.balanced.any():
        for at in every:
            if kind == "alone":
                yield (at,), _between(found, (at,), ())
            elif kind == "in the whole":
                yield (at,), _between(found, every, tuple(a for a in every if a != at))
            else:
                yield (at,), _means(found, single(found.levels[found.balanced], at).tolist())


def _between(found: Factorial, more: tuple[int, ...], less: tuple[int, ...]) -> dict[str, float]:
    """Return the weights of the difference of two combinations."""
    first, second = found.label(more), found.label(less)
    assert first is not None
    assert second is not None
    return {first: 1.0, second: -1.0}


def _means(found: Factorial, weights: list[float]) -> dict[str, float]:
    """Return weights of the balanced combinations by label."""
    labels = itertools.compress(found.labels, found.balanced.tolist())
    return dict(zip(labels, weights, strict=True))
