"""Which of the numbers that a network sees are quantities, and which belong to one column of categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridle.tables.preparation import Encoder


@dataclass(frozen=True)
class Layout:
    """What the numbers of an example are; all that is neither is 0 or 1, or part of a date.

    Attributes:
        quantities: the positions of numbers, dates and ordinals.
        categories: of each column of categories the first of its positions, and how many it has.
    """

    quantities: tuple[int, ...]
    categories: tuple[tuple[int, int], ...] = ()

    @classmethod
    def plain(cls, features: int) -> Layout:
        """Return the layout of `features` numbers that are all quantities, as of arrays."""
        return cls(tuple(range(features)))

    @classmethod
    def of(cls, encoders: Iterable[Encoder]) -> Layout:
        """Return the layout of a table's columns."""
        quantities: list[int] = []
        categories: list[tuple[int, int]] = []
        start = 0
        for encoder in encoders:
            measured = encoder.measured
            quantities += [start + at for at, quantity in enumerate(measured) if quantity]
            if encoder.kind == "category":
                categories.append((start, len(measured)))
            start += len(measured)
        return cls(tuple(quantities), tuple(categories))
