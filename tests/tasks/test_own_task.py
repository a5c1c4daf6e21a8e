"""A third task, from one file: compared, worded, drawn, stored and predicted with, without an edit anywhere else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_poisson_deviance

import bridle
from bridle.api.study import Study
from bridle.data import from_arrays
from bridle.errors import UserError
from bridle.study.command import command_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 2))
Y = RANDOM.poisson(np.exp(1.0 + 0.9 * X[:, 0]))
TASK = "tests.tasks.counts:Counts"
METRIC = "tests.tasks.counts:DEVIANCE"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return bridle.compare(
        X,
        Y,
        task=TASK,
        methods="none,l2",
        configurations=2,
        replicates=3,
        epochs=30,
        widths=(8,),
        learning_rate=0.01,
        schedule="constant",
        out=tmp_path_factory.mktemp("own") / "study",
        executor="inline",
    )


def test_scores_are_scikit_learn_s(study: Study) -> None:
    frame = study.results().query("selected").set_index(["method", "replicate"])
    for method, replicate in frame.index:
        split = study.dataset.replicate(replicate, 0)
        rates = study.predictions(method, replicate)["test"]
        truth = split.targets[split.test]
        expected = mean_poisson_deviance(truth[:, 0], rates[:, 0])
        assert frame.loc[(method, replicate), "test_score"] == pytest.approx(expected, rel=1e-5)
        assert expected < mean_poisson_deviance(truth[:, 0], np.full(len(truth), truth.mean()))
        own = study.probabilities(method, replicate, split.inputs[split.test])
        np.testing.assert_allclose(own, rates, rtol=1e-4)
    other = study.test_scores("mae")["none"][0]
    split = study.dataset.replicate(0, 0)
    rates = study.predictions("none", 0)["test"]
    assert other == pytest.approx(mean_absolute_error(split.targets[split.test], rates))
    assert list(study.metrics().columns[2:]) == [METRIC, "mae"]


def test_training_scores_are_those_of_the_end(study: Study) -> None:
    last = study.histories().query("method == 'none' and replicate == 0").iloc[-1]
    chosen = study.results().query("method == 'none' and replicate == 0 and selected").iloc[0]
    assert last["val_score"] == pytest.approx(chosen["val_score"], rel=1e-4)
    assert last["val_loss"] == pytest.approx(chosen["val_loss"], rel=1e-4)


def test_every_face_speaks_of_it(study: Study) -> None:
    assert study.plan.metric == METRIC
    assert "Poisson deviance" in study.summary
    assert "counts" in study.summary
    board = study.leaderboard()
    assert (board["score"] > 0).all()
    assert board["score"].is_monotonic_increasing
    page = " ".join(re.sub(r"<[^>]+>", " ", Path(study.report()).read_text()).split())
    assert "Mean validation loss at every setting tried" in page
    assert "in nats; positive is better" in page
    assert "1 count" in page
    assert "--metric mae" in page
    assert f"task='{TASK}'" in command_of(study.plan)
    assert list(pd.read_csv(study.folder / "leaderboard.csv")["method"]) == list(board["method"])
    assert json.loads((study.folder / "study.json").read_text())["plan"]["metric"] == METRIC


def test_unscaled_targets_are_not_diagnosed(tmp_path: Path) -> None:
    """A network's own loss says nothing beside the squared error of the mean."""
    with pytest.raises(UserError, match=r"does not standardize them.*task='regression'"):
        bridle.diagnose(X, Y, task=TASK, out=tmp_path / "diagnosis")
    assert not (tmp_path / "diagnosis").exists()


def test_it_is_opened_again(study: Study) -> None:
    again = bridle.resume(study.folder)
    assert isinstance(again, Study)
    assert again.dataset.task == study.dataset.task
    assert again.dataset.spec == study.dataset.spec
    assert again.leaderboard().equals(study.leaderboard())


def test_the_same_rows_of_another_task_are_another_data_set() -> None:
    counts, values = (from_arrays(X, Y, task=task) for task in (TASK, "regression"))
    assert counts.spec != values.spec
    assert f"task={TASK}" in counts.spec


def test_mistakes() -> None:
    with pytest.raises(UserError, match="y must hold counts; received -1"):
        from_arrays(X, Y - 1.0 - Y.min(), task=TASK)
    with pytest.raises(UserError, match="takes no arguments"):
        from_arrays(X, Y, task=f"{TASK}(loss=huber)")
    with pytest.raises(UserError, match=r"must be a subclass of bridle\.tasks\.Task"):
        from_arrays(X, Y, task=METRIC)
    with pytest.raises(UserError, match=r"Metrics of a .*: .*DEVIANCE, mae\."):
        bridle.compare(X, Y, task=TASK, metric="auroc")
    with pytest.raises(
        UserError, match=r"Unknown task 'count'\. Known: classification, regression"
    ):
        from_arrays(X, Y, task="count")
