"""More replicates for a finished study: the same bits as planned from the start, and another look."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.extension import add_replicates, gaining
from bridle.api.study import Study
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.statistics import Look, Looks, compare
from bridle.statistics.looks import FIRST, PRIMARY
from bridle.study.begin import open_dataset, prepare
from bridle.study.driver import Progress
from bridle.study.plan import read_plan
from bridle.study.request import Request, make_plan
from bridle.study.store import Store
from tests.editing import edit_plan, edit_runs

from .conftest import SMALL, compared

DATA = "moons(n=60)"


class KilledError(BaseException):
    """What ends a session where a killed process would."""


def copy_of(study: Study, folder: Path) -> Path:
    shutil.copytree(study.folder, folder)
    return folder


@pytest.fixture(scope="module")
def extended(small_study: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = copy_of(small_study, tmp_path_factory.mktemp("extended") / "study")
    study = bridle.extend(folder, 2, anyway=True, executor=InProcessExecutor())
    assert isinstance(study, Study)
    return study


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The same study, planned with as many replicates from the start."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    return bridle.compare(
        DATA, out=folder, executor=InProcessExecutor(), **{**SMALL, "replicates": 5}
    )


def test_further_replicates_are_those_of_a_study_planned_so(
    extended: Study, whole: Study, study_bytes: Any
) -> None:
    assert extended.complete
    assert extended.plan.replicates == 5
    found, expected = study_bytes(extended.folder), study_bytes(whole.folder)
    assert found.keys() == expected.keys()
    del found["leaderboard.csv"], expected["leaderboard.csv"]  # whose intervals differ
    assert found == expected


def test_nothing_is_trained_twice(small_study: Study, tmp_path: Path) -> None:
    seen: list[Progress] = []
    folder = copy_of(small_study, tmp_path / "study")
    bridle.extend(folder, 1, anyway=True, executor=InProcessExecutor(), watch=seen.append)
    assert (seen[0].done, seen[0].total) == (24, 32)


def test_each_look_has_its_level(small_study: Study, extended: Study, whole: Study) -> None:
    assert small_study.plan.looks == Looks(FIRST, share=PRIMARY)
    assert extended.plan.looks == Looks(FIRST, (Look(3, 0.964),), share=PRIMARY)
    then, first, once = extended.comparison(), small_study.comparison(), whole.comparison()
    assert then is not None
    assert first is not None
    assert once is not None
    assert extended.earlier() == (first,)
    assert (then.level, then.held) == (0.95, extended.plan.looks.level(5, 3))
    scores = extended.results().query("selected").pivot(index="replicate", columns="method")
    expected = compare(
        {m: scores["test_score", m].to_numpy() for m in extended.plan.methods},
        "fresh",
        looks=extended.plan.looks,
        margin=extended.plan.margin,
    )
    for c in then.methods:
        assert (c.low, c.high) == pytest.approx((expected[c.method].low, expected[c.method].high))
        assert c.high - c.low > once[c.method].high - once[c.method].low


def test_the_answer_says_which_look_it_is(extended: Study, small_study: Study) -> None:
    assert "This is look 2, at 5 replicates; at 3, " in extended.summary
    assert "look" not in small_study.summary


def test_an_interrupted_extension_goes_on(
    small_study: Study,
    extended: Study,
    tmp_path: Path,
    study_bytes: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copy_of(small_study, tmp_path / "study")

    def dying(*arguments: Any, **more: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Store, "add", dying)
        with pytest.raises(KilledError):
            bridle.extend(folder, 2, anyway=True, executor=InProcessExecutor())
    with pytest.raises(UserError, match=r"is not finished yet.*bridle\.resume\("):
        bridle.extend(folder, 2, anyway=True)
    assert not Study(folder).complete
    bridle.resume(folder, executor=InProcessExecutor())
    assert study_bytes(folder) == study_bytes(extended.folder)


def test_the_first_comparison_asked_for_again_keeps_the_extension(
    extended: Study, tmp_path: Path
) -> None:
    folder = copy_of(extended, tmp_path / "study")
    before = (folder / "study.json").read_bytes()
    again = bridle.compare(DATA, out=folder, executor=InProcessExecutor(), **SMALL)
    assert again.plan == extended.plan
    assert (folder / "study.json").read_bytes() == before
    other = bridle.compare(DATA, out=folder, executor=InProcessExecutor(), **SMALL, margin="3pt")
    assert other.plan.margin == "3pt"
    assert other.plan.looks == extended.plan.looks
    assert other.request == extended.request


def test_replicates_wanted_again_after_a_time_limit_are_another_look(
    small_study: Study, tmp_path: Path
) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    whole = make_plan(open_dataset(DATA), Request(**{**SMALL, "replicates": 4}))
    edit_plan(folder, request=whole.hash)  # as if four had been asked for
    prepare(small_study.dataset, whole, folder)
    plan = read_plan(folder / "study.json")[0]
    assert (plan.replicates, plan.looks.earlier) == (4, (Look(3, 0.964),))


def test_a_study_of_one_look_is_not_extended(small_study: Study, tmp_path: Path) -> None:
    dataset = small_study.dataset
    once = make_plan(dataset, Request(**SMALL, one_look=True))
    assert once.hash == small_study.request
    with pytest.raises(UserError, match=r"one_look=True cannot change afterwards.*out="):
        prepare(dataset, once, small_study.folder)
    folder = copy_of(small_study, tmp_path / "old")
    edit_plan(folder, looks=once.looks)
    old = Study(folder)
    comparison = old.comparison()
    assert comparison is not None
    assert (comparison.level, comparison.held) == (0.95, 0.955)  # the rest is for log-loss
    assert old.plan.hash == old.request == small_study.request
    with pytest.raises(UserError, match=r"only look.*new study with other draws, with the seed 1"):
        bridle.extend(folder, 5)
    # which the same comparison, asked for again, leaves as it is
    assert prepare(dataset, small_study.plan, folder) == folder
    assert Study(folder).plan == old.plan


def test_a_first_replicate_is_no_look(tmp_path: Path) -> None:
    small = {
        **SMALL,
        "replicates": 1,
        "epochs": 1,
        "grid": None,
        "configurations": 1,
        "methods": "none,l1",
    }
    executor = InProcessExecutor()
    first = bridle.compare(DATA, out=tmp_path / "s", executor=executor, **small)
    assert "one replicate" in compared(first).methods[0].verdict.reason
    study = bridle.extend(first.folder, 2, executor=executor)
    assert isinstance(study, Study)
    assert study.plan.looks == Looks(FIRST, share=PRIMARY)
    assert compared(study).held == 0.964


def of_scores(folder: Path, study: Study, scores: dict[str, list[float]]) -> Study:
    """A copy of a study in whose database the selected runs have these test scores."""
    copy_of(study, folder)
    edit_runs(
        folder,
        {
            run.name: {"test_score": scores[method][replicate]}
            for (method, replicate), run in study.selected.items()
        },
    )
    return Study(folder)


def test_what_further_replicates_cannot_change_is_refused(
    small_study: Study, tmp_path: Path
) -> None:
    same = [0.8, 0.81, 0.79]
    decided = of_scores(
        tmp_path / "decided", small_study, dict.fromkeys(small_study.plan.methods, same)
    )
    with pytest.raises(UserError, match=r"Nothing is undecided.*anyway=True"):
        gaining(decided)
    add_replicates(gaining(decided, anyway=True).values(), 5)
    assert Study(decided.folder).plan.replicates == 8


def test_no_number_of_replicates_is_said_beforehand(tmp_path: Path) -> None:
    small = {**SMALL, "methods": "none,dropout", "replicates": 4, "epochs": 2}
    small |= {"grid": None, "configurations": 1}
    study = bridle.compare(
        "wine",
        out=tmp_path / "wine",
        executor=InProcessExecutor(),
        margin="0.1pt",  # finer than 178 rows can tell
        **small,
    )
    (c,) = compared(study).methods
    assert c.verdict.label == "undecided"
    assert not c.verdict.replicates_can_decide
    more = f"{c.verdict.examples_needed:,}"
    with pytest.raises(UserError, match="No number of replicates can decide") as told:
        bridle.extend(study.folder, 20)
    assert f"the rows are too few, and about {more} more would be needed" in str(told.value)
    assert Study(study.folder).plan.replicates == 4


@pytest.mark.parametrize("replicates", [0, -3, 2.5, 10_000])
def test_a_number_of_further_replicates(small_study: Study, replicates: Any) -> None:
    with pytest.raises(UserError, match="replicates must be a whole number at least 1"):
        bridle.extend(small_study.folder, replicates, anyway=True)


def test_a_reproduced_ranking_is_held_to_the_look(small_study: Study, tmp_path: Path) -> None:
    folder = copy_of(small_study, tmp_path / "study")
    claim = {"better": "l1", "worse": "none", "text": "L1 above none"}
    edit_plan(folder, claims=(claim, claim))
    scores = small_study.results().query("selected").pivot(index="replicate", columns="method")
    d = scores["test_score", "l1"] - scores["test_score", "none"]
    frame: Any = Study(folder).claims()
    from scipy import stats

    alone = 1 - 0.96**0.5
    reach = stats.t.isf(alone / 2, 2) * d.std(ddof=1) / np.sqrt(3)
    assert frame["difference_high"][0] == pytest.approx(d.mean() + reach)
    pd.testing.assert_series_equal(frame.loc[0], frame.loc[1], check_names=False)
