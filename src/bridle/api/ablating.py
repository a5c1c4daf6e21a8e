"""Ablating a cocktail: a comparison of the combinations of its ingredients."""

from __future__ import annotations

from typing import Any, overload

from bridle.api.studies import Studies
from bridle.api.study import Study
from bridle.api.training import compare
from bridle.domains import Flag
from bridle.errors import UserError
from bridle.study.ablation import combinations


@overload
def ablate(
    data: list[str] | tuple[str, ...], y: None = None, *, cocktail: str, **options: Any
) -> Studies: ...


@overload
def ablate(data: Any, y: Any = None, *, cocktail: str, **options: Any) -> Study: ...


def ablate(
    data: Any,
    y: Any = None,
    *,
    cocktail: str,
    tune: bool = False,
    resolution: int | None = None,
    **options: Any,
) -> Study | Studies:
    """Find what carries a cocktail: train it with every ingredient in and out.

    The study compares the combinations of the ingredients, from none to all, as `compare` does. Its answer also holds
    the effect of every ingredient alone, on average and in the whole, and of every pair (`docs/search-and-ablate.md`).

    Args:
        data: as in `compare`, one data set or several names.
        y: likewise.
        cocktail: ingredients joined with plus, such as `"dropout(rate=0.3)+l2+mixup"`.
        tune: whether every combination tunes the strengths that the cocktail leaves open. By default each has its
            method's default, in all combinations, so that these differ in nothing but their ingredients. The learning
            rate is chosen for each combination on validation data in both cases, among as many for all.
        resolution: of more than five ingredients, 5 to tell pairs apart (the default; up to 8 ingredients), or 4
            for fewer combinations, which tell only single ingredients apart (up to 16).
        **options: as in `compare`, except `methods` and `configurations`.

    Returns:
        The study: `study.effects()`, `study.figure("ablation")`, and all that a comparison has.

    Raises:
        UserError: as of `compare`; or the cocktail has fewer than two ingredients, or too many.
    """
    if "methods" in options:
        raise UserError(
            "An ablation compares the combinations of its cocktail; leave methods out. To compare others beside them, "
            "list all as methods of bridle.compare."
        )
    tune = Flag().check("tune", tune)
    methods = list(combinations(cocktail, tune=tune, resolution=resolution))
    found: Study | Studies = compare(data, y, methods=methods, **options)
    return found
