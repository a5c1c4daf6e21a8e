"""A comparison of a regression from arrays: tables, predictions, metrics and words, in the targets' unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

import bridle
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.command import command_of

RNG = np.random.default_rng(7)
X = RNG.normal(size=(80, 3))
Y = pd.DataFrame({"price": 1e4 + 3e3 * X[:, 0], "area": np.sin(X[:, 1]) + 0.1 * X[:, 2]})
ASKED: dict[str, Any] = {
    "methods": ["none", "l2(strength=1e-4)", "dropout"],
    "configurations": 2,
    "replicates": 3,
    "epochs": 8,
    "widths": [8],
    "seed": 1,
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("regression") / "study"
    weights = 1.0 + np.arange(80) % 3
    return bridle.compare(
        X, Y, sample_weight=weights, out=out, executor=InProcessExecutor(), **ASKED
    )


def test_tables_hold_errors_in_the_targets_unit(study: Study) -> None:
    results = study.results()
    assert set(results["metric"]) == {"rmse"}
    board = study.leaderboard()
    assert (board["metric"] == "rmse").all()
    assert board["score"].is_monotonic_increasing  # lower is better
    base = board["score"][board["method"] == "none"].item()
    for row in board.to_dict("records"):
        if row["method"] != "none":
            assert row["difference"] == pytest.approx(base - row["score"])
            assert row["gap"] == pytest.approx(row["score"] - row["train_score"])
    # of configurations that of the lowest validation score
    for _, group in results.groupby(["method", "replicate"]):
        assert group.loc[group["selected"], "val_score"].item() == group["val_score"].min()


def test_stored_predictions_give_the_scores(study: Study) -> None:
    table = study.results().query("selected").set_index(["method", "replicate"])
    metrics = study.metrics().set_index(["method", "replicate"])
    truth = Y.to_numpy()
    place: Any
    for place, row in table.iterrows():
        method, replicate = place
        split = study.dataset.replicate(replicate, study.plan.seed)
        own = split.weights_of(split.test)
        predicted = study.predictions(method, replicate)["test"]
        given = (truth[split.test], predicted)
        for name, score in (
            ("rmse", sk.root_mean_squared_error),
            ("mae", sk.mean_absolute_error),
            ("r2", sk.r2_score),
        ):
            wanted = score(*given, sample_weight=own)
            assert metrics.loc[place, name] == pytest.approx(wanted, rel=1e-5)
        assert row["test_score"] == pytest.approx(metrics.loc[place, "rmse"], rel=1e-5)
        again = study.probabilities(method, replicate, X[split.test])
        np.testing.assert_allclose(again, predicted, rtol=1e-4)


def test_words_speak_of_errors(study: Study) -> None:
    notes = " ".join(study.plan.notes)
    assert "y holds 2 columns of numbers, so they are learned as a regression" in notes
    assert "RMSE" in study.summary
    assert "accuracy" not in study.summary
    assert "labels" not in study.summary  # what is shuffled are targets
    assert "%" not in study.leaderboard().to_string()


def test_other_metrics_and_figures(study: Study) -> None:
    assert study.test_scores("r2")["none"].shape == (3,)
    with pytest.raises(UserError, match="accuracy is for classification"):
        study.test_scores("accuracy")
    with pytest.raises(UserError, match="it does not suit a regression"):
        study.figure("reliability")
    assert any("RMSE" in axes.get_ylabel() for axes in study.figure("curves").axes)
    labels = {axes.get_xlabel() for axes in study.figure("predictions").axes}
    assert labels == {"true price", "true area"}


def test_the_call_that_compares_again_names_task_and_weights(study: Study) -> None:
    assert "task='regression'" in command_of(study.plan)
    assert study.answer.evidence.again is not None
    line = study.answer.evidence.again(replicates=10)
    assert line.startswith("bridle.compare(X, y, task='regression', sample_weight=sample_weight, ")


def test_the_page_says_what_guessing_gives(study: Study) -> None:
    page = study.report().read_text(encoding="utf-8")
    split = study.dataset.replicate(0, study.plan.seed)
    own, y = split.weights_of(split.test), Y.to_numpy()
    mean = np.average(y[split.train], axis=0, weights=split.weights_of(split.train))
    guess = np.broadcast_to(mean, (len(split.test), 2))
    score = sk.root_mean_squared_error(y[split.test], guess, sample_weight=own)
    assert f"{score:,.0f} test RMSE (always the mean of the training targets; replicate 0)" in page
    assert "sample_weight=sample_weight" in page
    assert 'id="predictions"' in page


def test_the_study_is_found_again(study: Study) -> None:
    again = Study(study.folder)
    assert again.complete
    assert again.dataset == study.dataset
    assert again.leaderboard().equals(study.leaderboard())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"metric": "accuracy"}, "metric accuracy is for classification"),
        ({"select": "one-se"}, "one-standard-error rule is for settings chosen by accuracy"),
        ({"task": "classification"}, "not a whole number"),
        ({"class_weight": "balanced"}, "class_weight is for classes"),
    ],
)
def test_what_does_not_fit_is_refused(asked: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        bridle.compare(X, Y["price"], out=tmp_path / "no", **(ASKED | asked))
    assert not (tmp_path / "no").exists()


def test_weights_go_with_arrays_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="go with X and y"):
        bridle.compare("moons", sample_weight=[1.0], out=tmp_path / "no")
    with pytest.raises(UserError, match="moons are for classification"):
        bridle.compare("moons", task="regression", out=tmp_path / "no")
