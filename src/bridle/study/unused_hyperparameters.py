"""Hyperparameters that are given but have no effect on this kind of input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridle.methods.composition import Composition, hyperparameter_of
from bridle.study.configurations import Grid

_KINDS = {1: "points and tables", 2: "images", 3: "images"}


def unread(
    compositions: Iterable[Composition], grid: Grid | None, shape: Sequence[int]
) -> tuple[str, ...]:
    """Return a sentence for each given hyperparameter that has no effect on examples of `shape`.

    Args:
        compositions: the methods, with pinned values.
        grid: what is tried.
        shape: of one example.
    """
    asked: dict[tuple[str, str], None] = {}
    for composition in compositions:
        for name, given in composition.pinned.items():
            tried = [*(grid or {}).get(name, ()), *(grid or {}).get(composition.label, ())]
            for key in [
                *given,
                *(key for key in tried if key != "learning_rate" and "." not in key),
            ]:
                asked[name, key] = None
    said = []
    for name, key in asked:
        axes = hyperparameter_of(name, key).axes
        if axes and len(shape) not in axes:
            kind = _KINDS[axes[0]]
            said.append(
                f"{name}.{key} acts on {kind} alone and is never read here: its value changes nothing."
            )
    return tuple(said)
