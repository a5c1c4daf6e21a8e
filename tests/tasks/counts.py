"""A task and a metric as somebody's own package defines them: counts, learned by Poisson regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from bridle.metrics import Metric
from bridle.tasks import Regression, average
from bridle.tasks.base import Floats

HERE = __name__


def deviance(predictions: Any, targets: Any, weights: Any = None) -> NDArray[np.float64]:
    """Return each example's part `[n]` of the mean Poisson deviance."""
    assert weights is None
    rate, count = np.asarray(predictions, np.float64), np.asarray(targets, np.float64)
    parts: NDArray[np.float64] = 2 * (xlogy(count, count / rate) - count + rate).mean(axis=1)
    return parts


DEVIANCE = Metric(
    "poisson-deviance",
    "Poisson deviance",
    "twice the log-likelihood that is lacking, for each count",
    deviance,
    lower=True,
    whole=False,
    criterion="loss",
    task=f"{HERE}:Counts",
    unit="nats",
)


@dataclass(frozen=True)
class Counts(Regression):
    """Counts of events, whose rate a network gives the logarithm of."""

    kind: ClassVar[str] = "counts"
    aliases: ClassVar[tuple[str, ...]] = ()
    declares: ClassVar[Any] = ()
    metric: ClassVar[str] = f"{HERE}:DEVIANCE"
    metrics: ClassVar[tuple[str, ...]] = ("mae",)
    one: ClassVar[str] = "count"
    many: ClassVar[str] = "counts"
    truth: ClassVar[str] = "counts"
    guessing: ClassVar[str] = "always the mean of the training counts"

    @property
    def arguments(self) -> dict[str, Any]:
        return {}

    def wrong(self, targets: Any) -> str:
        bad = (targets < 0) | (targets != np.floor(targets))
        return f"y must hold counts; received {targets[bad][0]:g}." if bad.any() else ""

    def scaling(self, targets: Any) -> None:
        return None

    def encode(self, targets: jax.Array, scaling: Any) -> jax.Array:
        return targets

    def loss(self, outputs: jax.Array, targets: jax.Array) -> jax.Array:
        return (jnp.exp(outputs) - targets * outputs).mean(-1)

    def score_parts(self, outputs: jax.Array, targets: jax.Array, scaling: Any) -> jax.Array:
        logs = jnp.log(jnp.where(targets > 0, targets, 1.0))
        return 2 * (targets * (logs - outputs) - targets + jnp.exp(outputs)).mean(-1)

    def score(self, mean: Any) -> Any:
        return mean

    def combine(self, outputs: jax.Array) -> jax.Array:
        return jax.nn.logsumexp(outputs, axis=0) - jnp.log(len(outputs))

    def decode(self, outputs: Floats, scaling: Any) -> Floats:
        rates: Floats = np.exp(outputs)
        return rates

    def measure(
        self, predictions: Floats, targets: Any, scaling: Any, weights: Floats | None = None
    ) -> tuple[float, float]:
        if not len(targets):
            return float("nan"), float("nan")
        rate = predictions.astype(np.float64)
        losses = (rate - xlogy(targets, rate)).mean(axis=1)
        return float(average(losses, weights)), float(deviance(predictions, targets).mean())
