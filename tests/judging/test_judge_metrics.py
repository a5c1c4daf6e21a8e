"""Predictions of any framework judged by a metric, against scikit-learn and against plain scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

import bridle
from bridle.cli import main
from bridle.errors import UserError

CLASSES = ("cat", "dog", "eel")


def tables(replicates: int = 6, examples: int = 80) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs and predictions of two methods on a fixed test set."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, examples)
    runs, predictions = [], []
    for method, skill in {"none": 1.0, "l2": 2.2}.items():
        for replicate in range(replicates):
            z = rng.normal(size=(examples, 3))
            z[np.arange(examples), targets] += skill
            p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            accuracy = (p.argmax(axis=1) == targets).mean()
            runs.append({"method": method, "replicate": replicate, "score": accuracy})
            for i, row in enumerate(p):
                predictions.append(
                    {
                        "method": method,
                        "replicate": replicate,
                        "example": i,
                        "target": CLASSES[targets[i]],
                        **{f"p_{name}": value for name, value in zip(CLASSES, row, strict=True)},
                    }
                )
    return pd.DataFrame(runs), pd.DataFrame(predictions)


RUNS, PREDICTIONS = tables()
P = [f"p_{name}" for name in CLASSES]
ORACLES: dict[str, Any] = {
    "log-loss": lambda own: sk.log_loss(own["target"], own[P], labels=CLASSES),
    "brier": lambda own: sk.brier_score_loss(own["target"], own[P], labels=CLASSES),
    "auroc": lambda own: sk.roc_auc_score(own["target"], own[P], multi_class="ovr", labels=CLASSES),
    "balanced-accuracy": lambda own: sk.balanced_accuracy_score(
        own["target"], np.array(CLASSES)[own[P].to_numpy().argmax(axis=1)]
    ),
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("design", ["fixed_test", "fresh"])
def test_scores_are_computed_from_probabilities(name: str, design: str) -> None:
    judged = bridle.judge(RUNS, design, predictions=PREDICTIONS, metric=name)
    board: Any = judged.leaderboard().set_index("method")
    for method, own in PREDICTIONS.groupby("method"):
        wanted = np.mean([ORACLES[name](run) for _, run in own.groupby("replicate")])
        assert board.loc[method, "score"] == pytest.approx(wanted, rel=1e-9)
    l2 = board.loc["l2"]
    assert l2["rank"] == 1
    assert l2["difference_low"] > 0
    assert l2["verdict"] == "helps"
    assert judged.summary.startswith("L2 helps")


def test_accuracy_from_probabilities_is_accuracy() -> None:
    right = PREDICTIONS[["method", "replicate", "example"]].copy()
    shown = np.array(CLASSES)[PREDICTIONS[P].to_numpy().argmax(axis=1)]
    right["correct"] = (shown == PREDICTIONS["target"]).astype(int)
    plain = bridle.judge(RUNS, predictions=right).leaderboard()
    ours = bridle.judge(RUNS, predictions=PREDICTIONS, metric="accuracy").leaderboard()
    columns = ["method", "score", "difference", "difference_low", "difference_high", "verdict"]
    pd.testing.assert_frame_equal(plain[columns], ours[columns])


@pytest.mark.parametrize(
    ("change", "metric", "said"),
    [
        (lambda t: t.drop(columns="target"), "log-loss", "no column 'target'"),
        (lambda t: t.drop(columns=P), "log-loss", "no two columns of probabilities"),
        (lambda t: t.replace({"target": {"eel": "fox"}}), "log-loss", "'fox' has no column"),
        (lambda t: t.assign(p_cat=t["p_cat"] + 0.5), "log-loss", "row 0: expected probabilities"),
        (lambda t: t[t["replicate"] != 2], "log-loss", "no predictions of method 'none', repl"),
        (lambda t: t, "loglos", "Did you mean 'log-loss'"),
        (lambda t: t, "robustness", "needs the networks themselves"),
    ],
)
def test_mistakes_are_named(change: Any, metric: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        bridle.judge(RUNS, predictions=change(PREDICTIONS), metric=metric)


def test_the_command(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    RUNS.to_csv("runs.csv", index=False)
    PREDICTIONS.to_csv("p.csv", index=False)
    assert main(["judge", "runs.csv", "--predictions", "p.csv", "--metric", "log-loss"]) == 0
    out = capsys.readouterr().out
    assert "test log-loss is lower by" in " ".join(out.split())
    assert "nats" in out
    assert main(["judge", "runs.csv", "--design", "fresh", "--metric", "log-loss"]) == 2
    assert "--predictions FILE" in capsys.readouterr().err
