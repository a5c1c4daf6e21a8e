"""The catalogue of metrics: their names, which way is better, and the criterion that settings are chosen by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from bridle.domains import Real
from bridle.errors import UserError
from bridle.grammar import is_reference
from bridle.metrics import contributions, values
from bridle.metrics.contributions import Floats
from bridle.registry import Registry, check_name
from bridle.signature import Argument, Signature
from bridle.tasks import TASKS, Classification, Regression

NOISE = Real(0.0, 100.0, open_low=True)
"""Standard deviations of the noise on inputs, in the unit in which a network sees them."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: as it is typed and written into tables, arguments included: `log-loss`.
        words: as it reads in a sentence: `AUROC`.
        help: what it is, in a line.
        parts: of predictions (logits `[n, K]`, or numbers `[n, T]`), targets and, where examples do not all count
            alike, their weights `[n]`: each example's part `[n]`; their mean is the score.
        lower: whether lower is better.
        whole: whether the score is a fraction of 1, and the rest an error.
        criterion: what settings are chosen by, a name from `bridle.tasks.CRITERIA`.
        task: the kind of task that it scores.
        noise: on the test inputs, in standard deviations; 0 for none.
        in_unit: whether scores are in the targets' unit, of whatever size.
        unit: of a difference, such as `nats`; `%` where scores are written in percent, which is for fractions.
        decimals: of a score.
        span: how far apart two scores can be.
    """

    name: str
    words: str
    help: str
    parts: Callable[..., Floats]
    lower: bool = False
    whole: bool = True
    criterion: str = "accuracy"
    task: str = Classification.kind
    noise: float = 0.0
    in_unit: bool = False
    unit: str = ""
    decimals: int = 3
    span: float = math.inf

    @property
    def percent(self) -> bool:
        """Whether scores are written in percent."""
        return self.unit == "%"

    @property
    def sign(self) -> float:
        """Sign that makes higher scores better."""
        return -1.0 if self.lower else 1.0

    @property
    def scale(self) -> Literal["accuracy", "loss"]:
        """The kind of scores for margins, once the sign is applied."""
        return "accuracy" if self.whole else "loss"

    def signature(self) -> Signature:
        """Return the signature of the arguments in parentheses."""
        noise = Argument("noise", NOISE, self.noise, "standard deviations of noise on the inputs")
        return Signature(self.name, (noise,) if self.noise else ())


_PERCENT: dict[str, Any] = {"unit": "%", "decimals": 1, "span": 1.0}

_c = contributions
METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric(
            "accuracy",
            "accuracy",
            "share of test examples classified right",
            _c.accuracy,
            **_PERCENT,
        ),
        Metric(
            "balanced-accuracy",
            "balanced accuracy",
            "the same for each class, then the mean over classes",
            _c.balanced_accuracy,
            **_PERCENT,
        ),
        Metric(
            "log-loss",
            "log-loss",
            "minus the logarithm of the true class's probability",
            _c.log_loss,
            lower=True,
            whole=False,
            criterion="log-loss",
            unit="nats",
        ),
        Metric(
            "brier",
            "Brier score",
            "squared distance of the probabilities from the truth",
            _c.brier,
            lower=True,
            whole=False,
            criterion="log-loss",
            span=2.0,
        ),
        Metric(
            "auroc",
            "AUROC",
            "area under the ROC curve; of more than two classes each against the rest",
            _c.auroc,
            criterion="log-loss",
            span=1.0,
        ),
        Metric(
            "calibration-error",
            "calibration error",
            "mean squared gap between confidence and accuracy",
            _c.calibration_error,
            lower=True,
            whole=False,
            criterion="log-loss",
            decimals=4,
            span=1.0,
        ),
        Metric(
            "robustness",
            "accuracy under noise",
            "accuracy with Gaussian noise on the inputs, as in robustness(noise=0.3)",
            _c.accuracy,
            noise=0.3,
            **_PERCENT,
        ),
        Metric(
            "rmse",
            "RMSE",
            "root mean squared error, in the target's unit",
            values.rmse,
            lower=True,
            whole=False,
            criterion="rmse",
            task=Regression.kind,
            in_unit=True,
        ),
        Metric(
            "mae",
            "MAE",
            "mean absolute error, in the target's unit",
            values.mae,
            lower=True,
            whole=False,
            criterion="loss",
            task=Regression.kind,
            in_unit=True,
        ),
        Metric(
            "r2",
            "R²",
            "share of the target's variance that is explained",
            values.r2,
            criterion="rmse",
            task=Regression.kind,
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
    "root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae",
    "r2_score": "r2",
    "r_squared": "r2",
}
"""Other names of them."""


def _accept(found: Any, name: str, origin: str) -> Metric:
    if not isinstance(found, Metric):
        raise UserError(argument=origin, expected="a bridle.metrics.Metric", received=found)
    if not is_reference(name):
        check_name(found.name, name, origin)
    return replace(found, name=name)


REGISTRY: Registry[Metric] = Registry(
    "bridle.metrics", "metric", METRICS.values, _accept, aliases=ALIASES
)
"""Bridle's metrics, and those of packages."""


def of_task(kind: str) -> list[Metric]:
    """Return the metrics of a kind of task, at their defaults: those for it, and those that it names."""
    task = TASKS.get(kind).task
    own = [found for found in REGISTRY.all().values() if found.task == kind]
    own += map(REGISTRY.get, (task.metric, *task.metrics))
    return list({found.name: found for found in own}.values())


def usual(kind: str) -> Metric:
    """Return the default metric of a kind of task."""
    return REGISTRY.get(TASKS.get(kind).task.metric)


def metric(text: str | Metric, task: str | None = None) -> Metric:
    """Read `log-loss` or `robustness(noise=0.5)`.

    Args:
        text: a name, with arguments where it takes some.
        task: the kind of task that it must score; by default any.

    Raises:
        UserError: there is no such metric, it takes no such argument, or it scores other tasks.
    """
    found = _read(text)
    if task is not None and found.task != task:
        known = [other.name for other in of_task(task)]
        if found.name in known:
            return found
        names = ", ".join(known)
        raise UserError(
            f"The metric {found.name} is for {found.task}, and this is a {task}. Metrics of a {task}: {names}."
        )
    return found


def _read(text: str | Metric) -> Metric:
    if isinstance(text, Metric):
        return text
    if not isinstance(text, str):
        raise UserError(argument="metric", expected="a name such as log-loss", received=text)
    known, full = REGISTRY.read(text)
    if not known.noise:
        return known
    noise: Any = full.arguments["noise"]
    return replace(known, name=str(full), words=f"accuracy at noise {noise:g}", noise=noise)
