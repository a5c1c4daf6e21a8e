"""The checked scores of a study, and the estimate of its design for any two methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bridle.errors import Unquoted, UserError, unknown
from bridle.statistics import checks, counts
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.crossed import Crossed
from bridle.statistics.designs import Design, Estimate, fixed_scores, fresh, overlapping
from bridle.statistics.splits import Splits, checked_rows, means
from bridle.statistics.ties import differences, weighted


class Pairs:
    """Checked scores and examples, and the design's estimate of any pair.

    Attributes:
        names: the methods, in the order given.
        scores: for each method [replicates].
        conditional: whether estimates apply to one fixed test set only, because its examples are unknown.
    """

    def __init__(
        self,
        scores: Mapping[str, ArrayLike] | None,
        design: Design,
        examples: Mapping[str, ArrayLike] | None,
        sizes: tuple[int, int] | None,
        test_size: int | None = None,
        whole: float | None = 1.0,
        rows: npt.ArrayLike | None = None,
    ) -> None:
        """Check the arguments of `compare` against each other.

        Args:
            scores: as of `compare`.
            design: likewise.
            examples: likewise.
            sizes: likewise.
            test_size: likewise.
            whole: the best score there can be, where scores are shares; None if they are not.
            rows: as of `compare`.

        Raises:
            UserError: one does not fit.
        """
        if design not in ("fresh", "fixed_test", "overlapping"):
            raise unknown("design", str(design), ("fresh", "fixed_test", "overlapping"))
        if design == "overlapping" and sizes is None:
            raise UserError(
                argument="sizes",
                expected="(training rows, test rows) for overlapping splits",
                received=Unquoted("none"),
            )
        if not scores and not examples:
            raise UserError(
                argument="scores",
                verb="hold",
                expected="[replicates] for at least one method",
                received=Unquoted("none"),
            )
        self.design, self.sizes = design, sizes
        tables = {n: _table(n, v) for n, v in (examples or {}).items()}
        given = {
            n: checks.array(f"scores of {n}", v, ("replicates",)) for n, v in (scores or {}).items()
        }
        self._rows = None if rows is None else checked_rows(tables, rows)
        self.scores: dict[str, Floats] = given or {n: self._means(t) for n, t in tables.items()}
        self.names = list(self.scores)
        lengths = {n: len(s) for n, s in self.scores.items()}
        if len(set(lengths.values())) > 1:
            raise UserError(
                argument="scores",
                verb="have",
                expected="the same replicates for every method (NaN where a run is missing)",
                received=Unquoted(f"{lengths} replicates"),
            )
        replicates = next(iter(lengths.values()))
        splits = design == "overlapping" and self._rows is not None and replicates > 1
        self.tables = tables if design == "fixed_test" or replicates == 1 or splits else {}
        if self.tables:
            self._check_tables()
        self._set_counts(test_size, next(iter(tables.values())).shape[1] if tables else None, whole)
        self.conditional = design == "fixed_test" and not (self.tables or test_size)
        self._crossed: Crossed | Splits | None = None
        right = self._whole if self._examples else 0.0
        if self.tables and splits and self._rows is not None:
            # of losses they hold the truth too rarely: docs/evidence/overlapping-splits.md
            if whole and _right_or_wrong(self.tables, whole):
                self._crossed = Splits(self.tables, self._rows, whole)
        elif self.tables:
            self._crossed = Crossed(self.tables, right)

    def estimate(self, first: str, second: str) -> Estimate:
        """Estimate score(first) − score(second)."""
        if self._crossed is not None:
            return self._crossed.estimate(first, second)
        one, other = self.scores[first], self.scores[second]
        return self._of(differences(one, other), self._bound(one, other))

    def contrast(self, weights: Mapping[str, float]) -> Estimate:
        """Estimate a weighted sum of scores, with the standard error of the study's design.

        A replicate in which one of the methods is missing is left out.

        Args:
            weights: by method; they sum to 0. Methods with the weight 0 are not read.

        Raises:
            UserError: the weights do not sum to 0, or are all 0.
        """
        size = sum(weight for weight in weights.values() if weight > 0)
        if not size or abs(sum(weights.values())) > 1e-9 * size:
            raise UserError(
                argument="weights", verb="sum to", expected="0", received=sum(weights.values())
            )
        # as the difference of two means of scores, for which there are bounds
        unit = {name: weight / size for name, weight in weights.items() if weight}
        if self._crossed is not None:
            return self._crossed.contrast(unit).scaled(size)
        ahead = weighted(self.scores, {n: w for n, w in unit.items() if w > 0})
        behind = weighted(self.scores, {n: -w for n, w in unit.items() if w < 0})
        return self._of(differences(ahead, behind), self._bound(ahead, behind)).scaled(size)

    def own(self, name: str) -> Estimate:
        """Estimate one method's mean score."""
        if self._crossed is not None:
            return self._crossed.own(name)
        values = self.scores[name]
        right = float(np.nanmean(values)) / self._whole if np.isfinite(values).any() else np.nan
        return self._of(values, self._whole**2 * right * (1 - right), own=True)

    def _set_counts(self, test_size: int | None, tested: int | None, whole: float | None) -> None:
        """Find out whether scores count examples, and how many there are; see `counts`."""
        every = np.concatenate(list(self.scores.values()))
        self._unit, self._whole = counts.resolution(every), whole or 1.0
        if test_size is not None:
            checks.whole_number("test_size", test_size, 1)
        known = self.sizes[1] if self.design == "overlapping" and self.sizes else test_size
        if test_size is not None and known != test_size:
            raise UserError(
                argument="test_size",
                expected=f"the test rows of sizes, {known}",
                received=test_size,
            )
        known = known or tested
        self._examples: int | None = None
        if known is not None:
            shares = whole is not None and counts.counted(every, known, whole)
            self._examples = known if shares else None
            if not shares and self.design == "fixed_test" and not self.tables:
                raise UserError(
                    argument="test_size",
                    verb="go with",
                    expected=f"accuracies on {known} examples, which are multiples of 1/{known}",
                    received=Unquoted("other scores"),
                    advice="Only for accuracies is there a bound for other test examples. Leave the test size out, and "
                    "the answer is about this test set; or give each example's part (predictions).",
                )
        elif whole is not None:
            self._examples = counts.grid(every, whole)

    def _bound(self, one: Floats, other: Floats) -> float:
        """Return the maximum variance of the expected differences of a fixed test set's examples.

        If the two are right on shares a and b of the examples, they differ on no more than a + b and 2 − a − b.
        """
        both = one + other
        if not np.isfinite(both).any() or self._examples is None:
            return np.nan
        total, difference = float(np.nanmean(both)), float(np.nanmean(one - other))
        differing = min(total, 2 * self._whole - total) * self._whole
        return differing + counts.UNSEEN * self._whole**2 / self._examples - difference**2

    def _of(self, values: Floats, between: float, own: bool = False) -> Estimate:
        used = values[np.isfinite(values)]
        if self._examples is None and len(used) and counts.same(used, self._unit):
            missing = len(values) - len(used)
            return Estimate(float(used.mean()), np.nan, np.nan, len(used), missing, self.design)
        least = self._least(used, own)
        if self.design == "overlapping" and self.sizes is not None:
            return overlapping(values, *self.sizes, least=least)
        if self.design == "fresh" or self.conditional:
            return replace(fresh(values, least), design=self.design)
        assert self._examples is not None
        return fixed_scores(values, self._examples, between, least)

    def _least(self, used: Floats, own: bool) -> float:
        """Return the minimum variance of the mean of `used` differences, or of a method's own scores without spread."""
        if self._examples is None or len(used) < 2 or (own and np.ptp(used) > 0):
            return 0.0
        tested = len(used) * self._examples
        if self.design == "overlapping" and self.sizes is not None:
            tested = min(tested, sum(self.sizes))
        share = float(np.abs(used).mean()) / self._whole
        return counts.least_variance(min(share, 1.0), tested, self._whole)

    def _means(self, table: Floats) -> Floats:
        """Return each replicate's mean."""
        return table.mean(axis=1) if self._rows is None else means(table, self._rows)

    def _check_tables(self) -> None:
        if set(self.tables) != set(self.scores):
            raise UserError(
                argument="examples",
                verb="have",
                expected=f"the methods {sorted(self.scores)}",
                received=sorted(self.tables),
            )
        shapes = {n: t.shape for n, t in self.tables.items()}
        replicates = len(self.scores[self.names[0]])
        if len(set(shapes.values())) > 1 or next(iter(shapes.values()))[0] != replicates:
            raise UserError(
                argument="examples",
                verb="have",
                expected=f"{replicates} replicates and the same examples for every method",
                received=Unquoted(f"shapes {shapes}"),
            )
        for name, table in self.tables.items():
            missing = np.isnan(self.scores[name])
            if missing.any():  # integer tables cannot hold a NaN themselves
                table = np.where(missing[:, None], np.nan, table)
                self.tables[name] = table
            mean = self._means(table)
            off = np.abs(mean - self.scores[name]) > 1e-4 * np.maximum(np.abs(mean), 1)
            if off.any():
                row = int(np.flatnonzero(off)[0])
                raise UserError(
                    argument=f"examples of {name}",
                    verb="have",
                    expected="each replicate's score as their mean",
                    received=Unquoted(
                        f"mean {mean[row]:.6g} and score {self.scores[name][row]:.6g} in replicate {row}"
                    ),
                    advice="Give both in the same order of replicates.",
                )


def _right_or_wrong(tables: Mapping[str, Floats], whole: float) -> bool:
    """Say whether every example is right or wrong, and nothing between."""
    every = np.concatenate([table[~np.isnan(table)] for table in tables.values()])
    return bool(np.isin(every, (0.0, whole)).all())


def _table(name: str, values: ArrayLike) -> Floats:
    return checks.array(f"examples of {name}", values, ("replicates", "examples"))
