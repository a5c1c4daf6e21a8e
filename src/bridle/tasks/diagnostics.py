"""What a diagnosis asks of a task: its words, shares of what can be explained, and simple models to compare with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]


class Diagnostics(ABC):
    """The part of a diagnosis that depends on the task.

    A *share* is the score of a diagnosis, a fraction of 1: accuracy for classes, R² for numbers. Decided predictions
    are classes `[n]` or values `[n, T]`.

    Attributes:
        metric: the metric whose scores shares are, a name from `bridle.metrics`.
        label: the word for the target of one example.
        simple: the word for a simple predictor.
        gets: says which share of some examples is right: `gets {} of {} right`.
        knows: the verb for what a network does above chance: `gets right`.
        chance: introduces the share that networks reach on permuted targets: `chance gives`.
        by_chance: the name of that share in a table.
        encoded: says that a column is the target under another name.
        lowest: the lowest possible share.
        without: findings that make no sense for this task.
    """

    metric: ClassVar[str]
    label: ClassVar[str]
    simple: ClassVar[str]
    gets: ClassVar[str]
    knows: ClassVar[str]
    chance: ClassVar[str]
    by_chance: ClassVar[str]
    encoded: ClassVar[str]
    lowest: ClassVar[float]
    without: ClassVar[frozenset[str]] = frozenset()

    @property
    @abstractmethod
    def share(self) -> str:
        """The name of shares: `accuracy`."""

    @property
    @abstractmethod
    def about(self) -> str:
        """What shares are, in a sentence; empty if that is well known."""

    @abstractmethod
    def guessing_loss(self, targets: NDArray[Any], scaling: Any) -> float:
        """Return the mean loss of the constant prediction that these targets `[n, *target_shape]` give."""

    @abstractmethod
    def share_of(self, score: Any, loss: Any, guessing_loss: Any) -> Any:
        """Return the share that score and loss say, as training records them.

        Args:
            score: of some examples, an array of any shape.
            loss: likewise.
            guessing_loss: of the same examples, as `guessing_loss` returns it; broadcast.
        """

    @abstractmethod
    def shares(self, decided: NDArray[Any], targets: NDArray[Any], scaling: Any) -> Doubles:
        """Return each example's part `[n]` of the share: their mean is the share."""

    @abstractmethod
    def constant(self, targets: NDArray[Any]) -> float:
        """Return the largest share that one prediction for all of these targets reaches."""

    @abstractmethod
    def lead(self, predictions: Floats) -> Doubles | None:
        """Return how sure predictions `[n, K]` are, `[n]`; None if they do not say."""

    @abstractmethod
    def alike(self, targets: NDArray[Any], others: NDArray[Any], scaling: Any) -> Flags:
        """Say which targets `[n, *target_shape]` are the same as `others`."""

    @abstractmethod
    def models(self, neighbours: int) -> dict[str, Any]:
        """Return unfitted predictors of scikit-learn by their names in words, one of them with that many neighbours."""

    @abstractmethod
    def tree(self, leaves: int) -> Any:
        """Return an unfitted decision tree with at most that many leaves."""

    @abstractmethod
    def encoding(self, x: Doubles, y: NDArray[Any]) -> Flags:
        """Say which columns of `x [n, d]` are the targets `[n, *target_shape]` in another form."""

    @abstractmethod
    def telling(self, x: Doubles, y: NDArray[Any], wrong: float, leaves: int) -> list[int]:
        """Return the columns that may predict the targets alone, the likeliest first.

        Args:
            x: `[n, d]`.
            y: `[n, *target_shape]`.
            wrong: the maximum share of wrong predictions.
            leaves: the maximum number of ranges of a column within which the target is the same.
        """


class OfClasses(Diagnostics):
    """A diagnosis of a classification: shares are accuracies, losses nats."""

    metric: ClassVar[str] = "accuracy"
    label: ClassVar[str] = "label"
    simple: ClassVar[str] = "classifier"
    gets: ClassVar[str] = "gets {} of {} right"
    knows: ClassVar[str] = "gets right"
    chance: ClassVar[str] = "chance gives"
    by_chance: ClassVar[str] = "by chance"
    encoded: ClassVar[str] = "{} has the same value in all examples of a class"
    lowest: ClassVar[float] = 0.0

    @property
    def share(self) -> str:
        """Accuracy."""
        return "accuracy"

    @property
    def about(self) -> str:
        """Empty: accuracy is well known."""
        return ""

    def guessing_loss(self, targets: NDArray[Any], scaling: Any) -> float:
        """Return the entropy of the classes, in nats."""
        shares = np.bincount(targets) / len(targets)
        shares = shares[shares > 0]
        return float(-(shares * np.log(shares)).sum())

    def share_of(self, score: Any, loss: Any, guessing_loss: Any) -> Any:
        """Return the score, which is the accuracy."""
        return score

    def shares(self, decided: NDArray[Any], targets: NDArray[Any], scaling: Any) -> Doubles:
        """Return 1 for each example that is classified right, else 0."""
        return np.asarray(decided == targets, np.float64)

    def constant(self, targets: NDArray[Any]) -> float:
        """Return the share of the commonest class."""
        return float(np.bincount(targets).max() / len(targets))

    def lead(self, predictions: Floats) -> Doubles:
        """Return the lead of the likeliest class over the second, in logits.

        It orders rows as probabilities do, and tells apart those that round to 1.
        """
        ordered = np.sort(predictions.astype(np.float64), axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2])

    def alike(self, targets: NDArray[Any], others: NDArray[Any], scaling: Any) -> Flags:
        """Say which classes are equal."""
        return np.asarray(targets == others)

    def models(self, neighbours: int) -> dict[str, Any]:
        """Return logistic regression and nearest neighbours."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.neighbors import KNeighborsClassifier

        return {
            "logistic regression": LogisticRegression(max_iter=200, tol=1e-3),
            f"{neighbours} nearest neighbours": KNeighborsClassifier(neighbours),
        }

    def tree(self, leaves: int) -> Any:
        """Return a classifying tree."""
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)

    def encoding(self, x: Doubles, y: NDArray[Any]) -> Flags:
        """Say which columns have a single value within each class, but not the same in all classes."""
        constant: Flags = x.min(axis=0) < x.max(axis=0)
        for label in np.unique(y):
            part = x[y == label]
            constant &= part.min(axis=0) == part.max(axis=0)
        return constant

    def telling(self, x: Doubles, y: NDArray[Any], wrong: float, leaves: int) -> list[int]:
        """Return the columns along which the class seldom changes, the least often first."""
        classes = int(y.max()) + 1
        changes = {}
        for column, values in enumerate(x.T):
            order = np.argsort(values, kind="stable")
            ordered = values[order]
            # examples of one value cannot be told apart: all get the commonest class among them
            group = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
            counts = np.bincount(group * classes + y[order], minlength=(group[-1] + 1) * classes)
            labels = counts.reshape(-1, classes)
            commonest = labels.argmax(axis=1)
            changed = int(np.count_nonzero(commonest[1:] != commonest[:-1]))
            missed = len(y) - labels.max(axis=1).sum()
            if missed <= 2 * wrong * len(y) and changed <= 2 * wrong * len(y) + leaves:
                changes[column] = changed
        return sorted(changes, key=changes.__getitem__)


SAME = 1e-3
"""Targets closer than this, in standard deviations, are the same."""

STRAIGHT = 1e-6
"""Maximum share of the variance that a straight line leaves if a column is the target in another unit."""


@dataclass(frozen=True)
class OfValues(Diagnostics):
    """A diagnosis of a regression.

    Shares are 1 minus the loss divided by that of predicting the mean of the same targets: R² with squared loss, D²
    with Huber's loss. Several targets count together, each in its standard deviations.

    Attributes:
        losses: the losses `[n]` of errors `[n, T]` with a scaling.
        squared: whether it is squared loss.
    """

    metric: ClassVar[str] = "r2"
    label: ClassVar[str] = "target"
    simple: ClassVar[str] = "model"
    gets: ClassVar[str] = "reaches {} on {}"
    knows: ClassVar[str] = "explains"
    chance: ClassVar[str] = "permuted targets give"
    by_chance: ClassVar[str] = "with permuted targets"
    encoded: ClassVar[str] = "{} is a target in another unit, or with another zero"
    lowest: ClassVar[float] = float("-inf")
    # values do not say how sure they are
    without: ClassVar[frozenset[str]] = frozenset({"label noise"})

    losses: Callable[[Any, Any], Doubles]
    squared: bool

    @property
    def share(self) -> str:
        """R², or D² with Huber's loss."""
        return "R²" if self.squared else "D²"

    @property
    def about(self) -> str:
        """What R² is."""
        what = "squared error" if self.squared else "Huber's loss"
        return f"1 − the {what} over that of always predicting the mean: 1 is perfect, 0 is no better than the mean"

    def guessing_loss(self, targets: NDArray[Any], scaling: Any) -> float:
        """Return the loss of the targets' own mean, in standardized units."""
        return float(self._losses(targets.astype(np.float64), scaling)[1].mean())

    def share_of(self, score: Any, loss: Any, guessing_loss: Any) -> Any:
        """Return the share by which the loss lies below that of guessing; NaN if that is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(
                np.greater(guessing_loss, 0), 1 - np.divide(loss, guessing_loss), np.nan
            )

    def shares(self, decided: NDArray[Any], targets: NDArray[Any], scaling: Any) -> Doubles:
        """Return the share plus each example's influence on it; NaN if all targets are equal."""
        losses, guessed = self._losses(targets.astype(np.float64), scaling, decided)
        mean, whole = losses.mean(), guessed.mean()
        if not whole > 0:
            return np.full(len(targets), np.nan)
        left = mean / whole
        return np.asarray(1 - left - ((losses - mean) - left * (guessed - whole)) / whole)

    def constant(self, targets: NDArray[Any]) -> float:
        """Return 0, the share of always predicting the mean."""
        return 0.0

    def lead(self, predictions: Floats) -> None:
        """Values do not say how sure they are."""
        return

    def alike(self, targets: NDArray[Any], others: NDArray[Any], scaling: Any) -> Flags:
        """Say where all targets differ by less than a thousandth of their standard deviations."""
        apart = np.abs(targets.astype(np.float64) - others) * scaling.scale
        return np.asarray((apart <= SAME).all(axis=-1))

    def models(self, neighbours: int) -> dict[str, Any]:
        """Return ridge regression and nearest neighbours."""
        from sklearn.linear_model import Ridge
        from sklearn.neighbors import KNeighborsRegressor

        return {
            "ridge regression": Ridge(),
            f"{neighbours} nearest neighbours": KNeighborsRegressor(neighbours),
        }

    def tree(self, leaves: int) -> Any:
        """Return a regression tree."""
        from sklearn.tree import DecisionTreeRegressor

        return DecisionTreeRegressor(max_leaf_nodes=leaves, random_state=0)

    def encoding(self, x: Doubles, y: NDArray[Any]) -> Flags:
        """Say which columns are a linear function of a target."""
        x, wide = x - x.mean(axis=0), y.astype(np.float64) - y.mean(axis=0, dtype=np.float64)
        both = np.outer(np.square(x).sum(axis=0), np.square(wide).sum(axis=0))
        covered = np.divide(np.square(x.T @ wide), both, out=np.zeros_like(both), where=both > 0)
        return np.asarray((covered >= 1 - STRAIGHT).any(axis=1))

    def telling(self, x: Doubles, y: NDArray[Any], wrong: float, leaves: int) -> list[int]:
        """Return the columns along which the targets hardly change from one example to the next."""
        wide = y.astype(np.float64)
        whole = 2 * np.square(wide - wide.mean(axis=0)).sum(axis=0)
        steps = {}
        for column, values in enumerate(x.T):
            ordered = wide[np.argsort(values, kind="stable")]
            jumps = np.square(np.diff(ordered, axis=0)).sum(axis=0)
            # twice the variance that neighbours leave; every leaf may begin with a jump
            left = np.divide(jumps, whole, out=np.ones_like(whole), where=whole > 0).mean()
            if left <= 3 * wrong:
                steps[column] = float(left)
        return sorted(steps, key=steps.__getitem__)

    def _losses(
        self, targets: Doubles, scaling: Any, decided: NDArray[Any] | None = None
    ) -> tuple[Doubles, Doubles]:
        """Return the losses `[n]` of the predictions, and those of the targets' own mean."""
        guess = targets.mean(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            return (
                self.losses((guess if decided is None else decided) - targets, scaling),
                self.losses(guess - targets, scaling),
            )
