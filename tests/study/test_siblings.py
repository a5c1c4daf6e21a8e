"""Studies of the same draws side by side, and readings in other metrics: what is said of further looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bridle
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.study.begin import prepare
from bridle.study.members import make_plans, named, prepare_all
from bridle.study.request import Request, make_plan
from bridle.study.siblings import further_look

ASKED: dict[str, Any] = {
    "methods": ["none", "l1"],
    "replicates": 2,
    "epochs": 1,
    "configurations": 1,
    "widths": (4,),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished study, and what else lies about in folders."""
    root = tmp_path_factory.mktemp("siblings")
    bridle.compare("moons(n=60)", out=root / "first", executor=InProcessExecutor(), **ASKED)
    damaged = {"text": b"no JSON", "bytes": b"\xff\xfe", "list": b"[]", "deep": b"[" * 100_000}
    damaged["half"] = (root / "first/study.json").read_bytes()[:400]
    for name, content in damaged.items():
        (root / name).mkdir()
        (root / name / "study.json").write_bytes(content)
        (root / name / "leaderboard.csv").touch()
    (root / "folder" / "study.json").mkdir(parents=True)
    (root / "file").touch()
    return root


def said(root: Path, dataset: str = "moons(n=60)", **asked: Any) -> str:
    return " ".join(further_look(make_plan(load(dataset), Request(**{**ASKED, **asked})), root))


def test_more_replicates_in_a_folder_of_their_own_are_another_look(root: Path) -> None:
    folder = (root / "first").as_posix()
    text = said(root, replicates=5)
    assert text.startswith(f"Another look at the same draws: {folder} has the first 2 draws")
    assert "(same data, seed 0). The 95 % hold for each study alone" in text
    assert f"bridle extend {folder} --replicates 3; for other draws: --seed 1" in text


def test_other_methods_and_fewer_replicates_are_too(root: Path) -> None:
    assert said(root, methods=["none", "l2"]).endswith("For other draws: --seed 1")
    assert "the draw of this study" in said(root, replicates=1)
    assert f"bridle report {(root / 'first').as_posix()}" in said(root, replicates=1)


def test_nothing_is_said_of_what_is_no_further_look(root: Path) -> None:
    assert said(root) == ""  # the very same study
    assert said(root, seed=1, replicates=5) == ""
    assert said(root, "moons(n=80)", replicates=5) == ""
    assert said(root, methods=["l1"], baseline=False, replicates=5) == ""
    assert said(root / "nowhere", replicates=5) == ""


def test_the_note_stands_in_the_study_and_is_no_part_of_what_was_asked(root: Path) -> None:
    dataset, request = load("moons(n=60)"), Request(**{**ASKED, "replicates": 3})
    plan = make_plan(dataset, request)
    folder = prepare(dataset, plan, root / "second")
    study = bridle.Study(folder)
    (note,) = study.plan.notes
    assert note.startswith("Another look")
    assert prepare(dataset, plan, folder) == folder  # known again
    assert bridle.Study(folder).plan == study.plan
    # nobody has seen verdicts of a study that is only begun
    assert str(folder) not in said(root, replicates=5)


def test_studies_of_several_data_sets_are_seen(root: Path) -> None:
    datasets = named([(name, load(name)) for name in ("moons(n=60)", "circles(n=60)")])
    plans = make_plans(datasets, Request(**{**ASKED, "replicates": 4}))
    folder = prepare_all(datasets, plans, root / "several")
    notes = {name: bridle.Study(folder / name).plan.notes for name in ("moons", "circles")}
    assert notes["circles"] == ()
    assert "/first has the first 2 draws" in notes["moons"][0]


def test_a_reading_in_another_metric_is_called_secondary(root: Path) -> None:
    out = root / "metrics"
    asked = {**ASKED, "seed": 7}
    study = bridle.compare("moons(n=60)", out=out, executor=InProcessExecutor(), **asked)
    assert "secondary" not in study.summary
    other = bridle.resume(out, metric="log-loss", executor=InProcessExecutor())
    assert isinstance(other, bridle.Study)
    assert (other.plan.metric, other.plan.primary) == ("log-loss", "accuracy")
    sentence = (
        "Log-loss is a secondary metric: the study was planned for accuracy, and its 95 % holds for that; every "
        "further metric is a further chance to err."
    )
    assert sentence in other.summary
    page = other.report().read_text(encoding="utf-8")
    assert "secondary (planned for accuracy)" in page
    assert "accuracy is the one that the study was planned for, the others are secondary" in page
    # asked for again in the other metric it stays what it was planned as
    again = bridle.compare(
        "moons(n=60)", out=out, executor=InProcessExecutor(), metric="accuracy", **asked
    )
    assert again.plan.primary == "accuracy"
    planned = make_plan(load("moons(n=60)"), Request(**ASKED, metric="log-loss"))
    assert planned.primary == "log-loss"
