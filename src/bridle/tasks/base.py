"""What a task is: everything that depends on what is learned, and on nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridle.tasks.diagnostics import Diagnostics

if TYPE_CHECKING:
    from jax import Array

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int32]


class Scaling(NamedTuple):
    """How targets are scaled before a network learns them: (target - shift) * scale.

    Attributes:
        shift: [T].
        scale: [T], always finite and positive.
    """

    shift: Any
    scale: Any


@dataclass(frozen=True)
class Criterion:
    """What settings are chosen by: what validation data are scored by while a run trains.

    Attributes:
        name: as plans write it.
        order: the columns that are compared, the first one first, each with 1 where higher is better and -1 where lower
            is.
    """

    name: str
    order: tuple[tuple[str, int], ...]

    def merit(self, scores: Mapping[str, float]) -> tuple[float, ...]:
        """Return what selection maximizes; the lowest there is where a score is NaN.

        Args:
            scores: of a finished run, by column.
        """
        values = [scores[column] for column, _ in self.order]
        if any(value != value for value in values):
            return (-np.inf,) * len(values)
        return tuple(sign * value for value, (_, sign) in zip(values, self.order, strict=True))


CRITERIA = {
    criterion.name: criterion
    for criterion in (
        Criterion("accuracy", (("val_score", 1), ("val_loss", -1))),
        Criterion("log-loss", (("val_loss", -1), ("val_score", 1))),
        Criterion("rmse", (("val_score", -1), ("val_loss", -1))),
        Criterion("loss", (("val_loss", -1), ("val_score", -1))),
    )
}
"""Every criterion by name; those of one task are named by its metrics."""


@dataclass(frozen=True)
class Task(ABC):
    """What is learned.

    A network's `outputs` are what its last layer computes; `predictions` are what is stored and scored: logits of
    classes, values in the targets' unit. `targets` are `[n, *target_shape]`, or encoded `[B, K]` where the loss takes
    them; `scaling` is theirs, as a split has it; `weights` are `[n]`, all alike by default.

    Attributes:
        kind: `classification` or `regression`.
        metric: what scores of training, validation and test are, and what a study is judged by where nothing else is
            asked for; a name from `bridle.metrics`.
        lower: whether lower scores are better.
        one: what a target is called: `class`.
        many: several of them.
        truth: what the true targets of several examples are called: `labels`.
        right: how the share that predictions get right is said.
        guessing: what `guess` predicts, in words.
        figures: the names of the figures that suit it.
    """

    kind: ClassVar[str]
    metric: ClassVar[str]
    lower: ClassVar[bool]
    one: ClassVar[str]
    many: ClassVar[str]
    truth: ClassVar[str]
    right: ClassVar[str]
    guessing: ClassVar[str]
    figures: ClassVar[frozenset[str]]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the classes, or of the targets."""

    @property
    @abstractmethod
    def target_shape(self) -> tuple[int, ...]:
        """The shape of one example's target: () for a class, (T,) for T numbers."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The number of columns of a network's last layer."""

    @property
    @abstractmethod
    def values(self) -> bool:
        """Whether outputs are values as they are, rather than logits (of which two classes share one)."""

    @property
    def arguments(self) -> dict[str, Any]:
        """How it is learned: the arguments of `regression(loss=huber,delta=1.0)`."""
        return {}

    @property
    @abstractmethod
    def nameless(self) -> Task:
        """The same task with numbers for names: all that a compiled program knows of it."""

    def learned(self, **arguments: Any) -> Task:
        """Return the same task with other `arguments`."""
        return self

    @abstractmethod
    def encode(self, targets: Array, scaling: Any) -> Array:
        """Return targets `[B, *target_shape]` as the loss takes them: `[B, K]` soft classes or scaled values."""

    @abstractmethod
    def loss(self, outputs: Array, targets: Array) -> Array:
        """Return each example's loss `[B]` of outputs `[B, K]` on encoded targets `[B, K]`."""

    @abstractmethod
    def score_parts(self, outputs: Array, targets: Array, scaling: Any) -> Array:
        """Return each example's part of the score, `[B]` or `[B, T]`: `score` makes it of their mean."""

    def score(self, mean: Any) -> Any:
        """Return the score that a mean of `score_parts` makes, a scalar.

        Args:
            mean: over examples, a scalar or `[T]`.
        """
        return mean

    @abstractmethod
    def answer(self, outputs: Array) -> Array:
        """Return what a prediction says, before scaling is undone: probabilities `[B, K]`, or values `[B, T]`."""

    @abstractmethod
    def combine(self, outputs: Array) -> Array:
        """Return the outputs `[B, K]` whose answer is the mean of the answers of several models' `[M, B, K]`."""

    @abstractmethod
    def decode(self, outputs: Floats, scaling: Any) -> Floats:
        """Return predictions `[n, K]` (logits, or values in the targets' unit) of a network's outputs, float32."""

    @abstractmethod
    def measure(
        self,
        predictions: Floats,
        targets: NDArray[Any],
        scaling: Any,
        weights: Floats | None = None,
    ) -> tuple[float, float]:
        """Return mean loss and score of predictions on targets, in double precision.

        Args:
            predictions: [n, K], as `decode` returns them.
            targets: [n, *target_shape].
            scaling: of the targets.
            weights: [n] of the examples; all alike by default.
        """

    @abstractmethod
    def guess(self, targets: NDArray[Any], weights: Floats | None = None) -> Floats:
        """Return what is predicted without a look at the inputs, `[K]`, from training targets `[n, *target_shape]`."""

    @abstractmethod
    def strata(self, targets: NDArray[Any]) -> tuple[Integers, tuple[str, ...]]:
        """Return the stratum `[n]` of each row, and the strata's names: every part of a split mirrors them."""

    @abstractmethod
    def decided(self, predictions: Floats) -> NDArray[Any]:
        """Return the classes `[n]` or values `[n, T]` that predictions decide for."""

    @abstractmethod
    def changed(self, predictions: Floats, others: Floats) -> float:
        """Return how much of the predictions `[n, K]` differs from `others`, from 0."""

    @property
    @abstractmethod
    def diagnostics(self) -> Diagnostics:
        """What a diagnosis asks of the task."""

    @abstractmethod
    def scaling(self, targets: NDArray[Any]) -> Scaling | None:
        """Return the scaling that training targets ask for; None where they are not scaled."""

    def __str__(self) -> str:
        from bridle.grammar import Call

        return str(Call(self.kind, self.arguments))


def average(values: Floats, weights: Floats | None = None) -> Any:
    """Return the mean over the first axis, weighted where there are weights `[n]`.

    Args:
        values: `[n, ...]`.
        weights: `[n]`; all alike by default.
    """
    if weights is None:
        return values.mean(axis=0)
    return np.tensordot(weights.astype(np.float64), values, axes=(0, 0)) / weights.sum(
        dtype=np.float64
    )
