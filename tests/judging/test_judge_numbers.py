"""Predicted numbers of any framework judged by a metric, against scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

import bridle
from bridle.cli import main
from bridle.errors import UserError

EXAMPLES, REPLICATES = 60, 6


def tables(targets: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs and predictions of two methods on a fixed test set, with weights."""
    rng = np.random.default_rng(0)
    truth = 50 + 10 * rng.normal(size=(EXAMPLES, targets)) * 100 ** np.arange(targets)
    ends = [""] if targets == 1 else [f"_{name}" for name in "ab"[:targets]]
    runs, predictions = [], []
    for method, noise in {"none": 6.0, "l2": 3.0}.items():
        for replicate in range(REPLICATES):
            shown = truth + noise * rng.normal(size=truth.shape) * 100 ** np.arange(targets)
            runs.append({"method": method, "replicate": replicate, "score": 0.5})
            own = {f"target{end}": truth[:, t] for t, end in enumerate(ends)}
            own |= {f"prediction{end}": shown[:, t] for t, end in enumerate(ends)}
            frame = pd.DataFrame(own).assign(method=method, replicate=replicate)
            predictions.append(frame.assign(example=range(EXAMPLES)))
    return pd.DataFrame(runs), pd.concat(predictions, ignore_index=True)


RUNS, PREDICTIONS = tables()
ORACLES: dict[str, Callable[..., float]] = {
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}


def oracle(name: str, predictions: pd.DataFrame, method: str, ends: list[str]) -> float:
    """The mean over replicates of scikit-learn's score."""
    own = predictions[predictions["method"] == method]
    found = []
    for _, run in own.groupby("replicate"):
        weights = run.get("weight")
        truth, shown = ([f"{part}{end}" for end in ends] for part in ("target", "prediction"))
        found.append(ORACLES[name](run[truth], run[shown], sample_weight=weights))
    return float(np.mean(found))


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("design", ["fixed_test", "fresh"])
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_those_of_scikit_learn(name: str, design: str, weighted: bool) -> None:
    predictions = PREDICTIONS
    if weighted:
        predictions = PREDICTIONS.assign(weight=1.0 + PREDICTIONS["example"] % 3)
    judged = bridle.judge(RUNS, design, predictions=predictions, metric=name)
    board: Any = judged.leaderboard().set_index("method")
    for method in ("none", "l2"):
        wanted = oracle(name, predictions, method, [""])
        assert board.loc[method, "score"] == pytest.approx(wanted, rel=1e-9)
    # smaller errors are better, and differences are positive where a method is better
    assert board.loc["l2", "rank"] == 1
    assert board.loc["l2", "difference_low"] > 0
    assert board.loc["l2", "verdict"] == "helps"
    assert judged.summary.startswith("L2 helps")
    assert ("is lower by" in judged.summary) == (name != "r2")


@pytest.mark.parametrize("name", ORACLES)
def test_several_targets(name: str) -> None:
    runs, predictions = tables(2)
    board = bridle.judge(runs, predictions=predictions, metric=name).leaderboard()
    for method, score in zip(board["method"], board["score"], strict=True):
        assert score == pytest.approx(oracle(name, predictions, method, ["_a", "_b"]), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="target"), "no column 'target'"),
        (lambda t: t.rename(columns={"prediction": "yhat"}), "Did you mean 'yhat'"),
        (lambda t: t.drop(columns="prediction"), "target and prediction; of several targets"),
        (lambda t: t.assign(target=t["target"].where(t.index != 7)), "row 7, column 'target'"),
        (lambda t: t.assign(prediction=np.inf), "column 'prediction': expected a finite number"),
        (lambda t: t.assign(weight=-1.0), "expected a weight of 0 or more, received -1"),
        (lambda t: t.assign(weight=0.0), "every weight of method 'none', replicate '0' is 0"),
        (lambda t: t[t["replicate"] != 2], "no predictions of method 'none', replicate '2'"),
        (
            lambda t: t.rename(columns={"prediction": "prediction_a"}),
            "predictions of 'a' and no column 'target_a'",
        ),
        (lambda t: t.assign(target="cat"), "expected a number, received 'cat'"),
    ],
)
def test_mistakes_are_named(change: Callable[[pd.DataFrame], Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        bridle.judge(RUNS, predictions=change(PREDICTIONS), metric="rmse")


def test_r2_of_targets_that_are_alike() -> None:
    with pytest.raises(UserError, match="R² of method 'none', replicate '0' is not known"):
        bridle.judge(RUNS, predictions=PREDICTIONS.assign(target=1.0), metric="r2")


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    RUNS.to_csv("runs.csv", index=False)
    PREDICTIONS.rename(columns={"target": "y", "prediction": "y_hat"}).to_csv("p.csv", index=False)
    line = ["judge", "runs.csv", "--predictions", "p.csv", "--metric", "rmse"]
    assert main([*line, "--columns", "target=y,prediction=y_hat"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "L2 helps: test RMSE is lower by" in out
    assert main(line) == 2
    assert "--columns target=y,prediction=y_hat" in capsys.readouterr().err
