"""Scores of numbers, and of weighted examples, against scikit-learn; their parts against the jackknife."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as sk

from bridle.errors import UserError
from bridle.metrics import METRICS, contributions, metric, of_task, usual

RNG = np.random.default_rng(2)
TRUTH = RNG.normal(size=(80, 2)) * [1.0, 30.0] + [5.0, -100.0]
PREDICTED = TRUTH + RNG.normal(size=(80, 2)) * [0.5, 20.0]
CLASSES = RNG.integers(0, 3, 80)
LOGITS = RNG.normal(size=(80, 3)) + np.eye(3)[CLASSES]
WEIGHTS = RNG.integers(0, 5, 80).astype(float)

VALUES: dict[str, Callable[..., float]] = {
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}


def _proba(y: Any, p: Any, **given: Any) -> Any:
    return sk.roc_auc_score(y, p, multi_class="ovr", average="macro", **given)


OF_CLASSES: dict[str, Callable[..., Any]] = {
    "accuracy": lambda y, p, **given: sk.accuracy_score(y, p.argmax(1), **given),
    "balanced-accuracy": lambda y, p, **given: sk.balanced_accuracy_score(y, p.argmax(1), **given),
    "log-loss": sk.log_loss,
    "brier": sk.brier_score_loss,
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("targets", [1, 2])
def test_scores_of_numbers_are_those_of_scikit_learn(
    name: str, weights: np.ndarray | None, targets: int
) -> None:
    p, y = PREDICTED[:, -targets:], TRUTH[:, -targets:]
    parts = METRICS[name].parts(p, y, weights)
    assert parts.shape == (80,)
    assert parts.mean() == pytest.approx(VALUES[name](y, p, sample_weight=weights), rel=1e-9)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_weighted_scores_of_classes_are_those_of_scikit_learn(name: str) -> None:
    p = contributions.probabilities(LOGITS)
    wanted = OF_CLASSES[name](CLASSES, p, sample_weight=WEIGHTS)
    assert METRICS[name].parts(LOGITS, CLASSES, WEIGHTS).mean() == pytest.approx(wanted, rel=1e-9)


def test_the_weighted_area_is_that_of_scikit_learn() -> None:
    two = np.round(LOGITS[:, :2], 1)  # with ties
    y = (CLASSES > 0).astype(int)
    wanted = sk.roc_auc_score(y, two[:, 1] - two[:, 0], sample_weight=WEIGHTS)
    assert METRICS["auroc"].parts(two, y, WEIGHTS).mean() == pytest.approx(wanted, rel=1e-9)
    p = contributions.probabilities(LOGITS)
    each = [sk.roc_auc_score(k == CLASSES, p[:, k], sample_weight=WEIGHTS) for k in range(3)]
    ours = METRICS["auroc"].parts(LOGITS, CLASSES, WEIGHTS).mean()
    assert ours == pytest.approx(np.mean(each), rel=1e-9)


@pytest.mark.parametrize(
    "name", [*VALUES, *OF_CLASSES, "auroc"]
)  # a calibration error bins examples
def test_a_whole_weight_is_so_many_copies(name: str) -> None:
    found = METRICS[name]
    given = (PREDICTED, TRUTH) if found.task == "regression" else (LOGITS, CLASSES)
    copies = np.repeat(np.arange(80), WEIGHTS.astype(int))
    wanted = found.parts(given[0][copies], given[1][copies]).mean()
    assert found.parts(*given, WEIGHTS).mean() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("name", [name for name, m in METRICS.items() if not m.noise])
def test_equal_weights_change_nothing(name: str) -> None:
    found = METRICS[name]
    given = (PREDICTED, TRUTH) if found.task == "regression" else (LOGITS, CLASSES)
    wanted = found.parts(*given)
    np.testing.assert_allclose(found.parts(*given, np.full(80, 2.0)), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*VALUES, *OF_CLASSES, "auroc"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_variance_of_parts_is_that_of_the_jackknife(name: str, weighted: bool) -> None:
    rng, n = np.random.default_rng(3), 600
    found = METRICS[name]
    weights = rng.uniform(0.2, 3.0, n) if weighted else None
    if found.task == "regression":
        y: npt.NDArray[Any] = rng.normal(size=(n, 2)) * [1.0, 30.0]
        p = y + rng.normal(size=(n, 2)) * [0.5, 20.0]
    else:
        y = rng.integers(0, 3, n)
        p = rng.normal(size=(n, 3)) + np.eye(3)[y]

    def left_out(i: int) -> float:
        kept = np.arange(n) != i
        own = None if weights is None else weights[kept]
        return float(found.parts(p[kept], y[kept], own).mean())

    pseudo = np.array([left_out(i) for i in range(n)])
    jackknife = (n - 1) * pseudo.var()
    ours = found.parts(p, y, weights).var(ddof=1) / n
    assert ours == pytest.approx(jackknife, rel=0.03)


def test_perfect_and_constant_predictions() -> None:
    assert METRICS["rmse"].parts(TRUTH, TRUTH).tolist() == [0.0] * 80
    assert METRICS["r2"].parts(TRUTH, TRUTH).mean() == pytest.approx(1)
    mean = np.broadcast_to(TRUTH.mean(axis=0), TRUTH.shape)
    assert METRICS["r2"].parts(mean, TRUTH).mean() == pytest.approx(0, abs=1e-12)
    assert np.isnan(METRICS["r2"].parts(PREDICTED, np.ones((80, 2)))).all()


def test_metrics_know_their_task() -> None:
    assert [found.name for found in of_task("regression")] == list(VALUES)
    assert (usual("regression").name, usual("classification").name) == ("rmse", "accuracy")
    assert metric("r2_score", "regression") is METRICS["r2"]
    with pytest.raises(UserError, match=r"accuracy is for classification.*rmse, mae, r2"):
        metric("accuracy", "regression")
