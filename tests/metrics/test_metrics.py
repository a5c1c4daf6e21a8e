"""Every metric against scikit-learn, and its parts against variances known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from bridle.errors import UserError
from bridle.metrics import METRICS, contributions, metric

Logits = npt.NDArray[np.float32]
Targets = npt.NDArray[np.int64]


def example(n: int, classes: int, seed: int = 0, sure: float = 1.0) -> tuple[Logits, Targets]:
    """Predictions better than chance, of classes of different frequency, every one present."""
    rng = np.random.default_rng(seed)
    targets = np.minimum(rng.integers(0, classes + 2, n), classes - 1)
    targets[:classes] = range(classes)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), targets] += 1
    return (sure * logits).astype(np.float32), targets


def area(y: Targets, p: Any) -> float:
    if p.shape[1] == 2:
        return float(sk.roc_auc_score(y, p[:, 1]))
    return float(sk.roc_auc_score(y, p, multi_class="ovr", average="macro"))


ORACLES: dict[str, Callable[[Targets, Any], float]] = {
    "accuracy": lambda y, p: sk.accuracy_score(y, p.argmax(1)),
    "balanced-accuracy": lambda y, p: sk.balanced_accuracy_score(y, p.argmax(1)),
    "log-loss": sk.log_loss,
    "brier": lambda y, p: sk.brier_score_loss(y, p[:, 1] if p.shape[1] == 2 else p),
    "auroc": area,
}


@pytest.mark.parametrize("name", ORACLES)
@settings(deadline=None, max_examples=25)
@given(
    st.integers(12, 80), st.integers(2, 5), st.integers(0, 1000), st.sampled_from([0.2, 1.0, 6.0])
)
def test_scores_are_those_of_scikit_learn(
    name: str, n: int, classes: int, seed: int, sure: float
) -> None:
    logits, targets = example(n, classes, seed, sure)
    parts = METRICS[name].parts(logits, targets)
    assert parts.shape == (n,)
    wanted = ORACLES[name](targets, contributions.probabilities(logits))
    assert parts.mean() == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_tied_probabilities_count_half() -> None:
    logits = np.array([[0, 1], [0, 1], [0, 1], [0, -2.0]])
    targets = np.array([0, 1, 1, 0])
    assert contributions.auroc(logits, targets).mean() == pytest.approx(0.75)
    assert sk.roc_auc_score(targets, logits[:, 1]) == pytest.approx(0.75)


def test_the_parts_of_the_area_have_delongs_variance() -> None:
    logits, targets = example(300, 2, 3)
    score = (logits[:, 1] - logits[:, 0]).astype(np.float64)
    above, below = score[targets == 1], score[targets == 0]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    m, n = wins.shape
    ours = contributions.auroc(logits, targets).var(ddof=1) / 300
    # DeLong's S10 / m + S01 / n, with sums over m and n where his are over m − 1 and n − 1
    wanted = wins.mean(axis=1).var() / m + wins.mean(axis=0).var() / n
    assert ours == pytest.approx(wanted * 300 / 299, rel=1e-9)


def test_the_parts_of_balanced_accuracy_have_the_variance_of_a_stratified_mean() -> None:
    logits, targets = example(300, 3, 4)
    right = contributions.accuracy(logits, targets)
    recalls = [right[targets == k] for k in range(3)]
    wanted = sum(r.var() / len(r) for r in recalls) / 9
    ours = contributions.balanced_accuracy(logits, targets).var() / 300
    assert ours == pytest.approx(wanted, rel=1e-9)


def test_classes_without_a_test_example_are_left_out() -> None:
    logits, targets = example(60, 3, 5)
    kept = targets != 1
    logits, targets = logits[kept], targets[kept]
    recalls = [(logits[targets == k].argmax(1) == k).mean() for k in (0, 2)]
    assert contributions.balanced_accuracy(logits, targets).mean() == pytest.approx(
        np.mean(recalls)
    )
    p = contributions.probabilities(logits)
    areas = [sk.roc_auc_score(targets == k, p[:, k]) for k in (0, 2)]
    assert contributions.auroc(logits, targets).mean() == pytest.approx(np.mean(areas))
    assert np.isnan(contributions.auroc(logits[:, :2], np.zeros(len(logits), int))).all()


def test_bins_of_the_calibration_error_are_those_of_scikit_learn() -> None:
    logits, targets = example(300, 4, 6, 2.0)
    sure, right = contributions.confidence(logits, targets)
    accuracy, confident = calibration_curve(right, sure, n_bins=15, strategy="quantile")
    rows = contributions.equal_bins(sure)
    assert len(rows) == 15
    np.testing.assert_allclose([sure[r].mean() for r in rows], confident)
    np.testing.assert_allclose([right[r].mean() for r in rows], accuracy)
    # the squared gap of a bin, less what chance alone adds to it
    gaps = [sure[r] - right[r] for r in rows]
    wanted = np.mean([g.mean() ** 2 - g.var(ddof=1) / len(g) for g in gaps])
    ours = contributions.calibration_error(logits, targets).mean()
    assert ours == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("factor", "gap"), [(1.0, 0.0), (2.0, 0.0108)])
def test_the_calibration_error_has_no_bias(factor: float, gap: float) -> None:
    """Few examples find on average the mean of the squared gap, by integration 0.0108 at twice the logits."""

    def draw(rng: np.random.Generator, n: int) -> float:
        truth = 2 * rng.normal(size=n)
        targets = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(int)
        logits = factor * np.stack([np.zeros(n), truth], axis=1)
        return float(contributions.calibration_error(logits, targets).mean())

    rng = np.random.default_rng(8)
    assert draw(rng, 400_000) == pytest.approx(gap, abs=3e-4)
    few = [draw(rng, 150) for _ in range(2000)]
    error = np.std(few) / np.sqrt(len(few))
    assert np.mean(few) == pytest.approx(gap, abs=4 * error + 2e-4)


def test_names_are_read_as_they_are_written() -> None:
    for name, found in METRICS.items():
        assert metric(name).parts is found.parts
        assert metric(metric(name).name) == metric(name)
    assert metric("Log_Loss").name == "log-loss"
    assert metric("robustness").name == "robustness(noise=0.3)"
    assert metric("robustness(noise=0.50)").noise == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loglos", "Did you mean 'log-loss'"),
        ("f1", "Known: accuracy, auroc"),
        ("robustness(nois=1)", "Did you mean 'noise'"),
        ("robustness(noise=0)", "greater than 0"),
        ("brier(bins=3)", "takes no arguments"),
        ("log-loss)", "expected a form like"),
        (3, "must be a name"),
    ],
)
def test_mistakes_are_named(text: Any, said: str) -> None:
    with pytest.raises(UserError, match=said.replace("(", r"\(")):
        metric(text)
