"""Overlapping splits of one table whose predictions are known: examples and splits are two crossed sources of chance.

Splits share test rows, and the same row tends to be right or wrong in all of them. With the parts of each row at hand
that can be seen, so it need not be bounded as `overlapping` does. A split r tests some of the rows e, and

    d[r, e] = μ + a[r] + b[e] + c[r, e]

as on a fixed test set, with cells that are missing. The components' variances come from three sums of squares, by
what these are expected to be (Henderson's first method, "Estimation of variance and covariance components",
Biometrics 9, 1953); where every split tests all rows they are those of `designs.two_way`. The mean's variance is

    σ_a² / R + σ_b² Σ_e (Σ_r w)² + σ_c² Σ w²

with the weight w of each cell in the mean. Splits share training rows too, whose effect no number of splits averages
out and no single table shows. For networks it is small; for learners that one row turns over (a single nearest
neighbour, a single split of a tree) intervals are too narrow (docs/evidence/overlapping-splits.md).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bridle.errors import Unquoted, UserError
from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate, Spread, assembled, least_crossed
from bridle.statistics.ties import weighted

Rows = npt.NDArray[np.intp]


def checked_rows(tables: Mapping[str, Floats], rows: npt.ArrayLike) -> Rows:
    """Check which rows of a table splits test, and number them from 0.

    Args:
        tables: for each method [replicates, test rows].
        rows: of the same shape: which row of the table each is; -1 at the end of splits that test fewer rows.

    Raises:
        UserError: `rows` is not of the shape of the tables, or names a row twice in a split.
    """
    given = np.asarray(rows)
    for name, table in tables.items():
        if given.shape != table.shape:
            raise UserError(
                argument="rows",
                expected=f"the row of each part of {name}, {list(table.shape)}",
                received=Unquoted(f"an array of {list(given.shape)}"),
            )
    for replicate, tested in enumerate(given):
        own = tested[tested >= 0]
        if len(np.unique(own)) < len(own):
            raise UserError(
                argument="rows",
                verb="hold",
                expected="each row once in a split",
                received=Unquoted(f"one twice in split {replicate}"),
            )
    _, places = np.unique(given, return_inverse=True)
    return np.asarray(places.reshape(given.shape) - bool((given < 0).any()), np.intp)


class Splits:
    """The tables of a study on splits of one table, of which any two can be compared.

    Args:
        tables: for each method [replicates, test rows]: the part of each row in the score; NaN where a run is missing.
        rows: as of `checked_rows`.
        whole: the score of a right row, where rows are right or wrong; 0 where they are not.
    """

    def __init__(self, tables: Mapping[str, Floats], rows: Rows, whole: float = 0.0) -> None:
        self._tables, self._rows, self._whole = dict(tables), rows, whole

    def own(self, name: str) -> Estimate:
        """Estimate a method's mean score."""
        return crossed_splits(self._tables[name], self._rows)

    def estimate(self, first: str, second: str) -> Estimate:
        """Estimate score(first) − score(second)."""
        return crossed_splits(self._tables[first] - self._tables[second], self._rows, self._whole)

    def contrast(self, weights: Mapping[str, float]) -> Estimate:
        """Estimate the weighted sum of methods' scores, as of `Pairs.contrast`."""
        return crossed_splits(weighted(self._tables, weights), self._rows, self._whole)


def means(table: Floats, rows: Rows) -> Floats:
    """Return the mean of each split over the rows that it tests.

    Args:
        table: [splits, test rows].
        rows: of the same shape; -1 where a split tests no further row.
    """
    there = rows >= 0
    found: Floats = np.where(there, table, 0.0).sum(axis=1) / there.sum(axis=1)
    return found


def crossed_splits(differences: Floats, rows: Rows, whole: float = 0.0) -> Estimate:
    """Estimate the mean difference over splits from the parts of their test rows.

    Args:
        differences: [splits, test rows], NaN in splits that are missing.
        rows: [splits, test rows]: which row each is, from 0; -1 where a split tests no further row.
        whole: as of `Splits`; then two rows are added to those on which the two methods differ, see `counts`.
    """
    there = rows >= 0
    complete = ~(np.isnan(differences) & there).any(axis=1)
    missing = int((~complete).sum())
    values, rows, there = differences[complete], rows[complete], there[complete]
    R = len(values)
    if R == 0:
        return Estimate(np.nan, np.nan, np.nan, 0, missing, "overlapping")
    of_split, cells, at = np.nonzero(there)[0], values[there], rows[there]
    sizes, tested = there.sum(axis=1), np.bincount(at)
    E, N = int(np.count_nonzero(tested)), len(cells)
    by_split = np.bincount(of_split, cells) / sizes
    mean = float(by_split.mean())
    around = cells - cells.mean()
    by_row = np.bincount(at, around)[tested > 0] / tested[tested > 0]
    a, b, c = _components(
        (
            float(around @ around),
            float(sizes @ (np.bincount(of_split, around) / sizes) ** 2),
            float(tested[tested > 0] @ by_row**2),
        ),
        (R, E, N),
        float(sizes @ sizes) / N,
        float(tested @ tested) / N,
    )
    weights = 1 / (R * sizes[of_split])
    shared = float(np.square(np.bincount(at, weights)).sum())
    single = c * float(weights @ weights) + b * max(shared - 1 / E, 0.0)
    if whole:  # what two more rows that differ would add
        least = least_crossed(by_row + cells.mean(), whole)
        b += E * max(least - b / E - single - max(a, 0.0) / R, 0.0)
    spread = Spread(a, examples=b, cells=single * R * E, rows=E)
    largest = max(float(np.abs(cells).max()), whole / E)
    error = float(np.sqrt(spread.variance(R, E)))
    df = E - 1 if R == 1 else spread.df(R, E)
    return assembled("overlapping", mean, error, df, (R, N // R), largest, missing, spread)


def _components(
    squares: tuple[float, float, float],
    counts: tuple[int, int, int],
    per_split: float,
    repeats: float,
) -> tuple[float, float, float]:
    """Return the variances between splits (which may be below 0), rows and cells.

    Args:
        squares: of all cells around the mean, of splits' means, of rows' means, the last two by the cells of each.
        counts: of splits, of rows tested, of cells.
        per_split: the number of cells of a cell's split, averaged over cells.
        repeats: the number of cells of a cell's row, likewise.
    """
    R, E, N = counts
    if (
        R == 1 or repeats == 1
    ):  # no row is tested twice: what is a row's own cannot be told from its cell
        total = squares[0] / max(N - 1, 1)
        between = (squares[1] / (R - 1) - total) / per_split if R > 1 else 0.0
        return between, total, 0.0
    expected = np.array(
        [
            [N - per_split, N - repeats, N - 1],
            [N - per_split, R - repeats, R - 1],
            [E - per_split, N - repeats, E - 1],
        ]
    )
    a, b, c = np.linalg.solve(expected, squares)
    return float(a), max(float(b), 0.0), max(float(c), 0.0)
