"""Whether lower or higher is better, by the name of a score in any usual spelling."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import get_scorer, get_scorer_names

from bridle.metrics import METRICS
from bridle.metrics.names import meaning, part

LOWER = (
    "loss", "test_loss", "val_loss", "valid-loss", "eval/loss", "testLoss", "Test Loss (nats)", "trainloss", "log-loss",
    "log_loss", "logloss", "LogLoss", "cross-entropy", "CE", "BCELoss", "nll", "NLL", "nll_loss",
    "negative log likelihood", "perplexity", "brier", "brier_score_loss", "calibration-error", "ECE", "error", "err",
    "error_rate", "test error", "val_error", "top5 error", "misclassification rate", "RMSE", "mse", "MAE", "MAPE",
    "mean squared error", "root_mean_squared_error", "WER", "hamming loss", "zero_one_loss", "1-accuracy", "1 - AUC",
)  # fmt: skip
HIGHER = (
    "accuracy", "acc", "test/acc", "TestAcc", "val_accuracy", "Top-1 Accuracy", "top1_acc", "acc@1", "acc1",
    "accuracy (%)", "balanced_accuracy", "balanced-accuracy", "AUROC", "roc_auc", "auc", "f1", "F1-Score", "MacroF1",
    "f1_macro", "R2", "R²", "r2_score", "robustness(noise=0.3)", "neg_log_loss", "neg_root_mean_squared_error",
    "neg_mse", "-RMSE", "negative_loss", "precision", "recall@5", "mAP", "mIoU", "MCC", "reward", "log-likelihood",
    "1 - error rate",
)  # fmt: skip
UNKNOWN = (
    "", "value", "result", "metric", "xyz", "time", "fit_time", "score_time", "loss_std", "test_score_std", "fold",
    "neg_accuracy", "-accuracy", "neg_score", "1-score", "accuracy loss", "loss accuracy", "objective", "dB",
)  # fmt: skip


@pytest.mark.parametrize("name", LOWER)
def test_lower_is_better(name: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.lower
    assert not found.generic


@pytest.mark.parametrize("name", HIGHER)
def test_higher_is_better(name: str) -> None:
    found = meaning(name)
    assert found is not None
    assert not found.lower
    assert not found.generic


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_names_are_not_known(name: str) -> None:
    assert meaning(name) is None


@pytest.mark.parametrize("name", ["score", "Score", "test_score", "Test Score", "val-score"])
def test_score_names_no_metric(name: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.generic
    assert not found.lower


def test_bridles_own_metrics_are_known() -> None:
    for name, metric in METRICS.items():
        found = meaning(name)
        assert found is not None
        assert found.lower == metric.lower
        assert (found.range in ("share", "at most 1")) == metric.whole


def test_every_scorer_of_scikit_learn_that_is_known_is_known_the_right_way() -> None:
    known = {name: meaning(name) for name in get_scorer_names()}
    assert all(found is None or not found.lower for found in known.values())  # greater is better
    assert sum(found is None for found in known.values()) < 5
    for name in known:
        inner = get_scorer(name)._score_func.__name__
        if (found := meaning(inner)) is not None and name.startswith("neg_"):
            assert found.lower, inner


@given(
    st.sampled_from(
        ["log loss", "accuracy", "mean absolute error", "cross entropy", "neg log loss"]
    ),
    st.sampled_from(["", "test", "val", "valid", "validation", "train", "eval", "mean", "final"]),
    st.sampled_from("_-/. "),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_spellings_say_the_same(name: str, prefix: str, separator: str, case: object) -> None:
    words = [*([prefix] if prefix and not name.startswith("neg") else []), *name.split()]
    written = case(separator.join(words))  # type: ignore[operator]
    found, plain = meaning(written), meaning(name)
    assert found is not None
    assert plain is not None
    assert (found.lower, found.range) == (plain.lower, plain.range)


@given(st.text(max_size=30))
def test_any_text_is_read(name: str) -> None:
    meaning(name)
    part(name)


def test_parts_of_the_data() -> None:
    for separator, (words, expected) in itertools.product(
        "_/- ", (("val", "validation"), ("train", "training"), ("test", "test"), ("", "test"))
    ):
        assert part(f"{words}{separator}loss") == expected
    assert part("value") == "test"
