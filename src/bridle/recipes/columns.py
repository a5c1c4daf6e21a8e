"""Where the columns that an embedding reads stand among the inputs of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.networks.embedding import Embedding


@dataclass(frozen=True)
class RecipeColumns:
    """The inputs of a recipe whose network begins with an embedding: quantities first, categories last.

    Attributes:
        quantities: number of columns that are quantities.
        encoding: number of numbers by which each is encoded.
        size: numbers that a column becomes.
        relu: whether ReLU follows the linear layer of quantities.
        wide: first position, and the position after the last, of each category that is embedded.
        others: likewise of what passes as it is.
        units: numbers that an example becomes.
    """

    quantities: int
    encoding: int
    size: int
    relu: bool
    wide: tuple[tuple[int, int], ...]
    others: tuple[tuple[int, int], ...]
    units: int


def columns(front: Embedding) -> RecipeColumns:
    """Return where the columns of an embedding stand.

    Args:
        front: the embedding.
    """
    counts = [values for _, values in front.layout.categories]
    quantities, at = len(front.layout.quantities), front.features - sum(counts)
    wide, others = [], [(quantities, at)] if at > quantities else []
    for values in counts:
        span = (at, at + values)
        at += values
        if values > front.size:
            wide.append(span)
        elif others and others[-1][1] == span[0]:
            others[-1] = (others[-1][0], span[1])
        else:
            others.append(span)
    return RecipeColumns(
        quantities=quantities,
        encoding=front.encoding,
        size=front.size,
        relu=front.relu,
        wide=tuple(wide),
        others=tuple(others),
        units=front.units,
    )
