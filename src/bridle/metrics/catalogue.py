"""The metrics there are: their names, which way is better, and what settings are chosen by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy.typing as npt

from bridle.domains import Real
from bridle.errors import UserError, shown
from bridle.grammar import is_reference
from bridle.metrics import contributions
from bridle.metrics.contributions import Floats
from bridle.registry import Registry, check_name
from bridle.signature import Argument, Signature

Criterion = Literal["accuracy", "log-loss"]
"""What settings can be chosen by: what every run's validation data are scored by while it trains."""

NOISE = Real(0.0, 100.0, open_low=True)
"""Standard deviations of the noise on inputs, in the unit in which a network sees them."""


@dataclass(frozen=True)
class Metric:
    """What predictions are scored by.

    Attributes:
        name: as it is typed and written into tables, arguments included: `log-loss`.
        words: as it reads in a sentence: `AUROC`.
        help: what it is, in a line.
        parts: of logits `[n, K]` and targets `[n]`: each example's part `[n]`; their mean is the score.
        lower: whether lower is better.
        whole: whether the score is a fraction of 1, of which the rest is an error.
        criterion: what settings are chosen by.
        noise: on the test inputs, in standard deviations; 0 for none.
    """

    name: str
    words: str
    help: str
    parts: Callable[[npt.ArrayLike, Any], Floats]
    lower: bool = False
    whole: bool = True
    criterion: Criterion = "accuracy"
    noise: float = 0.0

    @property
    def sign(self) -> float:
        """What makes higher scores the better ones."""
        return -1.0 if self.lower else 1.0

    @property
    def scale(self) -> Literal["accuracy", "loss"]:
        """How the statistics take a margin, once the sign is applied."""
        return "accuracy" if self.whole else "loss"

    def signature(self) -> Signature:
        """Return what may stand in the parentheses behind the name."""
        noise = Argument("noise", NOISE, self.noise, "standard deviations of noise on the inputs")
        return Signature(self.name, (noise,) if self.noise else ())


_c = contributions
METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", "accuracy", "share of test examples classified right", _c.accuracy),
        Metric(
            "balanced-accuracy",
            "balanced accuracy",
            "the same for each class, then the mean over classes",
            _c.balanced_accuracy,
        ),
        Metric(
            "log-loss",
            "log-loss",
            "minus the logarithm of the true class's probability",
            _c.log_loss,
            lower=True,
            whole=False,
            criterion="log-loss",
        ),
        Metric(
            "brier",
            "Brier score",
            "squared distance of the probabilities from the truth",
            _c.brier,
            lower=True,
            whole=False,
            criterion="log-loss",
        ),
        Metric(
            "auroc",
            "AUROC",
            "area under the ROC curve; of more than two classes each against the rest",
            _c.auroc,
            criterion="log-loss",
        ),
        Metric(
            "calibration-error",
            "calibration error",
            "mean squared gap between confidence and accuracy",
            _c.calibration_error,
            lower=True,
            whole=False,
            criterion="log-loss",
        ),
        Metric(
            "robustness",
            "accuracy under noise",
            "accuracy with Gaussian noise on the inputs, as in robustness(noise=0.3)",
            _c.accuracy,
            noise=0.3,
        ),
    )
}
"""Every metric at its defaults."""

ALIASES = {
    "acc": "accuracy",
    "balanced_acc": "balanced-accuracy",
    "cross_entropy": "log-loss",
    "crossentropy_loss": "log-loss",
    "nll": "log-loss",
    "brier_score": "brier",
    "auc": "auroc",
    "roc_auc": "auroc",
}
"""What others call them."""


def _accept(found: Any, name: str, origin: str) -> Metric:
    if not isinstance(found, Metric):
        raise UserError(f"{origin} must be a bridle.metrics.Metric; received {shown(found)}.")
    if not is_reference(name):
        check_name(found.name, name, origin)
    return replace(found, name=name)


REGISTRY: Registry[Metric] = Registry(
    "bridle.metrics", "metric", METRICS.values, _accept, aliases=ALIASES
)
"""Bridle's metrics, and those of packages."""


def metric(text: str | Metric) -> Metric:
    """Read `log-loss` or `robustness(noise=0.5)`.

    Raises:
        UserError: there is no such metric, or it takes no such argument.
    """
    if isinstance(text, Metric):
        return text
    if not isinstance(text, str):
        raise UserError(f"metric: expected a name such as log-loss, received {shown(text)}.")
    known, full = REGISTRY.read(text)
    if not known.noise:
        return known
    noise: Any = full.arguments["noise"]
    return replace(known, name=str(full), words=f"accuracy at noise {noise:g}", noise=noise)
