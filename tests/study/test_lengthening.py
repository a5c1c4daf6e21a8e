"""Training that goes on while methods are still improving, equally for all of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridle.study.driver
from bridle.api.study import Study
from bridle.api.training import compare, finish, resume
from bridle.engine.executor import InProcessExecutor
from bridle.study.begin import open_dataset, prepare
from bridle.study.bounds import DOUBLINGS, MOST_EPOCHS
from bridle.study.command import command_of
from bridle.study.lengthening import halved, lengthened, longer
from bridle.study.plan import read_plan, write_plan
from bridle.study.progress import Improvement
from bridle.study.request import Request, make_plan
from bridle.study.store import Store

DATASET = open_dataset("moons(n=60)")
TOO_SHORT: dict[str, Any] = {
    "methods": "none,early_stopping",
    "configurations": 1,
    "replicates": 6,
    "epochs": 6,
    "learning_rate": 0.01,
    "schedule": "constant",
    "widths": (8,),
}


def improved(*methods: str) -> Improvement:
    """Ten replicates of the two methods, of which some were still improving."""
    noise = np.linspace(-0.01, 0.01, 10)
    gains = {m: noise + 0.1 * (m in methods) for m in ("none", "early_stopping")}
    return Improvement(gains, gains, gains, 0.01)


def test_all_methods_get_twice_as_many_epochs_up_to_a_ceiling() -> None:
    plan = make_plan(DATASET, Request(**TOO_SHORT, until_trained=True))
    assert not lengthened(plan)
    assert longer(plan, improved()) is None
    twice = longer(plan, improved("early_stopping"))
    assert twice is not None
    assert twice == dataclasses.replace(plan, epochs=12, doublings=1, notes=twice.notes)
    assert dataclasses.replace(twice, notes=plan.notes).hash == plan.hash
    assert twice.notes[-1] == (
        "Every run has 12 epochs: after 6, early_stopping was still improving on validation data."
    )
    assert lengthened(twice)
    again = longer(twice, improved("none", "early_stopping"))
    assert again is not None
    assert again.notes == (
        *plan.notes,
        "Every run has 24 epochs: after 12, none and early_stopping were still improving on validation data.",
    )
    back, note = halved(again, "1 min")
    assert back.epochs == 12
    assert back.notes == (*plan.notes, note)
    assert (back.doublings, back.asked_epochs) == (1, 6)
    assert not lengthened(back)
    assert longer(dataclasses.replace(plan, doublings=DOUBLINGS), improved("none")) is None
    assert longer(dataclasses.replace(plan, epochs=MOST_EPOCHS), improved("none")) is None
    assert dataclasses.replace(plan, until_trained=False).hash != plan.hash


def test_where_epochs_are_too_few_to_tell_it_goes_on() -> None:
    plan = make_plan(DATASET, Request(**TOO_SHORT | {"epochs": 1}, until_trained=True))
    unknown = {label: np.full(6, np.nan) for label in plan.methods}
    twice = longer(plan, Improvement(unknown, unknown, unknown, 0.01, 0.6))
    assert twice is not None
    said = "1 is too few to tell whether runs were still improving."
    assert twice.notes == (*plan.notes, f"Every run has 2 epochs: {said}")
    again = longer(twice, improved("none"))
    assert again is not None
    assert again.notes[:-1] == plan.notes
    # where every run diverged, more epochs are no remedy
    assert longer(plan, Improvement(unknown, unknown, unknown, 0.01)) is None


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("lengthened") / "study"
    return compare(
        "moons(n=60)", out=folder, executor=InProcessExecutor(), until_trained=True, **TOO_SHORT
    )


def test_it_is_the_study_that_was_begun_with_as_many_epochs(
    trained: Study, tmp_path: Path, study_bytes: Any
) -> None:
    plan = trained.plan
    assert plan.epochs > TOO_SHORT["epochs"]
    assert plan.asked_epochs == TOO_SHORT["epochs"]
    assert "--epochs 6 " in command_of(plan)
    assert command_of(plan).endswith(" --until-trained")
    assert trained.complete
    assert "was still improving" not in trained.summary or plan.doublings == DOUBLINGS
    at_once = compare(
        "moons(n=60)",
        out=tmp_path / "study",
        executor=InProcessExecutor(),
        **{**TOO_SHORT, "epochs": plan.epochs},
    )
    assert study_bytes(at_once.folder) == study_bytes(trained.folder)
    assert at_once.plan.looks == plan.looks  # one look
    # asked for again, it stays as it is
    seen: list[Any] = []
    same = compare(
        "moons(n=60)",
        out=trained.folder,
        executor=InProcessExecutor(),
        until_trained=True,
        watch=seen.append,
        **TOO_SHORT,
    )
    assert same.plan == plan
    assert not seen


class KilledError(BaseException):
    """Stands for a process that ends here."""


@pytest.mark.slow
@pytest.mark.parametrize(("place", "count"), [("plan", 1), ("add", 2), ("sweep", 1)])
def test_killed_anywhere_it_ends_as_if_it_were_not(
    trained: Study,
    tmp_path: Path,
    study_bytes: Any,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    count: int,
) -> None:
    folder = tmp_path / "study"
    prepare(DATASET, make_plan(DATASET, Request(**TOO_SHORT, until_trained=True)), folder)
    where, name = (bridle.study.driver, "write_plan") if place == "plan" else (Store, place)
    original: Any = getattr(where, name)
    calls: list[None] = []

    def dying(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        if len(calls) == count:
            raise KilledError
        return original(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(where, name, dying)
        with pytest.raises(KilledError):
            finish(folder, InProcessExecutor())
    study = resume(folder, executor=InProcessExecutor())
    assert isinstance(study, Study)
    assert study.settled()
    assert study.plan == trained.plan
    assert study_bytes(folder) == study_bytes(trained.folder)


def test_more_epochs_that_do_not_fit_the_time_are_left_out(trained: Study, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    plan = make_plan(DATASET, Request(**TOO_SHORT, until_trained=True))
    prepare(DATASET, dataclasses.replace(plan, lengthen=False), folder)
    finish(folder, InProcessExecutor())
    path = folder / "study.json"
    before, request, computed_by = read_plan(path)
    write_plan(path, dataclasses.replace(before, lengthen=True), request, computed_by)
    study = resume(folder, executor=InProcessExecutor(), time_limit=1e-3)
    assert isinstance(study, Study)
    assert study.complete
    assert (study.plan.epochs, study.plan.replicates) == (6, before.replicates)
    assert study.plan.notes[-1] == (
        "12 epochs would be better, but more epochs do not fit the time limit of 0 s: every run has 6."
    )
