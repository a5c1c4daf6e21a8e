"""How the predictions of one network fit the targets of one test part, as a sum over rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bridle.statistics.checks import Floats


class PartFit(Protocol):
    """The fit of one test part: the score is the sum of parts · targets, plus what it is by chance."""

    @property
    def parts(self) -> Floats:
        """[rows, K], from the predictions, with mean 0 over rows."""

    @property
    def targets(self) -> Floats:
        """[rows, K]."""

    @property
    def score(self) -> float:
        """The accuracy, or R²."""

    @property
    def chance(self) -> float:
        """The score's expectation over all orders of the targets."""


@dataclass(frozen=True)
class FitOfClasses:
    """[rows] predicted and true classes, whole numbers below `columns`; the score is the accuracy."""

    predicted: npt.NDArray[np.intp]
    true: npt.NDArray[np.intp]
    columns: int

    @property
    def parts(self) -> Floats:
        """Indicators of the predicted classes around their mean, by rows."""
        shown = self._indicators(self.predicted)
        return np.asarray((shown - shown.mean(axis=0)) / len(shown))

    @property
    def targets(self) -> Floats:
        """Indicators of the true classes."""
        return self._indicators(self.true)

    @property
    def score(self) -> float:
        """The share that is right."""
        return float(np.count_nonzero(self.predicted == self.true)) / len(self.true)

    @property
    def chance(self) -> float:
        """By how often each class is predicted and true."""
        counts = [np.bincount(c, minlength=self.columns) for c in (self.predicted, self.true)]
        return float(counts[0] @ counts[1]) / len(self.true) ** 2

    def _indicators(self, classes: npt.NDArray[np.intp]) -> Floats:
        return np.asarray(classes[:, None] == np.arange(self.columns), float)


@dataclass(frozen=True)
class FitOfValues:
    """[rows, columns] predicted and true numbers; the score is R², the mean over columns.

    R² is 1 − the squared error over that of the test targets' own mean. Among orders of the targets it ranks like the
    squared error.
    """

    predicted: Floats
    targets: Floats
    columns: int

    @property
    def parts(self) -> Floats:
        """Twice the predictions around their mean, as shares of the targets' squares."""
        return np.asarray(2 * (self.predicted - self.predicted.mean(axis=0)) * self._share)

    @property
    def score(self) -> float:
        """R²."""
        return float((self.parts * self.targets).sum()) + self.chance

    @property
    def chance(self) -> float:
        """Minus the squares of the predictions around the targets' mean."""
        apart = self.predicted - self.targets.mean(axis=0)
        return -float((np.square(apart) * self._share).sum())

    @property
    def _share(self) -> Floats:
        """[columns], what one squared unit counts; a target that is constant among the rows says nothing."""
        whole = np.square(self.targets - self.targets.mean(axis=0)).sum(axis=0)
        share = np.divide(1.0, whole, out=np.zeros(self.columns), where=whole > 0)
        return np.asarray(share / max(np.count_nonzero(whole > 0), 1))


FITS: dict[str, Callable[..., PartFit]] = {"classes": FitOfClasses, "values": FitOfValues}
"""The fit of each kind of prediction, as tasks declare what they predict."""
