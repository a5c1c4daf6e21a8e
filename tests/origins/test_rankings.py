"""Published rankings are found by the names of methods and data, and tested by a comparison."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.study import Study
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.origins import origins, rankings
from bridle.report import published
from bridle.statistics import compare
from bridle.study.claims import claimed
from bridle.study.reproduce import plan_of
from bridle.study.request import Request, make_plan
from bridle.verdict import frames
from bridle.verdict.claims import hold

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("BRIDLE_DATA") or BESIDE)
FIVE = ["none", "l1", "l2", "dropout", "batch_norm", "elastic_net"]


def found(dataset: str, *methods: str) -> list[tuple[str, str]]:
    there = rankings(load(dataset).spec, methods)
    return [] if there is None else [(claim.better, claim.worse) for claim in there.claims]


def test_the_five_methods_by_name_have_all_rankings() -> None:
    there = rankings(load("mnist").spec, FIVE)
    assert there is not None
    assert there.work == origins()["mnist-five"]
    own = [(c.better.partition("(")[0], c.worse.partition("(")[0]) for c in there.work.claims]
    assert found("mnist", *FIVE) == own
    assert [claim.text for claim in there.claims] == [claim.text for claim in there.work.claims]
    # fewer examples are still of that data set; whatever else is compared says nothing
    assert found("mnist(train=2000,validation=500)", *reversed(FIVE), "augmentation") == own


@pytest.mark.parametrize(
    ("methods", "pairs"),
    [
        (["l1", "dropout"], [("dropout", "l1")]),
        (["none", "l1"], []),
        (["none", "weight_decay", "augmentation"], []),
        (["dropout+l2", "l1"], []),
        (["dropout(rate=0.9)", "l1"], [("dropout(rate=0.9)", "l1")]),
        # the work's own strength, else the tuned one, else nobody can say which
        (["l2", "l1(strength=0.1)", "l1(strength=1e-05)"], [("l2", "l1(strength=1e-05)")]),
        (["l2", "l1(strength=0.1)", "l1"], [("l2", "l1")]),
        (["l2", "l1(strength=0.1)", "l1(strength=0.2)"], []),
    ],
)
def test_methods_are_known_by_name(methods: list[str], pairs: list[tuple[str, str]]) -> None:
    assert found("mnist", *methods) == pairs


@pytest.mark.parametrize("dataset", ["fashion_mnist", "moons", "noise", "digits"])
def test_other_data_have_no_rankings(dataset: str) -> None:
    assert found(dataset, *FIVE) == []


def otherwise(dataset: str = "mnist", **asked: Any) -> tuple[str, ...]:
    there = claimed(make_plan(load(dataset), Request(**{"methods": FIVE, "epochs": 20, **asked})))
    assert there is not None
    return there.otherwise


def test_what_is_otherwise_is_said() -> None:
    assert otherwise() == ("settings chosen by validation",)
    small = otherwise("mnist(train=2000,validation=500)", epochs=1, network="cnn")
    assert small == (
        "settings chosen by validation",
        "2,000 training examples instead of 54,000",
        "a cnn instead of a dense network",
        "1 epoch instead of 20",
    )
    work = origins()["mnist-five"]
    assert otherwise(methods=list(work.methods), learning_rate=0.001) == ()
    assert otherwise(methods=["dropout(rate=0.5)", "batch_norm", "l2"], configurations=1) == (
        "dropout(rate=0.5) instead of dropout(rate=0.3)",
        "l2 instead of l2(strength=0.0001)",
    )
    laptop, smoke = claimed(plan_of(work)), claimed(plan_of(work, "smoke"))
    assert laptop is not None
    assert smoke is not None
    assert laptop.otherwise == ()
    assert smoke.otherwise == (
        "1,000 training examples instead of 54,000",
        "1 epoch instead of 20",
    )
    assert laptop.short == ()
    assert smoke.short == (
        "1,000 training examples instead of 54,000",
        "8 training steps instead of 8,440",
    )
    assert claimed(plan_of(origins()["noise-labels"])) is None


def test_a_tenth_of_the_work_is_enough_to_judge_it() -> None:
    def short(dataset: str = "mnist", **asked: Any) -> tuple[str, ...]:
        there = claimed(make_plan(load(dataset), Request(**{"methods": FIVE, **asked})))
        assert there is not None
        return there.short

    assert (
        short() == short(quick=True) == short("mnist(train=5400,validation=500)", epochs=20) == ()
    )
    assert short(epochs=1) == ("422 training steps instead of 8,440",)
    assert short("mnist(train=5300,validation=500)", epochs=400) == (
        "5,300 training examples instead of 54,000",
    )
    assert short("mnist(train=100,validation=100)", epochs=8, batch_size=100) == (
        "100 training examples instead of 54,000",
        "8 training steps instead of 8,440",
    )


def test_no_plan_changes_by_them() -> None:
    plan = make_plan(load("mnist"), Request(methods=FIVE))
    assert plan.claims == plan.published == ()
    assert plan.origin is None


SMALL: dict[str, Any] = {
    "methods": ["l1", "dropout", "batch_norm"],
    "replicates": 3,
    "configurations": 2,
    "epochs": 1,
    "widths": (8,),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    if not (DATA / "mnist").is_dir():
        pytest.skip("no MNIST files beside the project")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BRIDLE_DATA", str(DATA))
        yield bridle.compare(
            "mnist(train=300,validation=100)",
            out=tmp_path_factory.mktemp("rankings") / "study",
            executor=InProcessExecutor(),
            **SMALL,
        )


def judged(study: Study, inert: tuple[str, ...] = ()) -> pd.DataFrame:
    """The evidence as if the study were as large as the work."""
    evidence = study.answer.evidence
    assert evidence.rankings is not None
    large = dataclasses.replace(evidence.rankings, short=())
    evidence = dataclasses.replace(evidence, rankings=large)
    found = hold(evidence, set(inert) | evidence.methods_inert)
    return frames.claims(dataclasses.replace(study.answer, claims=found))


def test_differences_and_intervals_are_those_of_the_statistics(study: Study) -> None:
    claims = judged(study)
    assert list(claims["better"]) == ["batch_norm", "batch_norm", "dropout"]
    assert list(claims["worse"]) == ["dropout", "l1", "l1"]
    split = study.dataset.replicate(0, 0)
    truth = split.targets[split.test]
    right = {
        label: np.stack(
            [study.predictions(label, r)["test"].argmax(axis=1) == truth for r in range(3)]
        ).astype(float)
        for label in SMALL["methods"]
    }
    row: Any  # a named tuple
    for row in claims.itertuples():
        two = {row.worse: right[row.worse], row.better: right[row.better]}
        # one interval of three, at a first look
        one = compare(
            design="fixed_test", baseline=row.worse, examples=two, level=0.96 ** (1 / 3)
        ).methods[0]
        assert row.difference == pytest.approx(right[row.better].mean() - right[row.worse].mean())
        assert (row.difference_low, row.difference_high) == pytest.approx((one.low, one.high))
        expected = {"helps": "holds", "hurts": "does not hold"}.get(
            compare(
                design="fixed_test",
                baseline=row.worse,
                examples=two,
                level=0.96 ** (1 / 3),
                margin=0.0001,
            )
            .methods[0]
            .verdict.label,
            "undecided",
        )
        assert row.verdict == expected


def test_of_too_small_a_study_and_of_idle_methods_no_ranking_is_judged(study: Study) -> None:
    pd.testing.assert_frame_equal(
        study.claims().drop(columns="verdict"), judged(study).drop(columns="verdict")
    )
    assert set(study.claims()["verdict"]) == {"not comparable"}
    idle = judged(study, ("l1",))["verdict"]
    assert list(idle) == [judged(study)["verdict"][0], "not comparable", "not comparable"]


def test_summary_page_and_table_say_the_same(study: Study) -> None:
    claims = study.claims()
    page = re.sub("</?span[^>]*>", "", study.report().read_text(encoding="utf-8"))
    said = study.summary.splitlines()
    counted, short, conditions, *each = said[-6:]
    assert counted == "None of three published rankings can be judged here."
    assert short == (
        "That takes at least a tenth of that work's training; here are 300 training examples instead of 54,000 and "
        f"{-(-300 // study.plan.batch_size)} training steps instead of 8,440."
    )
    assert conditions == (
        "They are from mnist-five (bridle reproduce mnist-five); otherwise here: settings chosen by validation, "
        "300 training examples instead of 54,000 and 1 epoch instead of 20."
    )
    row: Any  # a named tuple
    for line, row in zip(each, claims.itertuples(), strict=True):
        assert line.startswith(f"{row.claim}: {100 * row.difference:+.1f} [".replace("-", "−"))
        assert line.endswith(f"] points, {row.verdict}.")
        assert row.claim in page
    assert counted in page
    assert conditions in page
    assert "Intervals: 95 % for all three rankings and all looks together" in page
    assert "bridle reproduce</pre>" not in page


def test_rankings_are_of_accuracy_in_whatever_metric(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study.folder, folder)
    other = bridle.resume(folder, metric="log-loss", executor=InProcessExecutor())
    assert isinstance(other, Study)
    pd.testing.assert_frame_equal(other.claims(), study.claims())
    assert "in points of test accuracy" in other.report().read_text(encoding="utf-8")


def test_the_same_command_finds_the_study_and_its_rankings(study: Study) -> None:
    again = bridle.compare(
        "mnist(train=300,validation=100)",
        out=study.folder,
        executor=InProcessExecutor(),
        **SMALL,
    )
    assert again.plan == study.plan
    assert dataclasses.asdict(again.plan)["claims"] == ()
    pd.testing.assert_frame_equal(again.claims(), study.claims())


def test_before_any_run_there_is_no_evidence(study: Study, tmp_path: Path) -> None:
    from bridle.study.begin import prepare

    empty = Study(prepare(study.dataset, study.plan, tmp_path / "empty"))
    assert empty.answer.evidence.rankings is not None
    assert empty.claims().empty
    assert "ranking" not in empty.summary


def test_one_replicate_decides_no_ranking(tmp_path: Path, study: Study) -> None:
    one = bridle.compare(
        "mnist(train=300,validation=100)",
        out=tmp_path / "one",
        executor=InProcessExecutor(),
        **{**SMALL, "replicates": 1, "configurations": 1},
    )
    assert set(judged(one)["verdict"]) == {"undecided"}
    undecided = [published.ClaimLine("", "", verdict) for verdict in judged(one)["verdict"]]
    assert published.summary(undecided) == "All three published rankings are undecided."
