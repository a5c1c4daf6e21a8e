"""One standard error for each design of a study; interval, p-value and verdict all come from it.

| design | what differs between replicates | function |
|---|---|---|
| fresh | everything: every replicate draws its own data | `fresh` |
| fixed test | everything but the test examples, which all replicates share | `fixed_test` |
| overlapping | the split of one table, so that replicates share rows | `overlapping` |

Each function takes the differences method − baseline (positive is better) and returns an
`Estimate`. Given scores instead of differences it estimates a mean score in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats

Design: TypeAlias = Literal["fresh", "fixed_test", "overlapping"]

NO_SPREAD = 1e-10
"""A standard deviation below this share of the largest difference is rounding, not spread."""


@dataclass(frozen=True)
class Spread:
    """Where an estimate's variance comes from, so that another study's size can be planned.

    Attributes:
        replicates: variance between replicates, in squared score units.
        examples: variance between test examples (`fixed_test`).
        cells: variance of one example in one replicate beyond both (`fixed_test`).
        shared: variance that replicates share because their rows overlap, at `rows` rows
            (`overlapping`).
        rows: test examples (`fixed_test`) or rows of the table (`overlapping`); 0 for `fresh`.
    """

    replicates: float
    examples: float = 0.0
    cells: float = 0.0
    shared: float = 0.0
    rows: int = 0

    def variance(self, replicates: float, rows: float) -> float:
        """Predict the variance of the mean difference for a study of another size."""
        if self.shared:  # both parts shrink as the table grows
            return (self.replicates / replicates + self.shared) * self.rows / rows
        own = self.replicates / replicates
        return own + (self.examples / rows + self.cells / (replicates * rows) if rows else 0.0)

    def df(self, replicates: float, rows: float) -> float:
        """Predict the degrees of freedom of a study of another size."""
        if not self.rows or self.shared:
            return replicates - 1
        squares = (
            rows * self.replicates + self.cells,
            replicates * self.examples + self.cells,
            self.cells,
        )
        return _satterthwaite(squares, replicates, rows)


@dataclass(frozen=True)
class Estimate:
    """A mean difference and what is known of its error.

    Attributes:
        difference: the mean over replicates (and examples), in score units; NaN if nothing was
            measured.
        standard_error: its standard error; 0 where every difference is exactly 0 (the method
            changed nothing), NaN where the data show no spread to compute one from.
        df: degrees of freedom of the t distribution that goes with it.
        replicates: pairs used.
        missing: pairs left out because one of the two is NaN (a diverged run).
        design: which of the three designs.
        spread: the variance components; None without a standard error.
    """

    difference: float
    standard_error: float
    df: float
    replicates: int
    missing: int
    design: Design
    spread: Spread | None = None

    @property
    def known(self) -> bool:
        """Whether there is a standard error, hence an interval."""
        return bool(np.isfinite(self.standard_error))

    def flipped(self) -> Estimate:
        """Return the same comparison seen from the other side."""
        return replace(self, difference=0.0 - self.difference)


def fresh(differences: ArrayLike) -> Estimate:
    """Estimate the mean difference where every replicate has its own data: the paired t.

    Args:
        differences: [replicates], method − baseline within each replicate; NaN where a run is
            missing.

    Raises:
        UserError: `differences` is not a list of numbers.
    """
    values, missing = _present(checks.array("differences", differences, ("replicates",)))
    mean, variance = _moments(values)
    n = len(values)
    error = float(np.sqrt(variance / max(n, 1)))
    largest = float(np.abs(values).max(initial=0.0))
    return _estimate("fresh", mean, error, n - 1, (n, 1), largest, missing, Spread(variance))


def overlapping(differences: ArrayLike, n_train: int, n_test: int) -> Estimate:
    """Estimate the mean difference over random splits of one table: the corrected resampled t.

    Splits share rows, so their differences are correlated and the plain t errs far too often. The
    variance s²/R becomes s²(1/R + n_test/n_train). Source: Nadeau & Bengio, "Inference for the
    generalization error", Machine Learning 52, 2003.

    Args:
        differences: [replicates], method − baseline within each split; NaN where a run is missing.
        n_train: rows in each training part.
        n_test: rows in each test part.

    Raises:
        UserError: `differences` is not a list of numbers, or a size is not a positive whole number.
    """
    checks.count("n_train", n_train, 1)
    checks.count("n_test", n_test, 1)
    values, missing = _present(checks.array("differences", differences, ("replicates",)))
    mean, variance = _moments(values)
    n, shared = len(values), variance * n_test / n_train
    error = float(np.sqrt(variance / max(n, 1) + shared))
    spread = Spread(variance, shared=shared, rows=n_train + n_test)
    largest = float(np.abs(values).max(initial=0.0))
    return _estimate("overlapping", mean, error, n - 1, (n, 1), largest, missing, spread)


def fixed_test(differences: ArrayLike) -> Estimate:
    """Estimate the mean difference where all replicates share one test set.

    There are two crossed sources of chance: another training would give other differences, and so
    would other test examples. With
    replicates r and examples e crossed, d[r, e] = μ + a[r] + b[e] + c[r, e], and the mean has
    variance σ_a²/R + σ_b²/E + σ_c²/(R·E), estimated from the three mean squares of a two-way
    layout. A negative component counts as 0. Degrees of freedom follow Satterthwaite ("An
    approximate distribution of estimates of variance components", Biometrics 2, 1946) and are kept
    between the least of the sources' own and their sum.

    With a single replicate only the examples vary: the standard error is the test set's own, and
    says nothing of another training.

    Args:
        differences: [replicates, examples], for instance correct(method) − correct(baseline) in
            {−1, 0, 1}; a replicate with a NaN is left out.

    Raises:
        UserError: not a table of numbers, or fewer than 2 examples.
    """
    table = checks.array("differences", differences, ("replicates", "examples"))
    E = table.shape[1]
    checks.count("the number of test examples", E, 2)
    values, missing = _present(table)
    if len(values) == 0:
        return Estimate(np.nan, np.nan, np.nan, 0, missing, "fixed_test")
    by_replicate, by_example = values.mean(axis=1), values.mean(axis=0)
    around = (values - by_replicate.mean()).ravel()
    largest = float(np.abs(values).max())
    return two_way(by_replicate, by_example, float(around @ around), largest, missing)


def two_way(
    by_replicate: Floats, by_example: Floats, around: float, largest: float, missing: int
) -> Estimate:
    """Do the arithmetic of `fixed_test` from sums that can be had without the whole table.

    Args:
        by_replicate: [replicates], mean difference of each replicate.
        by_example: [examples], mean difference of each example.
        around: the sum of all squared differences around their mean.
        largest: the largest absolute difference.
        missing: replicates left out.
    """
    R, E = len(by_replicate), len(by_example)
    mean = float(by_replicate.mean())
    if R == 1:
        spread = Spread(0.0, examples=around / (E - 1), rows=E)
        error = float(np.sqrt(spread.examples / E))
        return _estimate("fixed_test", mean, error, E - 1, (R, E), largest, missing, spread)
    ss_a = E * float(np.sum((by_replicate - mean) ** 2))
    ss_b = R * float(np.sum((by_example - mean) ** 2))
    ms_a, ms_b = ss_a / (R - 1), ss_b / (E - 1)
    ms_c = max(around - ss_a - ss_b, 0.0) / ((R - 1) * (E - 1))
    spread = Spread(max(ms_a - ms_c, 0.0) / E, max(ms_b - ms_c, 0.0) / R, ms_c, rows=E)
    error = float(np.sqrt(spread.variance(R, E)))
    # Observed mean squares, even where a component was cut to 0: slightly cautious in simulations.
    df = _satterthwaite((ms_a, ms_b, ms_c), R, E)
    return _estimate("fixed_test", mean, error, df, (R, E), largest, missing, spread)


def _satterthwaite(squares: tuple[float, float, float], R: float, E: float) -> float:
    """Degrees of freedom of a variance made of three mean squares (replicates, examples, cells)."""
    a, b, c = squares
    dfs = (R - 1, E - 1, (R - 1) * (E - 1))
    total = max(a - c, 0.0) + max(b - c, 0.0) + c
    if total <= 0:
        return min(dfs)
    shares = sum((square / total) ** 2 / df for square, df in zip(squares, dfs, strict=True))
    return float(min(max(1 / shares, min(dfs)), sum(dfs)))


def _present(values: Floats) -> tuple[Floats, int]:
    """Drop replicates with a NaN; say how many."""
    keep = ~np.isnan(values if values.ndim == 1 else values.min(axis=1))
    kept = values if keep.all() else values[keep]
    return kept, int(len(values) - len(kept))


def _moments(values: Floats) -> tuple[float, float]:
    """Mean and unbiased variance; NaN where there is nothing to compute them from."""
    if len(values) == 0:
        return np.nan, np.nan
    return float(values.mean()), float(values.var(ddof=1)) if len(values) > 1 else np.nan


def _estimate(
    design: Design,
    mean: float,
    error: float,
    df: float,
    shape: tuple[int, int],
    largest: float,
    missing: int,
    spread: Spread,
) -> Estimate:
    """Put an estimate together; all zeros is certainty, no spread otherwise is ignorance."""
    used = shape[0]
    if used and largest == 0:
        enough = used > 1 or design == "fixed_test"
        zero = 0.0 if enough else np.nan
        return Estimate(0.0, zero, float(max(df, 1)), used, missing, design, Spread(0.0))
    deviation = error * np.sqrt(shape[0] * shape[1])  # of one value, at least
    if not np.isfinite(error) or deviation <= NO_SPREAD * largest:
        return Estimate(mean, np.nan, np.nan, used, missing, design)
    return Estimate(mean, error, float(df), used, missing, design, spread)
