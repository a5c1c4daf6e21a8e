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
from scipy import special

from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.counts import UNSEEN

Design: TypeAlias = Literal["fresh", "fixed_test", "overlapping"]

NO_SPREAD = 1e-10
"""Share of the largest difference below which a standard deviation is rounding error."""

SHARED = 0.4
"""Minimum share of the variance of splits' differences that all splits have in common."""

REACH = 0.005
"""Two-sided error at which one t is matched to two sources of chance: about that of a study's intervals."""

SKEWED = 6
"""Fewest replicates from which skewness is estimated."""


@dataclass(frozen=True)
class Spread:
    """Where an estimate's variance comes from, so that another study's size can be planned.

    Attributes:
        replicates: variance between replicates, in squared score units. The estimate of `fixed_test` is below 0 where
            replicates agree better than their cells suggest.
        examples: variance between test examples (`fixed_test`).
        cells: variance of one example in one replicate beyond both (`fixed_test`).
        shared: variance that replicates share because their rows overlap, at `rows` rows
            (`overlapping`).
        rows: test examples (`fixed_test`) or rows of the table (`overlapping`); 0 for `fresh`.
        borrowed: degrees of freedom of the variance between replicates that other methods of the study lend; see
            `moderated`.
    """

    replicates: float
    examples: float = 0.0
    cells: float = 0.0
    shared: float = 0.0
    rows: int = 0
    borrowed: float = 0.0

    def scaled(self, factor: float) -> Spread:
        """Return the spread with every variance multiplied by `factor`."""
        return replace(
            self,
            replicates=factor * self.replicates,
            examples=factor * self.examples,
            cells=factor * self.cells,
            shared=factor * self.shared,
        )

    def variance(self, replicates: float, rows: float) -> float:
        """Predict the variance of the mean difference for a study of another size."""
        if self.shared:  # both parts shrink as the table grows
            return (self.replicates / replicates + self.shared) * self.rows / rows
        own = max(self.replicates, 0.0) / replicates
        return own + (self.examples / rows + self.cells / (replicates * rows) if rows else 0.0)

    def df(self, replicates: float, rows: float) -> float:
        """Predict the degrees of freedom of a study of another size."""
        trainings = replicates - 1 + self.borrowed
        if not self.rows or self.shared:
            return trainings
        cells = self.cells / (replicates * rows)
        return _joint_df(
            (self.replicates / replicates + cells, trainings),
            (cells, (replicates - 1) * (rows - 1)),
            (self.examples / rows, rows - 1),
            self.variance(replicates, rows),
        )


@dataclass(frozen=True)
class Estimate:
    """A mean difference and its error.

    Attributes:
        difference: the mean over replicates (and examples), in score units; NaN if nothing was
            measured.
        standard_error: its standard error; NaN if the data show no spread to compute one from.
        df: degrees of freedom of the t distribution that goes with it.
        replicates: pairs used.
        missing: pairs left out because one of the two is NaN (a diverged run).
        design: one of the three designs.
        spread: the variance components; None without a standard error.
        lean: shift of the mean's distribution by a long tail of the differences, in score units; positive
            if the tail is above. See `fresh`.
        least: the minimum variance of the mean, whatever the replicates show; see `counts`.
    """

    difference: float
    standard_error: float
    df: float
    replicates: int
    missing: int
    design: Design
    spread: Spread | None = None
    lean: float = 0.0
    least: float = 0.0

    @property
    def known(self) -> bool:
        """Whether there is a standard error, hence an interval."""
        return bool(np.isfinite(self.standard_error))

    def flipped(self) -> Estimate:
        """Return the same comparison seen from the other side."""
        return replace(self, difference=0.0 - self.difference, lean=0.0 - self.lean)

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate of a multiple of the difference; `factor` is above 0."""
        return replace(
            self,
            difference=factor * self.difference,
            standard_error=factor * self.standard_error,
            spread=None if self.spread is None else self.spread.scaled(factor**2),
            lean=factor * self.lean,
            least=factor**2 * self.least,
        )

    def shift(self, reach: float) -> float:
        """Return by how much an interval of `reach` standard errors is extended towards the long tail."""
        return self.lean * (1 + 2 * reach**2)


def fresh(differences: ArrayLike, least: float = 0.0) -> Estimate:
    """Estimate the mean difference where every replicate has its own data: the paired t.

    If the differences have a long tail, a sample without values from it has a mean too far from the tail and a spread
    that is too small. The interval is extended there by Johnson's first-order shift γ·s/(6R)·(1 + 2t²) ("Modified t
    tests and confidence intervals for asymmetrical populations", JASA 73, 1978) with the part of the skewness γ that
    exceeds one standard error of it, doubled because few replicates underestimate it
    (docs/evidence/long-tails.md).

    Args:
        differences: [replicates], method − baseline within each replicate; NaN where a run is
            missing.
        least: the minimum variance of the mean, from the number of test examples; see `counts`.

    Raises:
        UserError: `differences` is not a list of numbers.
    """
    values, missing = _present(checks.array("differences", differences, ("replicates",)))
    mean, variance = _moments(values)
    n = len(values)
    lean = _lean(values, variance)
    variance = max(variance, least * n) if n > 1 else variance
    error = float(np.sqrt(variance / max(n, 1)))
    largest = float(np.abs(values).max(initial=0.0))
    found = assembled("fresh", mean, error, n - 1, (n, 1), largest, missing, Spread(variance))
    return replace(found, lean=lean, least=least) if found.known else found


def overlapping(differences: ArrayLike, n_train: int, n_test: int, least: float = 0.0) -> Estimate:
    """Estimate the mean difference over random splits of one table: the corrected resampled t.

    Splits share rows, so their differences are correlated and the plain t errs far too often. The
    variance s²/R becomes s²(1/R + n_test/n_train). Source: Nadeau & Bengio, "Inference for the
    generalization error", Machine Learning 52, 2003.

    This ratio models the correlation due to shared test rows. With small test parts nearly all training rows are
    shared as well, and an unstable learner errs in the same way in all splits. So the ratio is at least 0.4 for all
    sizes (docs/evidence/overlapping-splits.md).

    Args:
        differences: [replicates], method − baseline within each split; NaN where a run is missing.
        n_train: rows in each training part.
        n_test: rows in each test part.
        least: the minimum variance of the mean, from the number of test rows; see `counts`.

    Raises:
        UserError: `differences` is not a list of numbers, or a size is not a positive whole number.
    """
    checks.whole_number("n_train", n_train, 1)
    checks.whole_number("n_test", n_test, 1)
    values, missing = _present(checks.array("differences", differences, ("replicates",)))
    mean, variance = _moments(values)
    n, ratio = len(values), max(n_test / n_train, SHARED)
    own = 1 / max(n, 1) + ratio
    variance = max(variance, least / own) if n > 1 else variance
    error = float(np.sqrt(variance * own))
    spread = Spread(variance, shared=variance * ratio, rows=n_train + n_test)
    largest = float(np.abs(values).max(initial=0.0))
    found = assembled("overlapping", mean, error, n - 1, (n, 1), largest, missing, spread)
    return replace(found, least=least)


def fixed_test(differences: ArrayLike, whole: float = 0.0) -> Estimate:
    """Estimate the mean difference where all replicates share one test set.

    There are two crossed sources of chance: another training would give other differences, and so
    would other test examples. With replicates r and examples e crossed, d[r, e] = μ + a[r] + b[e] + c[r, e], and the
    mean has variance (σ_a² + σ_c²/E)/R + σ_b²/E, estimated from the three mean squares of a two-way layout. A negative
    component counts as 0.

    The first part is due to the trainings, with R − 1 degrees of freedom, the second to the examples, with E − 1.
    An interval reaches √(t² of the trainings + t² of the examples), each part with its own quantile; the trainings'
    part is at least that of the single cells. This is a modified large-sample interval (Howe,
    "Approximate confidence limits on the mean of X + Y where X and Y are two tabled independent random variables",
    JASA 69, 1974; Graybill & Wang, "Confidence intervals on nonnegative linear combinations of variances", JASA 75,
    1980). Satterthwaite's approximation errs with two or three replicates.

    With a single replicate only the examples vary: the standard error is that of the test set, and
    says nothing about another training.

    Args:
        differences: [replicates, examples], for instance correct(method) − correct(baseline) in
            {−1, 0, 1}; a replicate with a NaN is left out.
        whole: the score of a right example, where examples are right or wrong; then two examples are added to those on
            which the two methods differ, see `counts`.

    Raises:
        UserError: not a table of numbers, or fewer than 2 examples.
    """
    table = checks.array("differences", differences, ("replicates", "examples"))
    E = table.shape[1]
    checks.whole_number("the number of test examples", E, 2)
    values, missing = _present(table)
    if len(values) == 0:
        return Estimate(np.nan, np.nan, np.nan, 0, missing, "fixed_test")
    by_replicate, by_example = values.mean(axis=1), values.mean(axis=0)
    around = (values - by_replicate.mean()).ravel()
    largest = float(np.abs(values).max())
    return two_way(by_replicate, by_example, float(around @ around), largest, missing, whole)


def two_way(
    by_replicate: Floats,
    by_example: Floats,
    around: float,
    largest: float,
    missing: int,
    whole: float = 0.0,
) -> Estimate:
    """Do the arithmetic of `fixed_test` from sums, without the whole table.

    Args:
        by_replicate: [replicates], mean difference of each replicate.
        by_example: [examples], mean difference of each example.
        around: the sum of all squared differences around their mean.
        largest: the largest absolute difference.
        missing: replicates left out.
        whole: as of `fixed_test`.
    """
    R, E = len(by_replicate), len(by_example)
    mean = float(by_replicate.mean())
    if R == 1:
        spread = Spread(0.0, examples=around / (E - 1), rows=E)
    else:
        ss_a = E * float(np.sum((by_replicate - mean) ** 2))
        ss_b = R * float(np.sum((by_example - mean) ** 2))
        ms_a, ms_b = ss_a / (R - 1), ss_b / (E - 1)
        ms_c = max(around - ss_a - ss_b, 0.0) / ((R - 1) * (E - 1))
        spread = Spread((ms_a - ms_c) / E, max(ms_b - ms_c, 0.0) / R, ms_c, rows=E)
    if whole:
        lacking = least_crossed(by_example, whole) - spread.variance(R, E)
        spread = replace(spread, examples=spread.examples + E * max(lacking, 0.0))
        largest = max(largest, whole / E)
    error = float(np.sqrt(spread.variance(R, E)))
    df = E - 1 if R == 1 else spread.df(R, E)
    return assembled("fixed_test", mean, error, df, (R, E), largest, missing, spread)


def least_crossed(by_example: Floats, whole: float) -> float:
    """Return the minimum variance of a mean over examples: as if two more differed as much as those that do."""
    E, squares = len(by_example), float(by_example @ by_example)
    differing = int(np.count_nonzero(np.abs(by_example) > 1e-9 * whole))
    unseen = UNSEEN * (squares / differing if differing else whole**2)
    return ((squares + unseen) / E - float(by_example.mean()) ** 2) / E


def fixed_scores(
    differences: ArrayLike, examples: int, between: float, least: float = 0.0
) -> Estimate:
    """Estimate the mean difference on new examples where only the scores on one test set are known.

    The replicates show how trainings vary. The scores do not show how examples vary, but that variance is bounded; the
    bound replaces the examples' part in `fixed_test`.

    Args:
        differences: [replicates], method − baseline; NaN where a run is missing.
        examples: number of test examples.
        between: the maximum variance of the examples' expected differences, in squared score units.
        least: the minimum variance of the trainings' part; see `counts`.

    Raises:
        UserError: `differences` is not a list of numbers.
    """
    values, missing = _present(checks.array("differences", differences, ("replicates",)))
    mean, variance = _moments(values)
    R = len(values)
    if R == 0:
        return Estimate(np.nan, np.nan, np.nan, 0, missing, "fixed_test")
    own = max(variance, least * R) if R > 1 else 0.0
    spread = Spread(own, examples=between, rows=examples)
    error = float(np.sqrt(spread.variance(R, examples)))
    df = examples - 1 if R == 1 else spread.df(R, examples)
    largest = float(np.abs(values).max(initial=0.0))
    found = assembled("fixed_test", mean, error, df, (R, examples), largest, missing, spread)
    return replace(found, least=between / examples + least)


def _joint_df(
    trainings: tuple[float, float],
    cells: tuple[float, float],
    examples: tuple[float, float],
    variance: float,
) -> float:
    """Return the degrees of freedom of one t of `variance` that reaches as far as its sources together.

    Args:
        trainings: the variance of the mean due to trainings, and its degrees of freedom.
        cells: its minimum, since every training meets every example, with degrees of freedom.
        examples: the variance that examples add, with degrees of freedom.
        variance: of the mean.
    """
    least, most = sorted((trainings[1], examples[1]))
    if variance <= 0:
        return max(least, 1.0)

    def squared(part: tuple[float, float]) -> float:
        return part[0] * float(special.stdtrit(part[1], 1 - REACH / 2)) ** 2

    together = max(squared(trainings), squared(cells)) + squared(examples)
    found = float(special.stdtridf(1 - REACH / 2, np.sqrt(together / variance)))
    return min(max(found, least), most) if np.isfinite(found) and found > 0 else most


def _lean(values: Floats, variance: float) -> float:
    """Return the shift of Johnson's t for a reach of 0, from the skewness that exceeds its own standard error."""
    n = len(values)
    if n < SKEWED or not variance > 0:
        return 0.0
    third = float(((values - values.mean()) ** 3).mean()) / variance**1.5
    skewness = third * n**2 / ((n - 1) * (n - 2))
    doubt = float(np.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3))))
    beyond = np.sign(skewness) * max(abs(skewness) - doubt, 0.0)
    return float(2 * beyond * np.sqrt(variance) / (6 * n))


def _present(values: Floats) -> tuple[Floats, int]:
    """Return the replicates without NaN, and how many were dropped."""
    keep = ~np.isnan(values if values.ndim == 1 else values.min(axis=1))
    kept = values if keep.all() else values[keep]
    return kept, int(len(values) - len(kept))


def _moments(values: Floats) -> tuple[float, float]:
    """Mean and unbiased variance; NaN if there is nothing to compute them from."""
    if len(values) == 0:
        return np.nan, np.nan
    return float(values.mean()), float(values.var(ddof=1)) if len(values) > 1 else np.nan


def assembled(
    design: Design,
    mean: float,
    error: float,
    df: float,
    shape: tuple[int, int],
    largest: float,
    missing: int,
    spread: Spread,
) -> Estimate:
    """Build an estimate; without spread among the differences it has no standard error."""
    used = shape[0]
    deviation = error * np.sqrt(shape[0] * shape[1])  # of at least one value
    if not np.isfinite(error) or deviation <= NO_SPREAD * largest:
        return Estimate(mean, np.nan, np.nan, used, missing, design)
    return Estimate(mean, error, float(df), used, missing, design, spread)
