"""The scores of a study, checked, and the estimate that its design gives for any two methods."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bridle.errors import UserError, unknown
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.crossed import Crossed
from bridle.statistics.designs import Design, Estimate, fresh, overlapping
from bridle.statistics.ties import differences


class Pairs:
    """Checked scores and examples, and the design's estimate of any pair.

    Attributes:
        names: the methods, in the order in which they came.
        scores: for each method [replicates].
    """

    def __init__(
        self,
        scores: Mapping[str, ArrayLike] | None,
        design: Design,
        examples: Mapping[str, ArrayLike] | None,
        sizes: tuple[int, int] | None,
    ) -> None:
        """Check the arguments of `compare` against each other.

        Raises:
            UserError: one does not fit.
        """
        if design not in ("fresh", "fixed_test", "overlapping"):
            raise unknown("design", str(design), ("fresh", "fixed_test", "overlapping"))
        if design == "overlapping" and sizes is None:
            raise UserError(
                "sizes: expected (training rows, test rows) for overlapping splits, received none."
            )
        if not scores and not examples:
            raise UserError("scores: expected [replicates] for at least one method, received none.")
        self.design, self.sizes = design, sizes
        tables = {n: _table(n, v) for n, v in (examples or {}).items()}
        given = {
            n: checks.array(f"scores of {n}", v, ("replicates",)) for n, v in (scores or {}).items()
        }
        self.scores: dict[str, Floats] = given or {n: t.mean(axis=1) for n, t in tables.items()}
        self.names = list(self.scores)
        lengths = {n: len(s) for n, s in self.scores.items()}
        if len(set(lengths.values())) > 1:
            raise UserError(
                "scores: expected the same replicates for every method (NaN where a run is "
                f"missing), received {lengths} replicates."
            )
        replicates = next(iter(lengths.values()))
        self.tables = tables if design == "fixed_test" or replicates == 1 else {}
        if design == "fixed_test" and not tables:
            raise UserError(
                "examples: expected [replicates, examples] for every method, received none. "
                "On a fixed test set an interval from replicates alone covers far too rarely."
            )
        self._crossed: Crossed | None = None
        if self.tables:
            self._check_tables()
            self._crossed = Crossed(self.tables)

    def estimate(self, first: str, second: str) -> Estimate:
        """Estimate score(first) − score(second)."""
        if self._crossed is None:
            return self._of(differences(self.scores[first], self.scores[second]))
        return self._crossed.estimate(first, second)

    def own(self, name: str) -> Estimate:
        """Estimate one method's mean score."""
        return self._of(self.scores[name]) if self._crossed is None else self._crossed.own(name)

    def _of(self, values: Floats) -> Estimate:
        if self.design == "overlapping" and self.sizes is not None:
            return overlapping(values, *self.sizes)
        return fresh(values)

    def _check_tables(self) -> None:
        if set(self.tables) != set(self.scores):
            raise UserError(
                f"examples: expected the methods {sorted(self.scores)}, "
                f"received {sorted(self.tables)}."
            )
        shapes = {n: t.shape for n, t in self.tables.items()}
        replicates = len(self.scores[self.names[0]])
        if len(set(shapes.values())) > 1 or next(iter(shapes.values()))[0] != replicates:
            raise UserError(
                f"examples: expected {replicates} replicates and the same examples for every "
                f"method, received shapes {shapes}."
            )
        for name, table in self.tables.items():
            missing = np.isnan(self.scores[name])
            if missing.any():  # integer tables cannot hold a NaN themselves
                table = np.where(missing[:, None], np.nan, table)
                self.tables[name] = table
            means = table.mean(axis=1)
            off = np.abs(means - self.scores[name]) > 1e-4 * np.maximum(np.abs(means), 1)
            if off.any():
                row = int(np.flatnonzero(off)[0])
                raise UserError(
                    f"examples of {name}: expected each replicate's mean to be its score; "
                    f"replicate {row} has mean {means[row]:.6g} and score "
                    f"{self.scores[name][row]:.6g}. "
                    "Give both in the same order of replicates."
                )


def _table(name: str, values: ArrayLike) -> Floats:
    return checks.array(f"examples of {name}", values, ("replicates", "examples"))
