"""The base of tasks: everything that depends only on what is learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridle.signature import Argument
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
    """What settings are chosen by: the scores of the validation data while a run trains.

    Attributes:
        name: as plans write it.
        order: the columns that are compared, in order, each with 1 if higher is better and -1 if lower
            is.
    """

    name: str
    order: tuple[tuple[str, int], ...]

    def merit(self, scores: Mapping[str, float]) -> tuple[float, ...]:
        """Return the values that selection maximizes; minus infinity for a score that is NaN.

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
"""Every criterion by name; the metrics of a task name its criteria."""


@dataclass(frozen=True)
class Task(ABC):
    """What is learned.

    A network's `outputs` are what its last layer computes; `predictions` are what is stored and scored: logits of
    classes, or values in the targets' unit. `targets` are `[n, *target_shape]`, or encoded `[B, K]` for the
    loss; `scaling` is that of the split; `weights` are `[n]`, all equal by default.

    Attributes:
        kind: how it is written: `classification` or `regression`, or the name of the entry point or `module:Name`
            of a package's task.
        aliases: what others call it; understood in its place.
        predicts: whether a target is one of some `classes`, or `values`: how `y` is read, and by what test its
            predictions are told from chance.
        declares: the arguments that say how it is learned.
        metric: what scores of training, validation and test are, and what a study is judged by where nothing else is
            asked for; a name from `bridle.metrics`.
        metrics: names of further metrics that score it, beside those that are for its kind.
        proper: the metric that also judges a comparison by what is decided alone, such as the likeliest class: a proper
            score, which counts how sure predictions are; empty if there is none.
        lower: whether lower scores are better.
        one: the word for a target: `class`.
        many: the word for several targets.
        truth: the word for the true targets of several examples: `labels`.
        right: words for the share that predictions get right.
        guessing: words for what `guess` predicts.
        figures: the names of the figures that suit it.
    """

    kind: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    predicts: ClassVar[Literal["classes", "values"]]
    declares: ClassVar[tuple[Argument, ...]] = ()
    metric: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]] = ()
    proper: ClassVar[str] = ""
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
        """Whether outputs are values rather than logits (two classes share one logit)."""

    @property
    def arguments(self) -> dict[str, Any]:
        """How it is learned: the arguments of `regression(loss=huber,delta=1.0)`."""
        return {}

    @property
    @abstractmethod
    def nameless(self) -> Task:
        """The same task with numbers for names, as compiled programs know it."""

    def learned(self, **arguments: Any) -> Task:
        """Return the same task with other `arguments`."""
        return self

    @classmethod
    def asked(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of `learned` that somebody means.

        Args:
            given: by name, checked, without defaults.

        Raises:
            UserError: they do not fit together.
        """
        return dict(given)

    def wrong(self, targets: NDArray[Any]) -> str:
        """Say why targets `[n, *target_shape]` that somebody gives cannot be learned; empty where they can."""
        return ""

    @abstractmethod
    def encode(self, targets: Array, scaling: Any) -> Array:
        """Return targets `[B, *target_shape]` encoded for the loss: `[B, K]` soft classes or scaled values."""

    @abstractmethod
    def loss(self, outputs: Array, targets: Array) -> Array:
        """Return each example's loss `[B]` of outputs `[B, K]` on encoded targets `[B, K]`."""

    @abstractmethod
    def score_parts(self, outputs: Array, targets: Array, scaling: Any) -> Array:
        """Return each example's part of the score, `[B]` or `[B, T]`; `score` computes the score from their mean."""

    def score(self, mean: Any) -> Any:
        """Return the score for a mean of `score_parts`, a scalar.

        Args:
            mean: over examples, a scalar or `[T]`.
        """
        return mean

    @abstractmethod
    def answer(self, outputs: Array) -> Array:
        """Return probabilities `[B, K]`, or values `[B, T]` before scaling is undone, for outputs."""

    @abstractmethod
    def combine(self, outputs: Array) -> Array:
        """Return outputs `[B, K]` with the mean answer of several models' outputs `[M, B, K]`."""

    @abstractmethod
    def decode(self, outputs: Floats, scaling: Any) -> Floats:
        """Return predictions `[n, K]` (logits, or values in the targets' unit) for a network's outputs, float32."""

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
        """Return a prediction that ignores the inputs, `[K]`, from training targets `[n, *target_shape]`."""

    @abstractmethod
    def strata(self, targets: NDArray[Any]) -> tuple[Integers, tuple[str, ...]]:
        """Return the stratum `[n]` of each row, and the strata's names; parts of a split hold them in proportion."""

    @abstractmethod
    def decided(self, predictions: Floats) -> NDArray[Any]:
        """Return the predicted classes `[n]` or values `[n, T]`."""

    @abstractmethod
    def changed(self, predictions: Floats, others: Floats) -> float:
        """Return how much the predictions `[n, K]` differ from `others`; 0 if they are the same."""

    @property
    @abstractmethod
    def diagnostics(self) -> Diagnostics:
        """What a diagnosis asks of the task."""

    @abstractmethod
    def scaling(self, targets: NDArray[Any]) -> Scaling | None:
        """Return the scaling for training targets; None if they are not scaled."""

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
