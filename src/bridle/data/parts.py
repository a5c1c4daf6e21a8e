"""The parts of every split of a table: folds, groups that stay together, or given ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Design, Integers, Sizes
from bridle.data.randomness import generator
from bridle.data.splits import apportion, fraction_sizes, stratified
from bridle.errors import Unquoted, UserError
from bridle.numbers import many

LEFT_OUT, TRAIN, VALIDATION, TEST = 0, 1, 2, 3
"""What a row is in a given split; validation rows that are not given are drawn from the training rows."""

PARTS = {
    **dict.fromkeys(("train", "training", "trn", "learn"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev", "tune"), VALIDATION),
    **dict.fromkeys(("test", "testing", "tst", "holdout", "eval"), TEST),
}
"""What the parts are called in columns and folders."""

_TRIALS = 50
"""Number of draws of groups among which the one is taken whose parts hold the classes best in proportion."""

Rows = NDArray[np.int32]
Splits = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Parts:
    """How every replicate splits the rows.

    Attributes:
        strata: [n] int32, what every part holds in proportion, and
        names: their names.
        validation: fraction of all rows, and
        test: likewise.
        groups: [n] int32, rows of a group stay together; None if there are none.
        given: [S, n] int8, what every row is in S given splits, which replicates take in turn; None if there are none.
        sizes: rows of the parts, equal in all replicates.
        folds: number of test parts into which the rows are divided before they are divided anew; 1 draws every test
            part by itself.
    """

    strata: Integers
    names: tuple[str, ...]
    validation: float
    test: float
    groups: Integers | None = None
    given: NDArray[np.int8] | None = None
    sizes: Sizes = field(init=False)
    folds: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", self._sizes())
        if self.given is None and self.groups is None:
            folds, sizes = self._divided()
            object.__setattr__(self, "folds", folds)
            object.__setattr__(self, "sizes", sizes)

    @property
    def design(self) -> Design:
        """What replicates have in common."""
        if self.given is None:
            return "overlapping"
        tests = self.given == TEST
        return "fixed_test" if (tests == tests[0]).all() else "overlapping"

    def draw(self, number: int, seed: int) -> tuple[Rows, Rows, Rows]:
        """Return the training, validation and test rows of a replicate, in random order; given test rows in theirs."""
        random = generator(seed, number, "split")
        sizes = asdict(self.sizes)
        if self.folds > 1:
            return self._folded(number, seed)
        if self.given is None and self.groups is None:
            train, validation, test = stratified(self.strata, sizes, self.names, random)
            return train, validation, test
        if self.given is None:
            return self._grouped(np.arange(len(self.strata)), sizes, random)
        at = number % len(self.given)
        part = self.given[at]
        # the same rows in the same order whenever the split comes again, so that replicates can be compared row by row
        test = np.sort(_some(part == TEST, sizes["test"], generator(0, at, "test rows")))
        if (self.given == VALIDATION).any():
            train = _some(part == TRAIN, sizes["train"], random)
            return train, _some(part == VALIDATION, sizes["validation"], random), test
        rest = np.flatnonzero(part == TRAIN)
        inner = {"train": sizes["train"], "validation": sizes["validation"]}
        if self.groups is not None:
            train, validation, _ = self._grouped(rest, {**inner, "test": 0}, random)
            return train, validation, test
        strata = np.full(len(self.strata), -1, np.int32)
        strata[rest] = self.strata[rest]
        train, validation = stratified(strata[rest], inner, self.names, random)
        return rest[train].astype(np.int32), rest[validation].astype(np.int32), test

    def _folded(self, number: int, seed: int) -> tuple[Rows, Rows, Rows]:
        """Return the rows of a replicate that tests on a fold; every `folds` replicates test on all rows once."""
        division, fold = divmod(number, self.folds)
        equal = {str(place): self.sizes.test for place in range(self.folds)}
        tests = stratified(self.strata, equal, self.names, generator(seed, division, "folds"))
        rest = np.setdiff1d(np.arange(len(self.strata)), tests[fold])
        inner = {"train": self.sizes.train, "validation": self.sizes.validation}
        random = generator(seed, number, "split")
        train, validation = stratified(self.strata[rest], inner, self.names, random)
        return rest[train].astype(np.int32), rest[validation].astype(np.int32), tests[fold]

    def _divided(self) -> tuple[int, Sizes]:
        """Return the number of folds, and sizes that make them equal; 1 where a class has too few rows."""
        rows, sizes = len(self.strata), self.sizes
        folds = int(1 / self.test + 1e-9)
        test = min(sizes.test, rows // folds)
        divided = Sizes(rows - test - sizes.validation, sizes.validation, test)
        counts = np.bincount(self.strata, minlength=len(self.names))
        try:
            table = apportion(
                counts.tolist(), {str(fold): test for fold in range(folds)}, self.names
            )
            inner = {"train": divided.train, "validation": divided.validation}
            for tested in table.T:
                apportion((counts - tested).tolist(), inner, self.names)
        except UserError:
            return 1, sizes
        return folds, divided

    def _sizes(self) -> Sizes:
        """Return the sizes of the parts, equal in all replicates.

        Raises:
            UserError: there are too few rows, groups, or rows of a class.
        """
        rows = len(self.strata)
        if self.given is None:
            sizes = fraction_sizes(rows, self.validation, self.test)
            self._check(np.ones(rows, bool), asdict(sizes))
            return sizes if self.groups is None else self._grouped_sizes(np.arange(rows), sizes)
        counts = {code: (self.given == code).sum(axis=1) for code in (TRAIN, VALIDATION, TEST)}
        for code, name in ((TRAIN, "training"), (TEST, "test")):
            if not counts[code].all():
                raise UserError(
                    f"The given split has no {name} rows; expected some in every split."
                )
        for part in self.given:
            self._check_learned(part)
        test = int(counts[TEST].min())
        if counts[VALIDATION].any():
            if not counts[VALIDATION].all():
                raise UserError("Some of the given splits have validation rows and some do not.")
            return Sizes(int(counts[TRAIN].min()), int(counts[VALIDATION].min()), test)
        rest = int(counts[TRAIN].min())
        inner = fraction_sizes(rest, self.validation)
        sizes = Sizes(inner.train, inner.validation, test)
        for part in self.given:
            self._check(part == TRAIN, {"train": inner.train, "validation": inner.validation})
        if self.groups is None:
            return sizes
        found = self._grouped_sizes(
            np.flatnonzero(self.given[0] == TRAIN), Sizes(inner.train, inner.validation, 0)
        )
        return Sizes(found.train, found.validation, test)

    def _check_learned(self, part: NDArray[np.int8]) -> None:
        """Raise a UserError for a class that has test rows and no training rows."""
        learned, tested = (
            np.bincount(self.strata[part == code], minlength=len(self.names))
            for code in (TRAIN, TEST)
        )
        absent = np.flatnonzero((learned == 0) & (tested > 0))
        if len(absent):
            at = int(absent[0])
            raise UserError(
                f"Class {self.names[at]!r} has {many(int(tested[at]), 'test row')} and no training rows, so no network "
                "can learn it. Add training rows of it, or leave its test rows out."
            )

    def _check(self, among: NDArray[np.bool_], sizes: Mapping[str, int]) -> None:
        counts = np.bincount(self.strata[among], minlength=len(self.names))
        apportion(counts.tolist(), sizes, self.names)

    def _grouped_sizes(self, rows: NDArray[Any], sizes: Sizes) -> Sizes:
        """Return sizes that draws of whole groups can have: what is left over is not used."""
        assert self.groups is not None
        count, parts = len(np.unique(self.groups[rows])), 3 if sizes.test else 2
        if count < parts:
            raise UserError(
                argument="group",
                verb="hold",
                expected=f"at least {parts} groups, one for each part",
                received=Unquoted(many(count, "group")),
            )
        random = generator(0, 0, "sizes of groups")
        asked = {**asdict(sizes), "train": 1}
        left = []
        for _ in range(_TRIALS):
            drawn = self._draw_groups(rows, asked, random)
            left += [] if drawn is None else [len(drawn[0])]
        if not left:
            raise UserError(
                f"No split keeps groups together and has every class in every part: {many(count, 'group')}, "
                f"{many(len(self.names), 'class')}. Leave out rare classes, or the groups."
            )
        return Sizes(max(1, int(np.quantile(left, 0.2))), sizes.validation, sizes.test)

    def _grouped(
        self, rows: NDArray[Any], sizes: Mapping[str, int], random: np.random.Generator
    ) -> tuple[Rows, Rows, Rows]:
        """Draw parts of whole groups, among several draws the one with the classes best in proportion."""
        whole = np.bincount(self.strata[rows], minlength=len(self.names)) / len(rows)
        best, least = None, np.inf
        for trial in range(20 * _TRIALS):
            drawn = self._draw_groups(rows, sizes, random)
            if drawn is not None:
                share = [
                    np.bincount(self.strata[p], minlength=len(whole)) / max(1, len(p))
                    for p in drawn[1:]
                ]
                apart = sum(
                    np.abs(s - whole).max() for s, p in zip(share, drawn[1:], strict=True) if len(p)
                )
                best, least = (drawn, apart) if apart < least else (best, least)
            if best is not None and (trial >= _TRIALS or len(whole) == 1):
                break
        if best is None:
            raise UserError(
                "No split keeps groups together and has every class in every part. Leave out the groups."
            )
        train, validation, test = best
        return _some(train, sizes["train"], random), validation, test

    def _draw_groups(
        self, rows: NDArray[Any], sizes: Mapping[str, int], random: np.random.Generator
    ) -> tuple[Rows, Rows, Rows] | None:
        """Draw parts of whole groups once; None if one lacks a class, or too few rows are left for training."""
        assert self.groups is not None
        names, group, counts = np.unique(self.groups[rows], return_inverse=True, return_counts=True)
        order = list(random.permutation(len(names)))
        found = []
        for part in ("test", "validation"):
            taken, missing = [], sizes[part]
            for one in order:
                if counts[one] <= missing:
                    taken.append(one)
                    missing -= counts[one]
            if missing > 0:  # the smallest group that is large enough; a part of it is not used
                over = [one for one in order if one not in taken and counts[one] > missing]
                if not over:
                    return None
                taken.append(min(over, key=lambda one: counts[one]))
            order = [one for one in order if one not in set(taken)]
            inside = rows[np.isin(group, taken)]
            found.append(random.permutation(inside)[: sizes[part]].astype(np.int32))
        test, validation = found
        train = rows[np.isin(group, order)].astype(np.int32)
        if len(train) < sizes["train"]:
            return None
        for drawn, size in ((train, 1), (validation, sizes["validation"]), (test, sizes["test"])):
            if size and len(np.unique(self.strata[drawn])) < len(self.names):
                return None
        return random.permutation(train), validation, test


def _some(rows: NDArray[Any], size: int, random: np.random.Generator) -> Rows:
    """Return `size` of the rows in random order; `rows` are numbers, or say of each row whether it is one."""
    numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
    return random.permutation(numbers)[:size].astype(np.int32)


def of_list(split: Any, rows: int) -> NDArray[np.int8]:
    """Return the splits that a list of `(train, test)` or `(train, validation, test)` row numbers gives."""
    form = "a list of (train, test) row numbers, or the name of a column"
    try:
        pairs = [[np.asarray(part) for part in one] for one in split]
    except TypeError:
        raise UserError(argument="split", expected=form, received=split) from None
    if not pairs or any(len(one) not in (2, 3) for one in pairs):
        raise UserError(argument="split", expected=form, received=Unquoted(f"{len(pairs)} entries"))
    given = np.zeros((len(pairs), rows), np.int8)
    for at, one in enumerate(pairs):
        codes = (TRAIN, TEST) if len(one) == 2 else (TRAIN, VALIDATION, TEST)
        for code, part in zip(codes, one, strict=True):
            numbers = np.flatnonzero(part) if part.dtype == bool else part
            if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
                raise UserError(
                    argument="split", verb="hold", expected="row numbers", received=part
                )
            if len(numbers) and (numbers.min() < 0 or numbers.max() >= rows):
                raise UserError(
                    argument="split",
                    verb="hold",
                    expected=f"row numbers from 0 to {rows - 1}",
                    received=Unquoted(f"{numbers.min()} to {numbers.max()} in split {at}"),
                )
            if given[at, numbers].any():
                raise UserError(
                    f"split {at} has a row in two parts: row {numbers[given[at, numbers] > 0][0]}."
                )
            given[at, numbers] = code
    return given


def of_codes(given: NDArray[np.int8]) -> list[tuple[NDArray[np.bool_], ...]]:
    """Return the list of splits from which `of_list` makes `given`: which rows are in each part."""
    return [
        tuple(
            one == code for code in (TRAIN, VALIDATION, TEST) if code != VALIDATION or code in one
        )
        for one in given
    ]
