"""Code that scores the test rows as the study does."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.metrics import Metric, metric
from bridle.tasks import Task


@dataclass(frozen=True)
class ScoreCode:
    """A score as code.

    Attributes:
        metric: what it is.
        imports: the statements that it needs.
        code: an expression of the truth `y` and of predictions `p`: probabilities `[n, K]`, or values `[n, T]`.
        differs: why it is not the study's metric, as a sentence; empty if it is.
    """

    metric: Metric
    imports: tuple[str, ...]
    code: str
    differs: str = ""


_CODE = {
    "accuracy": ("accuracy_score", "accuracy_score(y, p.argmax(axis=1))"),
    "balanced-accuracy": (
        "balanced_accuracy_score",
        "balanced_accuracy_score(y, p.argmax(axis=1))",
    ),
    "log-loss": ("log_loss", "log_loss(y, p, labels=np.arange({classes}))"),
    "brier": ("", "np.average(np.sum((p - np.eye({classes})[y]) ** 2, axis=1))"),
    "auroc": ("roc_auc_score", 'roc_auc_score(y, p, multi_class="ovr")'),
    "rmse": ("root_mean_squared_error", "root_mean_squared_error(y, p)"),
    "mae": ("mean_absolute_error", "mean_absolute_error(y, p)"),
    "r2": ("r2_score", "r2_score(y, p)"),
}


def score(asked: Metric, task: Task, weighted: bool = False) -> ScoreCode:
    """Return the code of a metric, or of the task's own metric where recipes have no code for it.

    Args:
        asked: the metric.
        task: what is learned.
        weighted: whether the rows count by weights `w`.
    """
    found, differs = asked, ""
    if found.name not in _CODE:
        found = metric(task.metric)
        differs = (
            f"It prints {found.words}: there is no code for the study's metric, {asked.words}."
        )
    name, code = _CODE[found.name]
    classes = len(task.names)
    if found.name == "auroc" and classes == 2:
        code = "roc_auc_score(y, p[:, 1])"
    if found.name == "brier" and classes == 2:
        code = "np.average((p[:, 1] - y) ** 2)"
    if weighted:
        code = f"{code[:-1]}, {'sample_weight' if name else 'weights'}=w)"
    imports = (f"from sklearn.metrics import {name}",) if name else ()
    return ScoreCode(found, imports, code.format(classes=classes), differs)
