"""Ablations are studies like any other: killed, resumed, extended, and recognized by the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bridle
from bridle.api.study import Study
from bridle.api.training import finish
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.ablation import combinations
from bridle.study.begin import open_dataset, prepare
from bridle.study.driver import Progress
from bridle.study.request import Request, make_plan

ASKED: dict[str, Any] = {
    "cocktail": "l1+l2(strength=0.01)",
    "replicates": 3,
    "epochs": 3,
    "widths": (8,),
    "learning_rate": 0.01,
    "executor": InProcessExecutor(),
}


class KilledError(BaseException):
    """What ends a session where a killed process would."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    found = bridle.ablate("moons(n=60)", out=tmp_path_factory.mktemp("ablated") / "a", **ASKED)
    assert isinstance(found, Study)
    return found


def test_it_is_a_comparison_of_the_combinations(whole: Study) -> None:
    wanted = ("none", "l1(strength=0.0001)", "l2(strength=0.01)")
    assert whole.plan.methods == (*wanted, "l1(strength=0.0001)+l2(strength=0.01)")
    assert {len(tried) for tried in whole.plan.configurations.values()} == {1}
    effects = whole.effects()
    scores = whole.test_scores()
    alone = effects[(effects["kind"] == "alone") & (effects["ingredients"] == "l2")]
    expected = (scores["l2(strength=0.01)"] - scores["none"]).mean()
    assert alone["difference"].item() == pytest.approx(expected)


@pytest.mark.long
def test_killed_and_resumed_it_has_the_same_bytes(
    whole: Study, tmp_path: Path, study_bytes: Any
) -> None:
    """Each run is a chunk of its own, so that the first is stored before the others begin."""
    dataset, folder, undisturbed = open_dataset("moons(n=60)"), tmp_path / "a", tmp_path / "b"
    asked = {name: ASKED[name] for name in ("replicates", "epochs", "widths", "learning_rate")}
    plan = make_plan(dataset, Request(methods=combinations(ASKED["cocktail"]), **asked))
    assert plan.methods == whole.plan.methods
    for place in (folder, undisturbed):
        prepare(dataset, replace(plan, lanes=dict.fromkeys(plan.lanes, 1)), place)
    finish(undisturbed, InProcessExecutor())

    def die(progress: Progress) -> None:
        if progress.done:
            raise KilledError

    with pytest.raises(KilledError):
        finish(folder, InProcessExecutor(), watch=die)
    found = Study(folder)
    assert not found.complete
    assert found.runs > 0
    resumed = bridle.resume(folder, executor=InProcessExecutor())
    assert resumed.complete
    assert study_bytes(folder) == study_bytes(undisturbed)
    name = "effects.csv"
    assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()


def test_the_same_ablation_goes_on_in_its_folder(whole: Study) -> None:
    began = (whole.folder / "study.db").read_bytes()
    again = bridle.ablate("moons(n=60)", out=whole.folder, **ASKED)
    assert again.folder == whole.folder
    assert (whole.folder / "study.db").read_bytes() == began


def test_extended_its_effects_are_looked_at_again(whole: Study, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "extended"
    shutil.copytree(whole.folder, folder)
    found = bridle.extend(folder, 2, anyway=True, executor=InProcessExecutor())
    assert isinstance(found, Study)
    assert set(found.effects()["replicates"]) == {5}


def test_methods_beside_a_cocktail_are_refused() -> None:
    with pytest.raises(UserError, match="leave methods out"):
        bridle.ablate("moons(n=60)", methods="l1", **ASKED)
