"""What a method did to every run, which files that needs, and what is said about it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridle.api.extension import no_gain
from bridle.api.study import Study
from bridle.api.training import compare
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.methods.composition import Composition
from bridle.report.advice import advice
from bridle.study.influence import pairs
from bridle.study.request import Request, make_plan
from bridle.study.unused_hyperparameters import unread
from tests.editing import edit_runs

from .conftest import compared

JOINED = "batch_norm+l2(strength=1e-12)"
INERT = ("l2(strength=1e-12)", "early_stopping(patience=1000)", "augmentation(jitter=0)")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Methods that do nothing beside one that does; one epoch, which early stopping cannot cut."""
    return compare(
        "moons(n=60)",
        out=tmp_path_factory.mktemp("influence") / "study",
        executor=InProcessExecutor(),
        methods=["none", *INERT, "l1(strength=0.01)", JOINED],
        replicates=3,
        epochs=1,
        configurations=1,
        widths=(8,),
        learning_rate=0.01,
    )


def test_every_run_that_did_nothing_is_flagged(study: Study) -> None:
    frame: Any = study.results().set_index("method")
    for method in INERT:
        assert frame.loc[method, "inert"].all()
        assert (frame.loc[method, "share"] < 1e-6).all()
        assert (frame.loc[method, "score_change"] == 0).all()
        assert (frame.loc[method, "weights_change"] < 1e-6).all()
        assert (frame.loc[method, "predictions_changed"] == 0).all()
    assert not frame.loc["l1(strength=0.01)", "inert"].any()
    assert (frame.loc["l1(strength=0.01)", "share"] > 0.01).all()
    assert frame.loc["none", "inert"].isna().all()
    board: Any = study.leaderboard().set_index("method")
    assert list(board.loc[list(INERT), "inert"]) == [3, 3, 3]
    assert board.loc["l1(strength=0.01)", "inert"] == 0


def test_a_joined_method_is_not_inert_by_one_of_its_parts(study: Study) -> None:
    frame: Any = study.results().set_index("method").loc[JOINED]
    assert not frame["inert"].any()
    assert frame["share"].isna().all()  # of batch norm and l2 together it is unknown
    assert (frame["weights_change"] > 1e-3).all()
    assert study.facts()["idle"] == {JOINED: (["l2"], ["batch_norm"])}
    assert "In batch norm+l2, l2 did nothing beside batch norm" in study.summary


def test_further_replicates_of_what_does_nothing_decide_nothing(study: Study) -> None:
    acting = [c for c in compared(study).methods if c.method not in INERT]
    wanted = any(c.verdict.label in ("undecided", "no verdict") for c in acting)
    assert (no_gain(study) == "") == wanted


def test_changes_are_those_against_the_pair(study: Study) -> None:
    method = "l1(strength=0.01)"
    rows: Any = study.results().set_index(["method", "replicate"])
    for replicate in range(3):
        ours, theirs = study.weights(method, replicate), study.weights("none", replicate)
        apart = np.concatenate([(ours[n] - theirs[n]).ravel() for n in theirs]).astype(float)
        size = np.concatenate([theirs[n].ravel() for n in theirs]).astype(float)
        row = rows.loc[(method, replicate)]
        moved = np.linalg.norm(apart) / np.linalg.norm(size)
        assert row["weights_change"] == pytest.approx(moved)
        labels = [study.predictions(m, replicate)["test"].argmax(1) for m in (method, "none")]
        assert row["predictions_changed"] == (labels[0] != labels[1]).mean()
        base = rows.loc[("none", replicate), "test_score"]
        assert row["score_change"] == row["test_score"] - base


def test_words_say_so_and_credit_nobody(study: Study) -> None:
    said = study.summary.replace("\n", " ")
    assert "Early stopping" in said
    assert "never stopped any of 3 selected runs: it did nothing here." in said
    assert "L2 and augmentation did nothing here: in all of 3 selected runs" in said
    assert "three make no practical difference" not in said
    verdicts = study.leaderboard().set_index("method")["verdict"]
    assert set(verdicts[list(INERT)]) == {"no verdict"}
    assert {compared(study)[m].verdict.reason for m in INERT} == {"inert"}
    assert verdicts[JOINED] != "no verdict"
    assert not {item.about for item in advice(study.answer)} & {"l2", "early_stopping"}


def test_pairs_have_the_learning_rate_of_their_run() -> None:
    plan = make_plan(load("moons(n=60)"), Request(methods="none,l2,batch_norm", replicates=2))
    found = pairs(plan)
    by_name = {run.name: run for run in plan.runs}
    assert len(found) == 2 * 9 * 2
    for name, pair in found.items():
        assert pair.method == "none"
        assert pair.replicate == by_name[name].replicate
        assert pair.spec.learning_rate == by_name[name].spec.learning_rate


def test_files_of_selected_runs_and_their_pairs_are_kept(small_study: Study) -> None:
    own = pairs(small_study.plan)
    names = {run.name for run in small_study.selected.values()}
    names |= {own[name].name for name in names if name in own}
    there = {
        kind: {path.stem for path in (small_study.folder / kind).iterdir()}
        for kind in ("weights", "predictions")
    }
    assert there["predictions"] == names
    # beside them the weights of every configuration in replicate 0
    paths = {run.name for run in small_study.plan.runs if run.replicate == 0}
    assert there["weights"] == names | paths


def test_where_no_share_is_known_equal_runs_are_inert_all_the_same(
    study: Study, tmp_path: Path
) -> None:
    folder = tmp_path / "without"
    shutil.copytree(study.folder, folder)
    edit_runs(folder, {run.name: {"share": None} for run in study.plan.runs})
    frame: Any = Study(folder).results().set_index("method")
    # two that are bit for bit their pairs are known by that, without any share
    assert frame.loc["augmentation(jitter=0)", "inert"].all()
    assert frame["share"].isna().all()
    assert "never stopped" in Study(folder).summary


def test_what_is_never_read_is_said() -> None:
    moons, digits = load("moons").shape, load("digits").shape
    rotated = [Composition.parse("augmentation(rotation=30)")]
    (sentence,) = unread(rotated, None, moons)
    assert sentence.startswith("augmentation.rotation acts on images alone")
    assert unread(rotated, None, digits) == ()
    plain = [Composition.parse("augmentation")]
    assert unread(plain, None, moons) == ()
    assert len(unread(plain, {"augmentation": {"jitter": (1.0, 2.0)}}, digits)) == 1
    assert unread(plain, {"augmentation": {"learning_rate": (0.1,)}}, digits) == ()
    plan = make_plan(load("moons"), Request(methods="none,augmentation(rotation=30)"))
    assert any("never read here" in note for note in plan.notes)
