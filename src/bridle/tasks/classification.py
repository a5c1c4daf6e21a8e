"""Classification: one of K classes for each example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from bridle.tasks.base import Floats, Integers, Scaling, Task, average
from bridle.tasks.diagnostics import Diagnostics, OfClasses

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Classification(Task):
    """One of K classes for each example, learned by cross-entropy and scored by accuracy.

    Targets are positions in `classes`. Two classes share one logit.

    Attributes:
        classes: their names.
    """

    kind: ClassVar[str] = "classification"
    aliases: ClassVar[tuple[str, ...]] = ("classify", "classifier")
    predicts: ClassVar[Literal["classes", "values"]] = "classes"
    metric: ClassVar[str] = "accuracy"
    proper: ClassVar[str] = "log-loss"
    lower: ClassVar[bool] = False
    one: ClassVar[str] = "class"
    many: ClassVar[str] = "classes"
    truth: ClassVar[str] = "labels"
    right: ClassVar[str] = "{} are right"
    guessing: ClassVar[str] = "always the commonest class"
    figures: ClassVar[frozenset[str]] = frozenset(
        (
            "differences",
            "ablation",
            "data",
            "boundaries",
            "curves",
            "reliability",
            "weights",
            "filters",
            "changed",
            "strength",
            "confusion",
        )
    )

    classes: tuple[str, ...]

    @classmethod
    def of(cls, count: int) -> Classification:
        """Return the task with a number of classes, named by their numbers."""
        return cls(tuple(map(str, range(count))))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.classes

    @property
    def nameless(self) -> Classification:
        """The task with as many classes, named by their numbers."""
        return replace(self, classes=tuple(map(str, range(len(self.classes)))))

    @property
    def target_shape(self) -> tuple[int, ...]:
        """A class is one number."""
        return ()

    @property
    def outputs(self) -> int:
        """One for two classes, else one for each."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def values(self) -> bool:
        """Outputs are logits."""
        return False

    def encode(self, targets: Array, scaling: Any) -> Array:
        """Return classes one-hot, `[B, K]`."""
        import jax

        return jax.nn.one_hot(targets, len(self.classes))

    def loss(self, outputs: Array, targets: Array) -> Array:
        """Return the cross-entropy of logits and soft classes, `[B]`, in nats."""
        from bridle.tasks.losses import cross_entropy

        return cross_entropy(outputs, targets)

    def score_parts(self, outputs: Array, targets: Array, scaling: Any) -> Array:
        """Return 1 for each example that is classified right, else 0."""
        return (outputs.argmax(-1) == targets).astype(np.float32)

    def answer(self, outputs: Array) -> Array:
        """Return class probabilities."""
        import jax

        return jax.nn.softmax(outputs, axis=-1)

    def combine(self, outputs: Array) -> Array:
        """Return the logarithms of mean probabilities."""
        import jax
        import jax.numpy as jnp

        each = jax.nn.log_softmax(outputs)
        return jax.nn.logsumexp(each, axis=0) - jnp.log(len(outputs))

    def decode(self, outputs: Floats, scaling: Any) -> Floats:
        """Return the logits as they are."""
        return outputs

    def measure(
        self,
        predictions: Floats,
        targets: NDArray[Any],
        scaling: Any = None,
        weights: Floats | None = None,
    ) -> tuple[float, float]:
        """Return mean cross-entropy and accuracy of `predictions [n, K]` on `targets [n]`; NaN if there are none."""
        if not len(targets):
            return float("nan"), float("nan")
        full = predictions.astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            top = full.max(axis=1, keepdims=True)
            log_sum = top[:, 0] + np.log(np.exp(full - top).sum(axis=1))
            losses = log_sum - full[np.arange(len(full)), targets]
            return (
                float(average(losses, weights)),
                float(average(full.argmax(axis=1) == targets, weights)),
            )

    def guess(self, targets: NDArray[Any], weights: Floats | None = None) -> Floats:
        """Return the logarithms of the classes' shares, `[K]`."""
        shares = np.bincount(targets, weights, len(self.classes))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(shares / shares.sum()))

    def strata(self, targets: NDArray[Any]) -> tuple[Integers, tuple[str, ...]]:
        """Return the classes: every part of a split holds them in proportion."""
        return targets, self.classes

    def decided(self, predictions: Floats) -> NDArray[Any]:
        """Return the likeliest class of each example."""
        return np.asarray(predictions.argmax(axis=1))

    def changed(self, predictions: Floats, others: Floats) -> float:
        """Return the share of examples that are put into another class."""
        return float((predictions.argmax(axis=1) != others.argmax(axis=1)).mean())

    @property
    def diagnostics(self) -> Diagnostics:
        """A diagnosis asks for accuracies."""
        return OfClasses()

    def scaling(self, targets: NDArray[Any]) -> Scaling | None:
        """Classes are not scaled."""
        return None
