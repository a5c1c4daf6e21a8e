"""Studies: tables, selection, what they read and what they refuse."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.study import Study
from bridle.api.training import compare
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset, prepare
from bridle.study.driver import Progress
from bridle.study.plan import read_plan, write_plan
from bridle.study.queue import Queue
from bridle.study.request import Request, make_plan
from bridle.study.selection import at_edge, most_chosen

from .conftest import SMALL

RESULTS = (
    "dataset,method,hyperparameters,replicate,selected,status,epochs_run,best_epoch,metric,"
    "train_score,val_score,test_score,train_loss,val_loss,test_loss,penalty,weight_norm,exact_zeros,"
    "share,score_change,weights_change,predictions_changed,inert"
)
LEADERBOARD = (
    "rank,method,hyperparameters,metric,score,difference,difference_low,difference_high,wins,"
    "train_score,gap,exact_zeros,share,predictions_changed,inert,trained,replicates,failed,verdict"
)


def test_the_files_have_the_promised_columns(small_study: Study) -> None:
    lines = (small_study.folder / "results.csv").read_text().splitlines()
    assert lines[0] == RESULTS
    assert len(lines) == 1 + 4 * 2 * 3
    assert (small_study.folder / "leaderboard.csv").read_text().splitlines()[0] == LEADERBOARD


def test_results_stand_in_plan_order_with_sorted_json(small_study: Study) -> None:
    frame = pd.read_csv(small_study.folder / "results.csv")
    assert list(frame["method"].drop_duplicates()) == ["none", "l1", "dropout", "batch_norm"]
    assert list(frame["replicate"][:3]) == [0, 1, 2]
    for text in frame["hyperparameters"]:
        content = json.loads(text)
        assert list(content) == sorted(content)
        assert "learning_rate" in content
    assert set(frame["selected"]) == {True, False}
    assert set(frame["metric"]) == {"accuracy"}
    assert frame["exact_zeros"].between(0, 1).all()


def test_one_run_is_selected_per_method_and_replicate_by_validation(small_study: Study) -> None:
    frame = small_study.results()
    chosen = frame[frame["selected"]]
    assert len(chosen) == 4 * 3
    for (method, replicate), group in frame.groupby(["method", "replicate"]):
        best = group.sort_values(["val_score", "val_loss"], ascending=[False, True], kind="stable")
        mine = chosen[(chosen["method"] == method) & (chosen["replicate"] == replicate)]
        assert mine["hyperparameters"].item() == best["hyperparameters"].iloc[0]


def test_the_leaderboard_is_the_mean_over_selected_runs(small_study: Study) -> None:
    board: Any = small_study.leaderboard().set_index("method")
    chosen = (
        small_study.results()
        .query("selected")
        .pivot(index="replicate", columns="method", values="test_score")
    )
    for method in chosen:
        assert board.loc[method, "score"] == pytest.approx(chosen[method].mean())
        if method != "none":
            difference = chosen[method] - chosen["none"]
            assert board.loc[method, "difference"] == pytest.approx(difference.mean())
            assert board.loc[method, "wins"] == (difference > 0).sum()
    assert board.loc["none", "verdict"] == "baseline"
    assert list(board["rank"]) == [1, 2, 3, 4]
    assert board["score"].is_monotonic_decreasing


def test_scores_follow_from_the_stored_predictions(small_study: Study) -> None:
    frame = small_study.results().query("selected").set_index(["method", "replicate"])
    for method, replicate in frame.index:
        logits = small_study.predictions(method, replicate)
        split = small_study.dataset.replicate(replicate, small_study.plan.seed)
        for part, rows in (("validation", split.validation), ("test", split.test)):
            loss, score = small_study.dataset.task.measure(logits[part], split.targets[rows], None)
            short = {"validation": "val", "test": "test"}[part]
            assert frame.loc[(method, replicate), f"{short}_loss"] == pytest.approx(loss)
            assert frame.loc[(method, replicate), f"{short}_score"] == pytest.approx(score)


def test_the_saved_weights_predict_what_was_stored(small_study: Study) -> None:
    for method in small_study.plan.methods:
        split = small_study.dataset.replicate(1, small_study.plan.seed)
        ours = small_study.probabilities(method, 1, split.inputs[split.test[:200]])
        logits = small_study.predictions(method, 1)["test"][:200, 1]
        assert ours[:, 1] == pytest.approx(1 / (1 + np.exp(-logits.astype(float))), abs=1e-5)


def test_histories_end_where_the_results_say(small_study: Study) -> None:
    histories = small_study.histories()
    last = histories.sort_values("epoch").groupby(["method", "replicate"]).last()
    chosen = small_study.results().query("selected").set_index(["method", "replicate"])
    assert (last["epoch"] == chosen["epochs_run"].reindex(last.index)).all()
    for column in ("val_loss", "val_score", "penalty", "weight_norm", "exact_zeros"):
        expected = chosen[column].reindex(last.index)
        assert last[column].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-5, abs=1e-6)


def test_the_same_comparison_asked_again_trains_nothing(small_study: Study) -> None:
    class Nobody:
        devices = 1

        def run(self, *_: Any) -> Any:
            raise AssertionError("something was trained")

        def close(self) -> None: ...

    again = compare("moons(n=60)", out=small_study.folder, executor=Nobody(), **SMALL)
    assert again.complete


def test_another_comparison_does_not_touch_the_folder(small_study: Study) -> None:
    with pytest.raises(UserError, match="holds another study"):
        compare("moons(n=60)", out=small_study.folder, **{**SMALL, "epochs": 4})


def test_folders_are_numbered_when_the_name_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = open_dataset("moons(n=60)")
    first = make_plan(dataset, Request(**SMALL))
    second = make_plan(dataset, Request(**SMALL, seed=1))
    assert prepare(dataset, first, None) == Path("bridle-moons")
    assert prepare(dataset, second, None) == Path("bridle-moons-2")
    assert prepare(dataset, first, None) == Path("bridle-moons")
    assert prepare(dataset, second, None) == Path("bridle-moons-2")


def test_arrays_of_ones_own_are_kept_with_the_study(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    y = np.where(X[:, 0] + 0.1 * rng.normal(size=90) > 0, "high", "low")
    study = compare(
        X,
        y,
        methods=["l2", "none"],
        replicates=2,
        epochs=2,
        configurations=1,
        widths=(4,),
        out=tmp_path / "own",
        executor=InProcessExecutor(),
    )
    assert Study(tmp_path / "own").dataset.classes == ("high", "low")
    assert study.plan.design == "overlapping"
    assert set(study.leaderboard()["method"]) == {"none", "l2"}


def test_a_diverged_run_is_recorded_and_chosen_only_when_nothing_else_is_there(
    tmp_path: Path,
) -> None:
    study = compare(
        "moons(n=60)",
        methods="none,l1",
        grid={
            "none": {"learning_rate": [0.1, 1e30]},
            "l1": {"learning_rate": [1e30], "strength": [1e-3]},
        },
        optimizer="sgd(momentum=0.9)",
        replicates=2,
        epochs=3,
        widths=(8,),
        out=tmp_path / "diverged",
        executor=InProcessExecutor(),
    )
    frame = study.results()
    assert list(frame.query("method == 'none'")["status"]) == ["done"] * 2 + ["diverged"] * 2
    assert set(frame.query("method == 'l1'")["status"]) == {"diverged"}
    assert frame.query("status == 'diverged'")["test_score"].isna().all()
    assert study.facts()["diverged"] == {"none": 2, "l1": 2}
    board: Any = study.leaderboard().set_index("method")
    assert math.isfinite(board.loc["none", "score"])
    assert board.loc["l1", "verdict"] == "no verdict"
    assert board.loc["l1", "replicates"] == 0


def test_a_time_limit_is_a_number_of_seconds(small_study: Study) -> None:
    with pytest.raises(UserError, match=r"time_limit \(in seconds\)"):
        bridle.resume(small_study.folder, time_limit="10m")  # type: ignore[arg-type]


def test_progress_counts_up_to_all_runs(tmp_path: Path) -> None:
    seen: list[Progress] = []
    compare(
        "moons(n=60)",
        out=tmp_path / "watched",
        executor=InProcessExecutor(),
        watch=seen.append,
        **SMALL,
    )
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert seen[0].done == 0
    assert seen[0].remaining is None
    assert seen[-1].done == seen[-1].total == 24
    assert seen[-1].remaining == 0


def test_the_queue_gives_early_replicates_first_and_every_run_once(small_study: Study) -> None:
    plan = small_study.plan
    queue = Queue(plan, plan.runs, devices=2)
    last = None
    names = []
    while (chunk := queue.pull(last)) is not None:
        last = chunk.program
        runs = queue.runs(chunk)
        assert [run.spec for run in runs] == list(chunk.runs)
        assert [run.replicate for run in runs] == sorted(run.replicate for run in runs)
        assert {run.program for run in runs} == {chunk.program}
        assert chunk.width == plan.width(chunk.program)
        names += [run.name for run in runs]
    assert sorted(names) == sorted({run.name for run in plan.runs})


def test_programs_depend_on_the_runs_methods_alone(small_study: Study) -> None:
    plan = small_study.plan
    assert plan.program("none") == plan.program("l1")
    assert plan.program("dropout").methods == ("dropout",)
    other = make_plan(small_study.dataset, Request(**{**SMALL, "methods": "none,dropout+l1"}))
    assert other.program("dropout+l1") == plan.program("dropout")
    assert other.lanes["dropout"] == plan.lanes["dropout"]


def test_the_edge_of_a_grid_is_noticed(tmp_path: Path) -> None:
    study = compare(
        "moons(n=60)",
        methods="none",
        grid={"none": {"learning_rate": [1e-6, 1e-5, 1e-2]}},
        replicates=2,
        epochs=5,
        widths=(8,),
        out=tmp_path / "edge",
        executor=InProcessExecutor(),
    )
    assert most_chosen(study.plan, study.selected, "none") == 2
    assert at_edge(study.plan, study.selected, "none") == ("learning_rate", 1)
    assert study.facts()["at_edge"] == {"none": "learning_rate"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"methods": "dropuot"}, "Did you mean 'dropout'"),
        ({"methods": "l1,,l2"}, "empty place"),
        ({"methods": "l1,l1"}, "stands twice"),
        ({"methods": "l1+l1"}, "stands twice"),
        ({"methods": "none+l1"}, "joins none"),
        ({"methods": "l1(strength=-1)"}, "l1.strength must be a number at least 0; received -1"),
        ({"methods": "dropout(rate=[0.1,0.2,0.3])"}, "each of the network's 2 hidden layers"),
        ({"methods": "dropout", "grid": {"dropout": {"rate": [(0.1, 0.2, 0.3)]}}}, "received 3"),
        (
            {"replicates": 0},
            "replicates must be a whole number at least 1 and at most 10000; received 0",
        ),
        ({"replicates": 10**8}, "at most 10000; received 100000000"),
        ({"epochs": 10**10}, "at most 1000000"),
        ({"replicates": 10_000, "epochs": 1, "configurations": 20}, "at most 1,000,000 runs"),
        ({"methods": 42}, "methods must be text"),
        ({"epochs": 2.5}, "epochs must be a whole number"),
        ({"widths": [0]}, "widths must be"),
        ({"optimizer": "rmsprop"}, "See `bridle optimizers`"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"schedule": "cosine(warmup=1)"}, "cosine.warmup must be a number at least 0"),
        ({"optimizer": "sgd(momentum=2)"}, "sgd.momentum must be"),
        ({"activation": "rleu"}, "Did you mean 'relu'"),
        ({"learning_rate": 0}, "learning_rate must be a number greater than 0"),
        ({"configurations": 0}, "configurations must be"),
        ({"select": "one-es"}, "Did you mean 'one-se'"),
        ({"refine": 3}, "refine must be"),
        ({"replicats": 3}, "Did you mean 'replicates'"),
    ],
)
def test_a_wrong_request_is_named_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=words.replace("(", r"\(").replace("[", r"\[")):
        bridle.compare("moons", **request_)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"format": 1}', b'{"format": 99}', b"\xff\xfe", b'{"format": "a"}']
)
def test_a_damaged_plan_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.json").write_bytes(content)
    with pytest.raises(UserError, match=r"study\.json"):
        Study(tmp_path)


def test_a_folder_that_is_no_study_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a study"):
        bridle.resume(tmp_path)


def test_what_is_trained_makes_names_and_what_is_read_or_kept_does_not() -> None:
    request = Request(methods="l1,dropout", seed=7, replicates=2, device="cpu")
    plan = make_plan(open_dataset("moons(n=60,noise=0.3,validation=0.5)"), request)
    trained: dict[str, Any] = {
        "precision": "bfloat16",
        "dataset": "moons(n=80,noise=0.3,validation=0.5)",
        "seed": 8,
    }
    for field, value in trained.items():
        other = dataclasses.replace(plan, **{field: value})
        assert other.hash != plan.hash
        assert not {run.name for run in other.runs} & {run.name for run in plan.runs}
    kept: dict[str, Any] = {
        "margin": "5%",
        "metric": "log-loss",
        "keep": "all",
        "refine": True,
    }
    for field, value in kept.items():
        other = dataclasses.replace(plan, **{field: value})
        assert other.hash == plan.hash
        assert [run.name for run in other.runs] == [run.name for run in plan.runs]
    assert plan.count == len({run.name for run in plan.runs})


def test_the_plan_on_disk_is_the_plan(small_study: Study) -> None:
    plan, request, versions = read_plan(small_study.folder / "study.json")
    assert plan == small_study.plan
    assert plan.hash == request
    assert set(versions) == {"bridle", "jax", "jaxlib", "numpy", "python", "cpu"}


def test_the_answer_and_the_leaderboard_name_the_setting_chosen_most_often(
    small_study: Study,
) -> None:
    rows = small_study.results().query("selected")
    for row in small_study.leaderboard().to_dict("records"):
        found = small_study.answer.chosen(row["method"])
        assert found is not None
        assert found.setting.hyperparameters == json.loads(row["hyperparameters"])
        texts = rows.loc[rows["method"] == row["method"], "hyperparameters"]
        counts = texts.value_counts()
        assert counts[row["hyperparameters"]] == counts.max() == found.times
        assert found.replicates == len(texts)


def copy_of(study: Study, folder: Path) -> Path:
    shutil.copytree(study.folder, folder)
    return folder


def test_a_damaged_database_is_a_clear_error(small_study: Study, tmp_path: Path) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    (folder / "study.db").write_bytes(b"not a database" * 100)
    with pytest.raises(UserError, match=r"study\.db is damaged"):
        Study(folder)


def test_deleted_weights_are_trained_again_and_nothing_else(
    small_study: Study, tmp_path: Path
) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    gone = sorted((folder / "weights").iterdir())[0]
    content = gone.read_bytes()
    gone.unlink()
    place = next(key for key, run in small_study.selected.items() if run.name == gone.stem)
    with pytest.raises(UserError, match=r"is missing.*bridle\.resume\("):
        Study(folder).weights(*place)
    assert Study(folder).complete
    assert not Study(folder).settled()
    seen: list[Progress] = []
    assert bridle.resume(folder, executor=InProcessExecutor(), watch=seen.append).settled()
    assert seen[0].done == 23
    assert gone.read_bytes() == content


def test_a_finished_study_needs_no_files_beside_its_database(
    small_study: Study, tmp_path: Path
) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    Study(folder).leaderboard()
    assert not list(folder.glob("study.db-*"))


def test_a_start_that_was_cut_off_leaves_a_folder_that_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    dataset = open_dataset(rng.normal(size=(60, 3)), rng.integers(2, size=60))
    plan = make_plan(dataset, Request(**SMALL))

    def cut_off(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("bridle.study.begin.write_plan", cut_off)
        with pytest.raises(KeyboardInterrupt):
            prepare(dataset, plan, tmp_path / "study")
    assert any((tmp_path / "study").iterdir())
    assert prepare(dataset, plan, tmp_path / "study") == tmp_path / "study"
    assert Study(tmp_path / "study").plan == plan


def test_data_that_cannot_be_had_leave_no_folder(tmp_path: Path) -> None:
    dataset = open_dataset("moons(n=60)")

    def offline(number: int, seed: int) -> Any:
        raise UserError("offline")

    dataset = dataclasses.replace(dataset, draw=offline)
    with pytest.raises(UserError, match="offline"):
        prepare(dataset, make_plan(dataset, Request(**SMALL)), tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_going_on_with_other_software_is_noted(small_study: Study, tmp_path: Path) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    plan, request, versions = read_plan(folder / "study.json")
    write_plan(folder / "study.json", plan, request, {**versions, "jaxlib": "0.0.1"})
    sorted((folder / "weights").iterdir())[0].unlink()
    study = bridle.resume(folder, executor=InProcessExecutor())
    assert isinstance(study, Study)
    assert any("jaxlib 0.0.1, now" in note for note in study.plan.notes)


def test_a_batch_larger_than_the_training_data_holds_them_all_and_says_so() -> None:
    plan = make_plan(open_dataset("moons(n=60)"), Request(**SMALL, batch_size=3000))
    assert plan.batch_size == 30
    assert "3000" in plan.notes[0]


@pytest.mark.long
def test_networks_by_name(tmp_path: Path, small_study: Study) -> None:
    assert small_study.plan.network == "mlp"
    study = compare(
        "digits",
        out=tmp_path / "cnn",
        executor=InProcessExecutor(),
        network="cnn(filters=4)",
        methods="dropout(rate=[0.1,0.2])",
        widths=(5,),
        replicates=1,
        epochs=1,
        configurations=1,
    )
    assert study.plan.network == "cnn(filters=[4])"
    assert study.weights("none")["conv_0/kernel"].shape == (3, 3, 1, 4)
    split = study.dataset.replicate(0, 0)
    probabilities = study.probabilities("none", 0, split.inputs[split.test])
    logits = study.predictions("none")["test"]
    np.testing.assert_array_equal(probabilities.argmax(1), logits.argmax(1))
