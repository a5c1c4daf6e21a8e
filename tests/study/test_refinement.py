"""Grids that go on where the best strength lies at their edge, with equal effort for every method."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridle.study.driver
from bridle.api.study import Study
from bridle.api.training import compare, finish, resume
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset, prepare
from bridle.study.bounds import ROUNDS
from bridle.study.driver import Progress
from bridle.study.grids import around, beyond
from bridle.study.plan import Plan, read_plan
from bridle.study.refinement import MORE, refined
from bridle.study.request import Request, make_plan
from bridle.study.selection import Selected, flat
from bridle.study.store import Store

DATASET = open_dataset("moons(n=60)")

# l1 so strong that less is better: its best lies at the low edge
TOO_STRONG: dict[str, Any] = {
    "methods": "none,l1,batch_norm,dropout+l2",
    "grid": {"l1": {"strength": [0.3, 1.0, 3.0]}, "learning_rate": [0.003, 0.01, 0.03]},
    "schedule": "constant",
    "replicates": 3,
    "epochs": 4,
    "widths": (8,),
}


def test_grids_go_on_as_they_came() -> None:
    log = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
    assert beyond("l1", "strength", log, 1) == [0.03, 0.1]
    assert beyond("l1", "strength", log, -1) == [3e-6, 1e-6]
    assert beyond("dropout", "rate", [0.1, 0.3, 0.5], 1) == [0.7, 0.9]
    assert beyond("dropout", "rate", [0.5, 0.7, 0.9], 1) == []  # 1.1 is no rate
    assert beyond("dropout+l2", "dropout.rate", [0.1, 0.3, 0.5], -1) == [0.05, 0.025]
    assert beyond("early_stopping", "patience", [1, 3, 5], 1) == [7, 9]
    assert beyond("none", "learning_rate", [0.01], 1) == [0.02, 0.04]
    assert beyond("none", "learning_rate", [0.01], -1) == [0.005, 0.003]


def test_between_lies_the_middle_and_whole_numbers_stay_whole() -> None:
    log = [1e-4, 1e-3, 1e-2]
    middle = pytest.approx(math.sqrt(1e-7), rel=0.05)
    assert next(around("l1", "strength", log, 1e-4)) == middle
    assert list(around("early_stopping", "patience", [1, 2, 3, 5, 8], 2))[:2] == [4, 6]
    assert list(around("dropout", "rate", [0.1, 0.3, 0.5], 0.3))[:2] == [0.2, 0.4]


@given(
    st.sampled_from([("l1", "strength"), ("dropout", "rate"), ("early_stopping", "patience")]),
    st.lists(st.integers(1, 40), min_size=1, max_size=9, unique=True),
    st.data(),
)
def test_new_values_are_new_and_always_enough(
    name: tuple[str, str], steps: list[int], data: Any
) -> None:
    label, key = name
    unit = {"l1": 1e-3, "dropout": 0.02, "early_stopping": 1.0}[label]
    tried = sorted(round(unit * step, 6) for step in steps)
    found = list(around(label, key, tried, data.draw(st.sampled_from(tried))))
    assert not set(found) & set(tried)
    assert len(set(found)) >= MORE
    assert all(value > 0 for value in found)
    assert label != "dropout" or max(found) < 1


def plan_and_choice(choice: dict[str, int]) -> tuple[Plan, Selected]:
    plan = make_plan(DATASET, Request(methods="none,l1,batch_norm,dropout+l2", replicates=2))
    return plan, chosen(plan, choice)


def chosen(plan: Plan, choice: dict[str, int]) -> Selected:
    return {
        (run.method, run.replicate): run
        for run in plan.runs
        if run.configuration == choice[run.method]
    }


def test_every_method_gets_as_many_more_around_its_best() -> None:
    plan, selected = plan_and_choice({"none": 4, "l1": 5, "batch_norm": 2, "dropout+l2": 4})
    further = refined(plan, selected)
    assert further is not None
    assert further.rounds == 1
    assert {len(found) for found in further.configurations.values()} == {9 + MORE}
    assert further.asked == plan.configurations
    assert further.hash == plan.hash
    new = {label: found[9:] for label, found in further.configurations.items()}
    assert [c["hyperparameters"]["strength"] for c in new["l1"]] == [0.03, 0.09]
    # the baseline's best is inside: halfway to its neighbours 0.0074 and 0.0132
    assert [c["learning_rate"] for c in new["none"]] == [0.0086, 0.011]
    for label, found in new.items():
        assert {c["round"] for c in found} == {1}
        assert not [c for c in map(flat, found) if c in map(flat, plan.configurations[label])]
        best = flat(plan.configurations[label][selected[label, 0].configuration])
        for c in found:  # one hyperparameter at a time
            assert sum(best[key] != value for key, value in flat(c).items()) == 1


def test_it_ends_inside_and_after_its_rounds() -> None:
    inside = {"none": 3, "l1": 4, "batch_norm": 3, "dropout+l2": 4}
    assert refined(*plan_and_choice(inside)) is None
    plan, selected = plan_and_choice({**inside, "l1": 5})
    for done in range(1, ROUNDS + 1):
        further = refined(plan, selected)
        assert further is not None
        assert further.rounds == done
        assert further.up_to(done - 1) == plan
        plan = further
        # the best is the last value again
        selected = chosen(plan, {**inside, "l1": len(plan.configurations["l1"]) - 1})
    assert {len(found) for found in plan.configurations.values()} == {9 + ROUNDS * MORE}
    assert refined(plan, selected) is None


@pytest.fixture(scope="module")
def refined_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("refined") / "study"
    return compare(
        "moons(n=60)", out=folder, executor=InProcessExecutor(), refine=True, **TOO_STRONG
    )


@pytest.mark.long
def test_a_study_refines_until_the_best_lies_inside_or_its_rounds_are_done(
    refined_study: Study,
) -> None:
    plan = refined_study.plan
    assert refined_study.complete
    assert 1 <= plan.rounds <= ROUNDS
    assert {len(found) for found in plan.configurations.values()} == {9 + MORE * plan.rounds}
    tried: list[Any] = [c["hyperparameters"]["strength"] for c in plan.configurations["l1"]]
    assert tried[:3] == [0.3, 1.0, 3.0]
    assert min(tried) < 0.3
    assert plan.rounds == ROUNDS or not refined_study.facts()["at_edge"]
    assert len(refined_study.results()) == len(plan.runs)


@pytest.mark.long
def test_a_finished_study_can_be_refined_with_the_same_settings_and_another_look(
    refined_study: Study, tmp_path: Path, study_bytes: Any
) -> None:
    folder = tmp_path / "study"
    first = compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **TOO_STRONG)
    assert first.plan.rounds == 0
    assert first.request == refined_study.request
    seen: list[Progress] = []
    again = compare(
        "moons(n=60)",
        out=folder,
        executor=InProcessExecutor(),
        refine=True,
        watch=seen.append,
        **TOO_STRONG,
    )
    assert again.plan == seen_before(refined_study.plan, 0.2)
    assert same_runs(study_bytes(folder), study_bytes(refined_study.folder))
    before, then, once = first.comparison(), again.comparison(), refined_study.comparison()
    assert before is not None
    assert then is not None
    assert once is not None
    assert (before.held, then.held, once.held) == (0.964, 0.9928, 0.964)
    for c in then.methods:  # of the same scores
        assert c.estimate == once[c.method].estimate
        assert c.low < once[c.method].low
    assert "after verdicts had been seen, which spent 80 % of the error" in again.summary
    assert "these intervals are held to 99.28 %" in again.summary
    assert "had been seen" not in refined_study.summary
    page = again.report().read_text(encoding="utf-8")
    commands = page[page.index("<pre>") : page.index("</pre>")].splitlines()
    assert [" --refine" in command for command in commands] == [False, True]
    assert seen[0].done == len(first.plan.runs)
    assert "l1" in seen[0].note
    # asked for again, with or without, it stays as it is
    for more in ({}, {"refine": True}):
        same = compare(
            "moons(n=60)", out=folder, executor=InProcessExecutor(), **TOO_STRONG, **more
        )
        assert same.plan == again.plan


def seen_before(plan: Plan, left: float) -> Plan:
    """The plan of the same study whose verdicts were seen before it was refined."""
    return dataclasses.replace(plan, looks=dataclasses.replace(plan.looks, left=left))


def same_runs(found: dict[str, bytes], expected: dict[str, bytes]) -> bool:
    """Say whether two studies have the same bytes but for the leaderboard, whose intervals differ."""
    apart = {"leaderboard.csv"}
    return {k: v for k, v in found.items() if k not in apart} == {
        k: v for k, v in expected.items() if k not in apart
    }


def test_a_study_of_one_look_is_not_refined_once_it_was_seen(tmp_path: Path) -> None:
    request = {**TOO_STRONG, "one_look": True}
    folder = tmp_path / "study"
    once = compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **request)
    with pytest.raises(
        UserError, match=r"only look.*refines from the start, with other draws: the seed 1"
    ):
        compare("moons(n=60)", out=folder, refine=True, **request)
    assert Study(folder).plan == once.plan


def test_an_interrupted_study_was_not_seen(refined_study: Study, tmp_path: Path) -> None:
    folder = prepare(DATASET, make_plan(DATASET, Request(**TOO_STRONG)), tmp_path / "study")
    study = compare(
        "moons(n=60)", out=folder, executor=InProcessExecutor(), refine=True, **TOO_STRONG
    )
    assert study.plan == refined_study.plan


class KilledError(BaseException):
    """Stands for a process that ends here."""


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["best", "one-se"])
@pytest.mark.parametrize(
    ("place", "count"), [("plan", 1), ("plan", 2), ("add", 1), ("add", -1), ("sweep", -1)]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_a_refined_study_ends_as_if_it_were_not(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    study_bytes: Any,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    count: int,
    when: str,
    rule: str,
) -> None:
    whole, calls = _whole(tmp_path_factory, rule)
    folder = tmp_path / "study"
    asked = Request(**TOO_STRONG, refine=True, select=rule)
    prepare(DATASET, make_plan(DATASET, asked), folder)
    with monkeypatch.context() as patched:
        counted = _watch(patched, place, count % (calls[place] + 1), when)
        with pytest.raises(KilledError):
            finish(folder, InProcessExecutor())
    assert counted[place] == count % (calls[place] + 1)
    study = resume(folder, executor=InProcessExecutor())
    assert isinstance(study, Study)
    assert study.settled()
    assert study.plan == Study(whole).plan
    assert study_bytes(folder) == study_bytes(whole)


_WHOLE: dict[str, tuple[Path, dict[str, int]]] = {}


def _whole(factory: pytest.TempPathFactory, rule: str) -> tuple[Path, dict[str, int]]:
    """Return a study that nobody killed, and how often it went through each place."""
    if rule not in _WHOLE:
        folder = factory.mktemp(rule) / "study"
        prepare(
            DATASET, make_plan(DATASET, Request(**TOO_STRONG, refine=True, select=rule)), folder
        )
        with pytest.MonkeyPatch.context() as patched:
            calls = {place: _watch(patched, place, 0, "") for place in ("plan", "add", "sweep")}
            finish(folder, InProcessExecutor())
        _WHOLE[rule] = folder, {place: found[place] for place, found in calls.items()}
    return _WHOLE[rule]


def _watch(patched: pytest.MonkeyPatch, place: str, last: int, when: str) -> dict[str, int]:
    """Count how often a place is gone through, and die there the `last` time."""
    where, name = (bridle.study.driver, "write_plan") if place == "plan" else (Store, place)
    original, calls = getattr(where, name), {place: 0}

    def counting(*arguments: Any, **named: Any) -> Any:
        calls[place] += 1
        if calls[place] == last and when == "before":
            raise KilledError
        result = original(*arguments, **named)
        if calls[place] == last:
            raise KilledError
        return result

    patched.setattr(where, name, counting)
    return calls


def test_a_round_that_does_not_fit_the_time_is_left_out_and_trained_when_asked_for_again(
    refined_study: Study, tmp_path: Path, study_bytes: Any
) -> None:
    folder = tmp_path / "study"
    compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **TOO_STRONG)
    request = {**TOO_STRONG, "refine": True}
    short = compare(
        "moons(n=60)", out=folder, executor=InProcessExecutor(), time_limit=1e-3, **request
    )
    assert short.complete
    assert (short.plan.rounds, short.plan.replicates) == (0, TOO_STRONG["replicates"])
    assert "does not fit the time limit" in short.plan.notes[0]
    again = compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **request)
    assert again.plan == seen_before(refined_study.plan, 0.04)
    assert not again.plan.notes
    assert same_runs(study_bytes(folder), study_bytes(refined_study.folder))


def test_another_rule_is_another_study_and_refinement_is_not() -> None:
    plan = make_plan(DATASET, Request(**TOO_STRONG))
    assert make_plan(DATASET, Request(**TOO_STRONG, refine=True)).hash == plan.hash
    assert dataclasses.replace(plan, select="one-se").hash != plan.hash


def test_the_plan_on_disk_knows_its_rounds(refined_study: Study) -> None:
    plan, request, _ = read_plan(refined_study.folder / "study.json")
    assert plan == refined_study.plan
    assert plan.hash == request
    assert not plan.refine
