"""Studies judged by other metrics: chosen for them, or read in them afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sk

from bridle.api.study import Study
from bridle.api.training import compare
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset
from bridle.study.measuring import noise_draws
from bridle.study.reading import set_reading
from bridle.study.request import Request, make_plan
from tests.study.conftest import SMALL

ALL = ("accuracy", "balanced-accuracy", "log-loss", "brier", "auroc", "calibration-error")


@pytest.fixture
def study(small_study: Study, tmp_path: Path) -> Study:
    """The small study in a folder of its own, chosen by accuracy."""
    shutil.copytree(small_study.folder, tmp_path / "study")
    return Study(tmp_path / "study")


def test_a_study_is_read_in_another_metric(study: Study) -> None:
    before = study.leaderboard()
    set_reading(study.folder, metric="log_loss")
    again = Study(study.folder)
    assert again.plan.hash == again.request == study.request
    assert again.selected == study.selected
    board = again.leaderboard()
    assert set(board["metric"]) == {"log-loss"}
    assert board["score"].is_monotonic_increasing
    results = again.results().query("selected")
    for row in board.to_dict("records"):
        own = results[results["method"] == row["method"]]
        assert row["score"] == pytest.approx(own["test_loss"].mean(), rel=1e-5)
        assert row["gap"] == pytest.approx(row["score"] - own["train_loss"].mean(), rel=1e-5)
        if row["verdict"] != "baseline":
            none = results[results["method"] == "none"]["test_loss"].mean()
            assert row["difference"] == pytest.approx(none - own["test_loss"].mean(), abs=1e-5)
    comparison = again.comparison()
    assert comparison is not None
    assert comparison.margin == pytest.approx(-0.1 * comparison.baseline_score.mean)
    set_reading(study.folder, metric="accuracy")
    assert Study(study.folder).leaderboard().equals(before)


def test_every_metric_gives_an_answer(study: Study) -> None:
    plain, table = study.test_scores(), study.metrics()
    assert list(table.columns) == ["method", "replicate", *ALL]
    for name in ALL:
        set_reading(study.folder, metric=name)
        again = Study(study.folder)
        assert again.summary
        assert set(again.leaderboard()["verdict"]) - {"baseline"}
        for label, own in again.test_scores().items():
            rows = table[table["method"] == label].sort_values("replicate")
            np.testing.assert_allclose(own, rows[name], atol=1e-7)
            np.testing.assert_allclose(rows["accuracy"], plain[label], atol=1e-7)


def test_the_page_and_figures_are_of_the_metric(study: Study) -> None:
    set_reading(study.folder, metric="auroc")
    again = Study(study.folder)
    page = again.report().read_text(encoding="utf-8")
    assert f"&amp;&amp; bridle report {study.folder} --metric auroc" in page
    assert "chosen by validation accuracy" in page
    assert "test AUROC" in page
    shown = page.partition("<template")[0]  # other metrics are in templates
    assert ">gap<" not in shown  # in this metric nothing is known of the training rows
    assert (study.folder / "metrics.csv").is_file()
    assert again.figure("reliability").axes


def test_predictions_are_scored_on_their_own_targets(study: Study) -> None:
    split = study.dataset.replicate(2, study.plan.seed)
    p = np.exp(study.predictions("l1", 2)["test"].astype(np.float64))
    p /= p.sum(axis=1, keepdims=True)
    assert study.test_scores("auroc")["l1"][2] == pytest.approx(
        sk.roc_auc_score(split.targets[split.test], p[:, 1])
    )


def test_settings_are_chosen_by_loss_for_metrics_of_probabilities(
    study: Study, tmp_path: Path
) -> None:
    other = compare(
        "moons(n=60)",
        out=tmp_path / "other",
        executor=InProcessExecutor(),
        metric="brier",
        **SMALL,
    )
    assert other.plan.criterion == "log-loss"
    assert other.request != study.request
    results = other.results()
    for _, runs in results.groupby(["method", "replicate"]):
        chosen = runs[runs["selected"]]
        assert float(chosen["val_loss"].iloc[0]) == runs["val_loss"].min()
    # the same runs, whatever they are chosen by
    columns = ["method", "hyperparameters", "replicate", "val_score", "test_loss"]
    assert results[columns].equals(study.results()[columns])
    assert other.settled()
    assert "chosen by validation log-loss" in other.report().read_text(encoding="utf-8")


def test_noise_is_the_same_for_all_methods_and_again(study: Study) -> None:
    set_reading(study.folder, metric="robustness(noise=0.5)")
    first = Study(study.folder).test_scores()
    split = study.dataset.replicate(1, study.plan.seed)
    # noise is drawn as the data set's own numbers are: by seed, replicate and purpose
    from bridle.data.randomness import generator

    random, draws = generator(study.plan.seed, 1, "robustness"), noise_draws(len(split.test))
    right = []
    for _ in range(draws):
        noise = random.standard_normal((len(split.test), 2), dtype=np.float32)
        raw = split.inputs[split.test] + 0.5 * noise / split.scale
        p = study.probabilities("dropout", 1, raw)
        right.append((p.argmax(axis=1) == split.targets[split.test]).mean())
    assert first["dropout"][1] == pytest.approx(np.mean(right), abs=2e-3)
    kept = sorted((study.folder / "robustness" / "0.5").iterdir())
    assert len(kept) == len(study.selected)
    kept[0].write_bytes(b"damaged")
    again = Study(study.folder).test_scores()
    for label, own in first.items():
        np.testing.assert_array_equal(own, again[label])
    assert (first["none"] <= study.test_scores()["none"] + 0.05).all()


def test_margins_follow_the_metric(study: Study) -> None:
    set_reading(study.folder, margin="0.5pt")
    set_reading(study.folder, metric="auroc", margin="0.01")
    assert Study(study.folder).plan.margin == "0.01"
    set_reading(study.folder, metric="auroc")
    assert Study(study.folder).plan.margin == "0.01"
    set_reading(study.folder, metric="log-loss")  # in which 0.01 is something else
    assert Study(study.folder).plan.margin == "10%"
    set_reading(study.folder, margin="5%")
    set_reading(study.folder, metric="brier")
    assert Study(study.folder).plan.margin == "5%"
    with pytest.raises(UserError, match="percentage points"):
        set_reading(study.folder, metric="log-loss", margin="0.5pt")
    assert Study(study.folder).plan.metric == "brier"
    with pytest.raises(UserError, match="Did you mean 'brier'"):
        set_reading(study.folder, metric="briar")
    set_reading(study.folder, metric="accuracy", margin="0.5pt")
    set_reading(study.folder, metric="log-loss")
    set_reading(study.folder, metric="accuracy")
    plan = Study(study.folder).plan
    assert (plan.margin, plan.stated) == ("10%", "10%")  # what was stated before training


def test_a_metric_alone_makes_no_other_study() -> None:
    data = open_dataset("moons(n=60)")
    plain = make_plan(data, Request())
    assert make_plan(data, Request(metric="balanced-accuracy")).hash == plain.hash
    assert make_plan(data, Request(metric="robustness")).metric == "robustness(noise=0.3)"
    assert make_plan(data, Request(metric="log-loss")).hash != plain.hash
