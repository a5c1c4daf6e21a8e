"""From columns to what a network sees: numbers, one column for each category, parts of dates.

What depends on the rows is fitted on the training rows of a split (`fit`). The vocabulary of categories is that of the
whole table, so that all splits have the same width; a category that is not in the training rows reaches no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.domains import Choice
from bridle.tables.column import LEFT_OUT, Column

Floats = NDArray[np.float32]

SCALINGS = ("standard", "robust", "quantile")
"""How numbers are scaled: by mean and standard deviation, by median and quartiles, or to a normal distribution."""

LARGEST_SCALE = 1e25
"""A number that varies less than the inverse counts as constant: other rows would be scaled out of single precision."""

RARE = 5
"""Number of rows below which a category is pooled with other rare ones."""

MOST_WORDS = 100
"""Maximum number of categories of a column that are not pooled."""

_KNOTS = 1000
"""Maximum number of quantiles by which numbers are transformed, as scikit-learn's default has it."""

CYCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}
"""Lengths in days of the cycles that dates are also encoded by."""


@dataclass(frozen=True)
class Encoder:
    """How one column becomes numbers; nothing in it depends on a split, except for the words of the whole table.

    Attributes:
        column: its name.
        kind: `number`, `date`, `boolean`, `ordinal` or `category`.
        words: of a category or ordinal column.
        kept: the categories that have a column of their own.
        other: whether the other categories share one.
        missing: whether there is a column that says where values are missing.
        offset: what is subtracted in double precision, so that differences survive in single precision.
        cycles: of a date: `year`, `week`, `day`.
    """

    column: str
    kind: str
    words: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    other: bool = False
    missing: bool = False
    offset: float = 0.0
    cycles: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Column) -> Encoder:
        """Return the encoder that suits a column."""
        missing = bool(column.missing.any())
        if column.kind == "category":
            counts = np.bincount(column.data[~column.missing], minlength=len(column.words))
            common = np.argsort(-counts, kind="stable")[:MOST_WORDS]
            kept = sorted(at for at in common if counts[at] >= RARE)
            names = tuple(column.words[at] for at in kept)
            other = bool(counts.sum() > counts[kept].sum())
            return cls(column.name, column.kind, column.words, names, other, missing)
        there = column.data[~column.missing].astype(np.float64)
        cycles: tuple[str, ...] = ()
        if column.kind == "date":
            long = there.max() - there.min()
            cycles = tuple(
                name
                for name, length in CYCLES.items()
                if long >= 2 * length and len(np.unique(np.round(there % length, 6))) > 1
            )
        offset = float(there.min()) if column.kind == "date" or _blurred(there) else 0.0
        return cls(
            column.name, column.kind, column.words, missing=missing, offset=offset, cycles=cycles
        )

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers that the column becomes."""
        absent = (f"{self.column} missing",) if self.missing else ()
        if self.kind == "category":
            rest = (f"{self.column}: others",) if self.other else ()
            return (*(f"{self.column}={word}" for word in self.kept), *rest, *absent)
        waves = [
            f"{self.column} {part} of {name}" for name in self.cycles for part in ("sin", "cos")
        ]
        return (self.column, *waves, *absent)

    @property
    def measured(self) -> tuple[bool, ...]:
        """Which of these are quantities, to be scaled; the others are 0 or 1, or between."""
        quantity = self.kind in ("number", "date", "ordinal")
        return (quantity, *[False] * (len(self.features) - 1)) if self.features else ()

    @property
    def places(self) -> tuple[int, ...]:
        """Which number of a category is 1 for each word, and at `UNSEEN` and `MISSING`, the last two; -1: none is."""
        own = {word: at for at, word in enumerate(self.kept)}
        others = len(self.kept) if self.other else -1
        missing = len(self.features) - 1 if self.missing else -1
        return (*(own.get(word, others) for word in self.words), others, missing)

    def encode(self, values: NDArray[Any]) -> Floats:
        """Return values of the column `[n]`, as `Column.data` holds them, as numbers `[n, k]`; NaN where missing."""
        if self.kind == "category":
            column = np.array(self.places)[values]
            found = np.zeros((len(values), len(self.features)), np.float32)
            rows = np.flatnonzero(column >= 0)
            found[rows, column[rows]] = 1
            return found
        wide = values.astype(np.float64)
        if values.dtype.kind == "i":
            wide[values < 0] = np.nan
        parts = [wide - self.offset]
        for name in self.cycles:
            angle = 2 * np.pi * (wide % CYCLES[name]) / CYCLES[name]
            parts += [np.sin(angle), np.cos(angle)]
        if self.missing:
            parts.append(np.isnan(wide).astype(np.float64))
        return np.column_stack(parts).astype(np.float32)


MISSING, UNSEEN = -1, -2
"""Positions that stand for a missing value, and for a word that the table did not hold; see `Encoder.places`."""


def _blurred(there: NDArray[np.float64]) -> bool:
    """Say whether single precision would lose the differences of numbers, as of seconds since 1970."""
    error = np.abs(there - there.astype(np.float32)).max()
    return bool(error > 0.001 * there.std())


def encoders(columns: Iterable[Column]) -> tuple[Encoder, ...]:
    """Return the encoders of all columns that a network sees."""
    found = (Encoder.of(column) for column in columns if column.kind not in LEFT_OUT)
    return tuple(encoder for encoder in found if encoder.features)


def encoded(encoders: Sequence[Encoder], values: Mapping[str, NDArray[Any]]) -> Floats:
    """Return the values of all columns as numbers `[n, d]`, NaN where a quantity is missing."""
    return np.ascontiguousarray(np.hstack([e.encode(values[e.column]) for e in encoders]))


@dataclass(frozen=True, eq=False)
class FittedSplit:
    """What is fitted on the training rows of a split.

    A network sees `(apply(encoded) - shift) * scale`.

    Attributes:
        fill: [d] float32, what stands in for missing quantities: their median.
        shift: [d] float32.
        scale: [d] float32, 0 for what is constant in the training rows.
        quantiles: [q, d] float32 of the quantities, if they are transformed to a normal distribution; [0, d] if not.
        measured: [d], which numbers are quantities.
    """

    fill: Floats
    shift: Floats
    scale: Floats
    quantiles: Floats
    measured: NDArray[np.bool_]

    def apply(self, encoded: Floats) -> Floats:
        """Return encoded rows `[n, d]` without missing values, transformed; the same array if nothing changes."""
        found = encoded
        gaps = np.isnan(encoded)
        if gaps.any():
            found = np.where(gaps, self.fill, encoded)
        if len(self.quantiles):
            found = found.copy()
            for at in np.flatnonzero(self.measured):
                found[:, at] = _normal(found[:, at], self.quantiles[:, at])
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is to be saved."""
        return dict(vars(self))


def fit(
    encoded: Floats, rows: NDArray[Any], measured: Sequence[bool], scaling: str = "standard"
) -> FittedSplit:
    """Fit imputation and scaling on some rows.

    Args:
        encoded: [n, d], NaN where a quantity is missing.
        rows: the training rows; no others are used.
        measured: [d], which numbers are quantities.
        scaling: one of `SCALINGS`.
    """
    Choice(SCALINGS).check("scaling", scaling)
    quantity = np.asarray(measured, bool)
    part = encoded[rows].astype(np.float64)
    gaps = np.isnan(part)
    fill = np.zeros(part.shape[1])
    for at in np.flatnonzero(gaps.any(axis=0)):
        there = part[~gaps[:, at], at]
        fill[at] = np.median(there) if len(there) else 0.0
    later = np.isnan(encoded).any(axis=0) & ~gaps.any(axis=0)
    fill[later] = np.median(part[:, later], axis=0)
    # rounded as `apply` fills them in, so that equal values stay equal
    fill = fill.astype(np.float32).astype(np.float64)
    part = np.where(gaps, fill, part)
    varies = part.min(axis=0) < part.max(axis=0)
    knots = np.zeros((0, part.shape[1]))
    shift, scale = np.zeros(part.shape[1]), np.ones(part.shape[1])
    if scaling == "quantile":
        knots = np.quantile(part, np.linspace(0, 1, min(_KNOTS, len(part))), axis=0)
        knots = np.maximum.accumulate(knots)
    else:
        middle, spread = part.mean(axis=0), part.std(axis=0)
        if scaling == "robust":
            low, middle_, high = np.quantile(part, [0.25, 0.5, 0.75], axis=0)
            usable = high > low
            middle = np.where(usable, middle_, middle)
            spread = np.where(usable, high - low, spread)
        shift = np.where(quantity, middle, 0.0)
        with np.errstate(divide="ignore"):
            scale = np.where(quantity, 1.0 / spread, 1.0)
    scale = np.where(varies & (scale <= LARGEST_SCALE), scale, 0.0)
    return FittedSplit(
        fill.astype(np.float32),
        shift.astype(np.float32),
        scale.astype(np.float32),
        knots.astype(np.float32),
        quantity,
    )


EDGE = 1e-7
"""Distance from 0 and 1 of the smallest and largest quantile, as scikit-learn has it."""


def _normal(values: Floats, knots: Floats) -> Floats:
    """Return values `[n]` as quantiles of the normal distribution, as scikit-learn's transformer does."""
    from scipy.special import ndtri

    levels = np.linspace(0, 1, len(knots))
    wide, known = values.astype(np.float64), knots.astype(np.float64)
    # the mean of both directions, so that values which occur often get the middle of their quantiles
    below = np.interp(wide, known, levels)
    above = -np.interp(-wide, -known[::-1], -levels[::-1])
    share = 0.5 * (below + above)
    share = np.where(wide <= known[0], 0.0, np.where(wide >= known[-1], 1.0, share))
    return np.asarray(ndtri(np.clip(share, EDGE, 1 - EDGE)), np.float32)


def documents(encoders: Sequence[Encoder]) -> list[dict[str, Any]]:
    """Return encoders as JSON."""
    return [asdict(encoder) for encoder in encoders]


def from_documents(given: Sequence[Mapping[str, Any]]) -> tuple[Encoder, ...]:
    """Return the encoders that `documents` wrote."""

    def plain(value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    return tuple(Encoder(**{key: plain(value) for key, value in one.items()}) for one in given)
