"""Stratified splits with exact sizes: every part has the classes in the proportions of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Integers, Sizes
from bridle.errors import Unquoted, UserError
from bridle.numbers import many


def fraction_sizes(rows: int, validation: float, test: float = 0.0) -> Sizes:
    """Turn fractions of all rows into sizes; what remains is for training.

    Raises:
        UserError: nothing would remain for training, or a part would be empty.
    """
    sizes = Sizes(
        train=rows - round(rows * validation) - round(rows * test),
        validation=round(rows * validation),
        test=round(rows * test),
    )
    asked = f"validation={validation:g}" + (f" and test={test:g}" if test else "")
    if validation + test >= 1 or sizes.train < 1:
        raise UserError(
            f"Some rows must remain for training, so fractions must add up to less than 1; "
            f"received {asked}, which is all of {rows} rows."
        )
    if sizes.validation < 1 or (test > 0 and sizes.test < 1):
        raise UserError(
            argument="Every part",
            verb="hold",
            expected="some rows",
            received=Unquoted(f"{asked} of {rows} rows"),
            advice="Give more rows or a larger fraction.",
        )
    return sizes


def apportion(
    counts: Sequence[int], sizes: Mapping[str, int], classes: Sequence[str]
) -> NDArray[np.int64]:
    """Say how many rows of each class go into each part.

    Shares are proportional, rounded so that every part has exactly its size, and every class
    has at least one row in every part. Rows may be left over.

    Args:
        counts: rows of each class.
        sizes: rows of each part, by the name of the part.
        classes: names of the classes, for messages.

    Returns:
        [classes, parts] numbers of rows.

    Raises:
        UserError: there are too few rows, a part has fewer rows than there are classes, or a
            class has fewer rows than there are parts.
    """
    left = np.asarray(counts, np.int64)
    _check_feasible(left, sizes, classes)
    table = np.zeros((len(left), len(sizes)), np.int64)
    for part, size in enumerate(sizes.values()):
        waiting = len(sizes) - part - 1  # parts still to come, each needs a row of each class
        share = size * left / left.sum()
        most = left - waiting
        taken = np.clip(np.floor(share).astype(np.int64), 1, most)
        while taken.sum() < size:
            taken[np.argmax(np.where(taken < most, share - taken, -np.inf))] += 1
        while taken.sum() > size:
            taken[np.argmin(np.where(taken > 1, share - taken, np.inf))] -= 1
        table[:, part] = taken
        left = left - taken
    return table


def stratified(
    targets: Integers,
    sizes: Mapping[str, int],
    classes: Sequence[str],
    random: np.random.Generator,
) -> tuple[Integers, ...]:
    """Draw disjoint parts of the rows, each with the classes in proportion.

    Args:
        targets: [n] int32, positions in `classes`.
        sizes: rows of each part, by the name of the part; rows may be left over.
        classes: names of the classes.
        random: the random numbers of the draw.

    Returns:
        The row numbers of each part, int32, in random order.

    Raises:
        UserError: see `apportion`.
    """
    counts = np.bincount(targets, minlength=len(classes))
    table = apportion(counts.tolist(), sizes, classes)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in sizes]
    for label, row in enumerate(table):
        shuffled = random.permutation(np.flatnonzero(targets == label))
        for part, piece in enumerate(np.split(shuffled, np.cumsum(row))[: len(row)]):
            parts[part].append(piece)
    # shuffled, so that the first rows of a part are a random sample of it
    return tuple(random.permutation(np.concatenate(part)).astype(np.int32) for part in parts)


def _check_feasible(
    counts: NDArray[np.int64], sizes: Mapping[str, int], classes: Sequence[str]
) -> None:
    """Raise a UserError where no split with every class in every part exists."""
    names = ", ".join(sizes)
    if sum(sizes.values()) > counts.sum():
        asked = " + ".join(f"{size} ({name})" for name, size in sizes.items())
        raise UserError(f"A split into {asked} rows needs more than the {counts.sum()} there are.")
    rarest = int(np.argmin(counts))
    if counts[rarest] < len(sizes):
        raise UserError(
            f"Class {classes[rarest]!r} has {many(int(counts[rarest]), 'row')}, but a stratified split "
            f"into {names} needs at least {len(sizes)} of every class. Add rows of that class, "
            f"merge it with another, or leave it out."
        )
    for name, size in sizes.items():
        if size < len(classes):
            raise UserError(
                f"The {name} part would have {many(size, 'row')} for {len(classes)} classes; expected "
                f"at least one row of each class. Give more rows or make the part larger."
            )
