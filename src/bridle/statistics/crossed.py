"""Fast estimates for all pairs of a study on a fixed test set: the sums that `two_way` needs are computed once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bridle.statistics.checks import Floats
from bridle.statistics.designs import Estimate, fixed_test, two_way
from bridle.statistics.ties import weighted

CANCELLED = 1e-9
"""Share of its terms below which a sum of squares has lost too many digits to be used."""


class Crossed:
    """The tables of one study, prepared for comparing any two without another pass over them.

    The squared differences of two tables sum to a·a + b·b − 2 a·b, so one product of all tables with each other
    serves every pair.
    """

    def __init__(self, tables: Mapping[str, Floats], whole: float = 0.0) -> None:
        """Sum up `tables`: for each method [replicates, examples], NaN where a run is missing.

        `whole` is the score of an example that is right, as of `fixed_test`.
        """
        self._tables, self._whole_score = dict(tables), whole
        # Sorted, so that not even the last bit depends on the order of methods.
        complete = sorted(n for n, table in self._tables.items() if not np.isnan(table).any())
        self._whole = {name: place for place, name in enumerate(complete)}
        if self._whole:
            stack = np.stack([self._tables[name] for name in self._whole])
            flat = stack.reshape(len(stack), -1)
            self._products = flat @ flat.T
            self._by_replicate = stack.mean(axis=2)
            self._by_example = stack.mean(axis=1)
            self._largest = np.abs(flat).max(axis=1)

    def own(self, name: str) -> Estimate:
        """Estimate a method's mean score."""
        i = self._whole.get(name)
        if i is None:
            return fixed_test(self._tables[name])
        squares, largest = float(self._products[i, i]), float(self._largest[i])
        found = self._sums(self._by_replicate[i], self._by_example[i], squares, squares, largest)
        return found or fixed_test(self._tables[name])

    def estimate(self, first: str, second: str) -> Estimate:
        """Estimate score(first) − score(second), as `fixed_test` does from their difference."""
        i, j = self._whole.get(first), self._whole.get(second)
        if i is not None and j is not None:
            own = float(self._products[i, i] + self._products[j, j])
            found = self._sums(
                self._by_replicate[i] - self._by_replicate[j],
                self._by_example[i] - self._by_example[j],
                own - 2 * float(self._products[i, j]),
                own,
                float(self._largest[i] + self._largest[j]),
                self._whole_score,
            )
            if found:
                return found
        return fixed_test(self._tables[first] - self._tables[second], self._whole_score)

    def contrast(self, weights: Mapping[str, float]) -> Estimate:
        """Estimate the weighted sum of methods' scores, as of `Pairs.contrast`."""
        return fixed_test(weighted(self._tables, weights), self._whole_score)

    @staticmethod
    def _sums(
        by_replicate: Floats,
        by_example: Floats,
        squares: float,
        terms: float,
        largest: float,
        whole: float = 0.0,
    ) -> Estimate | None:
        """Estimate from sums; None if the squares are too small a share of `terms`."""
        around = squares - len(by_replicate) * len(by_example) * float(by_replicate.mean()) ** 2
        if around <= CANCELLED * terms:
            return None
        return two_way(by_replicate, by_example, around, largest, 0, whole)
