"""Reproduced works run by name, with a baseline and their figures beside those of Bridle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridle.api.reproduce import reproduce
from bridle.api.study import Study
from bridle.data import load
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.methods.composition import Composition
from bridle.origins import origins
from bridle.study.reproduce import plan_of

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NAMES = ("moons-l1", "mnist-five", "noise-labels")


def test_the_works_of_one_comparison_are_there() -> None:
    assert tuple(origins()) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_every_origin_has_a_plan_with_a_baseline_at_its_own_settings(name: str, scale: str) -> None:
    work = origins()[name]
    plan = plan_of(work, scale)
    assert plan.methods[0] == "none"
    assert all(len(configurations) == 1 for configurations in plan.configurations.values())
    assert {c[0]["learning_rate"] for c in plan.configurations.values()} == {work.learning_rate}
    assert {figure["method"] for figure in plan.published} <= set(plan.methods)
    assert {c[key] for c in plan.claims for key in ("better", "worse")} <= set(plan.methods)
    assert all(Composition.parse(label).label == label for label in plan.methods)
    assert plan.notes
    assert plan.origin == name


def test_the_mnist_figures_are_those_that_were_published() -> None:
    figures = {f.method.partition("(")[0]: f.value for f in origins()["mnist-five"].published}
    assert figures == {
        "l1": 0.9789,
        "l2": 0.9790,
        "dropout": 0.9817,
        "batch_norm": 0.9827,
        "elastic_net": 0.9822,
    }
    for claim in origins()["mnist-five"].claims:
        better, worse = claim.better.partition("(")[0], claim.worse.partition("(")[0]
        assert figures[better] > figures[worse]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "moons-l1" else pytest.mark.long) for name in NAMES],
)
def test_every_origin_runs_at_smoke_scale(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "mnist-five":
        if not (SHARED / "mnist").is_dir():
            pytest.skip("no MNIST files beside the project")
        monkeypatch.setenv("BRIDLE_DATA", str(SHARED))
    study = reproduce(name, scale="smoke", out=tmp_path / name, executor=InProcessExecutor())
    assert isinstance(study, Study)
    assert study.complete
    board = study.leaderboard()
    assert set(board["method"]) == set(origins()[name].methods)
    claims = study.claims()
    assert len(claims) == len(origins()[name].claims)
    assert set(claims["verdict"]) <= {"not comparable"}  # so small it is to see that it runs
    page = re.sub("</?span[^>]*>", "", study.report().read_text(encoding="utf-8"))
    for figure in origins()[name].published:
        assert figure.text in page
    for claim in origins()[name].claims:
        assert claim.text in page


def test_epochs_and_replicates_shorten_a_work() -> None:
    plan = plan_of(origins()["noise-labels"], epochs=3, replicates=2)
    assert (plan.epochs, plan.replicates) == (3, 2)
    assert plan.dataset == load("noise").spec


@pytest.mark.parametrize(
    ("name", "scale", "words"),
    [
        ("moon-l1", "smoke", "Did you mean 'moons-l1'"),
        ("moons-l1", "labtop", "Did you mean 'laptop'"),
    ],
)
def test_a_wrong_name_or_scale_says_what_there_is(
    name: str, scale: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=words):
        reproduce(name, scale=scale, out=tmp_path / "x")
