"""Regression: one number or several for each example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from bridle.domains import Choice, Real
from bridle.errors import unknown
from bridle.signature import Argument
from bridle.tasks.base import Floats, Integers, Scaling, Task, average
from bridle.tasks.diagnostics import Diagnostics, OfValues

if TYPE_CHECKING:
    from jax import Array

LOSSES = ("squared", "huber")
"""The losses that can be minimized."""


@dataclass(frozen=True)
class Regression(Task):
    """T numbers for each example, learned by squared or Huber's loss and scored by the root mean squared error.

    A network learns targets that are standardized, each on the training rows alone; the loss is that of standardized
    targets, the mean over targets. Predictions and scores are in the targets' unit; the score of several targets is
    the mean of their root mean squared errors, as scikit-learn has it.

    Attributes:
        targets: their names.
        loss_name: one of `LOSSES`.
        delta: where Huber's loss turns from squares to a straight line, in standard deviations of the target.
    """

    kind: ClassVar[str] = "regression"
    aliases: ClassVar[tuple[str, ...]] = ("regressor",)
    predicts: ClassVar[Literal["classes", "values"]] = "values"
    declares: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "loss",
            Choice(LOSSES, (("mse", "squared"), ("mean_squared_error", "squared"))),
            "squared",
            "that a regression minimizes: squared or huber",
            silent=True,
        ),
        Argument(
            "delta",
            Real(0.0, open_low=True),
            1.0,
            "where Huber's loss turns straight, in standard deviations",
            silent=True,
        ),
    )
    metric: ClassVar[str] = "rmse"
    lower: ClassVar[bool] = True
    one: ClassVar[str] = "target"
    many: ClassVar[str] = "targets"
    truth: ClassVar[str] = "targets"
    right: ClassVar[str] = "{} of the variance is explained"
    guessing: ClassVar[str] = "always the mean of the training targets"
    figures: ClassVar[frozenset[str]] = frozenset(
        ("differences", "ablation", "predictions", "curves", "weights", "filters", "strength")
    )

    targets: tuple[str, ...] = ("y",)
    loss_name: Literal["squared", "huber"] = "squared"
    delta: float = 1.0

    @property
    def arguments(self) -> dict[str, Any]:
        """The loss, and δ, where they are not the defaults."""
        if self.loss_name == "squared":
            return {}
        own = {"loss": self.loss_name, "delta": self.delta}
        return own if self.delta != 1.0 else {"loss": self.loss_name}

    @classmethod
    def asked(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the loss, and δ where it is Huber's."""
        found = {"loss": given.get("loss", "squared")}
        if found["loss"] == "huber":
            return {**found, "delta": given.get("delta", 1.0)}
        if "delta" in given:
            raise unknown("argument of regression", "delta", [*found])
        return found

    def learned(self, loss: Any = "squared", delta: float = 1.0, **others: Any) -> Regression:
        """Return the same task with another loss."""
        return replace(self, loss_name=loss, delta=delta)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the targets."""
        return self.targets

    @property
    def nameless(self) -> Regression:
        """The task with as many targets, named by their numbers."""
        return replace(self, targets=tuple(map(str, range(len(self.targets)))))

    @property
    def target_shape(self) -> tuple[int, ...]:
        """One number for each target."""
        return (len(self.targets),)

    @property
    def outputs(self) -> int:
        """One for each target."""
        return len(self.targets)

    @property
    def values(self) -> bool:
        """Outputs are values."""
        return True

    def encode(self, targets: Array, scaling: Any) -> Array:
        """Return the standardized targets, `[B, T]`."""
        scaled: Array = (targets - scaling.shift) * scaling.scale
        return scaled

    def loss(self, outputs: Array, targets: Array) -> Array:
        """Return the loss of each example, `[B]`, in variances of the standardized targets."""
        from bridle.tasks import losses

        if self.loss_name == "huber":
            return losses.huber(outputs, targets, self.delta)
        return losses.squared_error(outputs, targets)

    def score_parts(self, outputs: Array, targets: Array, scaling: Any) -> Array:
        """Return the squared errors `[B, T]`, in squares of the targets' units."""
        squares: Array = ((outputs - self.encode(targets, scaling)) / scaling.scale) ** 2
        return squares

    def score(self, mean: Any) -> Any:
        """Return the mean over targets of their root mean squared errors."""
        return (mean**0.5).mean(-1)

    def answer(self, outputs: Array) -> Array:
        """Return the standardized values."""
        return outputs

    def combine(self, outputs: Array) -> Array:
        """Return mean values."""
        return outputs.mean(0)

    def decode(self, outputs: Floats, scaling: Any) -> Floats:
        """Return predictions `[n, T]` in the targets' units."""
        with np.errstate(invalid="ignore", over="ignore"):  # of networks that diverged
            wide: Floats = outputs.astype(np.float64) / scaling.scale + scaling.shift
            return wide.astype(np.float32)

    def measure(
        self,
        predictions: Floats,
        targets: NDArray[Any],
        scaling: Any,
        weights: Floats | None = None,
    ) -> tuple[float, float]:
        """Return mean loss of standardized targets, and the root mean squared error in the targets' unit.

        Both are NaN if there are no examples.
        """
        if not len(targets):
            return float("nan"), float("nan")
        with np.errstate(invalid="ignore", over="ignore"):
            error = predictions.astype(np.float64) - targets
            return (
                float(average(self.losses(error, scaling), weights)),
                float(self.score(average(error**2, weights))),
            )

    def losses(self, errors: Floats, scaling: Any) -> NDArray[np.float64]:
        """Return the loss `[n]` of errors `[n, T]` in the targets' units, in double precision.

        A task derived from this one may leave targets unscaled: then `scaling` is None.
        """
        size = np.abs(errors if scaling is None else errors * scaling.scale)
        if self.loss_name == "huber":
            inside = np.minimum(size, self.delta)
            size = inside * (size - 0.5 * inside)
        else:
            size = size**2
        return np.asarray(size.mean(axis=1))

    def guess(self, targets: NDArray[Any], weights: Floats | None = None) -> Floats:
        """Return the mean of each target, `[T]`."""
        return np.asarray(average(targets.astype(np.float64), weights))

    def strata(self, targets: NDArray[Any]) -> tuple[Integers, tuple[str, ...]]:
        """Return one stratum: rows are split at random."""
        return np.zeros(len(targets), np.int32), ("rows",)

    def decided(self, predictions: Floats) -> NDArray[Any]:
        """Return the values."""
        return predictions

    def changed(self, predictions: Floats, others: Floats) -> float:
        """Return the root mean squared change, in standard deviations of `others`; the mean over targets."""
        change = np.sqrt(np.square(predictions - others, dtype=np.float64).mean(axis=0))
        spread = others.std(axis=0, dtype=np.float64)
        same = np.where(change > 0, np.inf, 0.0)
        return float(np.divide(change, spread, out=same, where=spread > 0).mean())

    @property
    def diagnostics(self) -> Diagnostics:
        """A diagnosis asks for R²."""
        return OfValues(self.losses, self.loss_name == "squared")

    def scaling(self, targets: NDArray[Any]) -> Scaling | None:
        """Return mean and inverse standard deviation of each target; scale 1 where it is constant."""
        wide = targets.astype(np.float64)
        spread = wide.std(axis=0)
        varies = (wide.min(axis=0) < wide.max(axis=0)) & (spread > 1e-30)
        scale = np.where(varies, 1 / np.where(varies, spread, 1.0), 1.0)
        return Scaling(wide.mean(axis=0).astype(np.float32), scale.astype(np.float32))
