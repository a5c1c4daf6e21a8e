"""Which weights and predictions a study keeps, while it trains and in the end."""

from __future__ import annotations

import functools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.api.study import Study
from bridle.api.training import compare
from bridle.engine.executor import InProcessExecutor
from bridle.errors import UserError
from bridle.study.begin import open_dataset
from bridle.study.bounds import KEEP
from bridle.study.configurations import Configuration
from bridle.study.influence import pairs
from bridle.study.keeping import Keeping
from bridle.study.plan import Plan, PlannedRun
from bridle.study.request import Request, make_plan
from bridle.study.schema import KINDS, SCORES
from bridle.study.selection import contenders
from bridle.study.stored import StoredRun

from .conftest import SMALL

DATASET = open_dataset("moons(n=60)")
METHODS = "none,l1,dropout,dropout(rate=0.5)"  # the last has its runs' names in common with one of dropout


def stored(run: PlannedRun, right: int) -> StoredRun:
    scores = dict.fromkeys(SCORES, 0.0) | {"val_score": right / DATASET.sizes.validation}
    return StoredRun(run.name, "done", 1, 1, scores)


@functools.cache
def plan_of() -> Plan:
    return make_plan(DATASET, Request(methods=METHODS, replicates=2, configurations=4))


@settings(deadline=None, max_examples=15)
@given(
    st.randoms(use_true_random=False), st.sampled_from(["best", "one-se"]), st.sampled_from(KEEP)
)
@pytest.mark.parametrize("rounds", [0, 1])
def test_run_by_run_it_is_what_all_runs_together_say(
    rounds: int, random: Any, rule: str, keep: str
) -> None:
    """The oracle looks at all finished runs anew after every chunk, as a driver without a memory would."""
    plan = replace(plan_of(), select=rule, keep=keep)
    if rounds:
        latest: dict[str, list[Configuration]] = {
            label: [*found[:-1], {**found[-1], "round": 1}]
            for label, found in plan.configurations.items()
        }
        plan = replace(plan, configurations=latest)
    runs = list({run.name: run for run in plan.runs}.values())
    random.shuffle(runs)
    begun = random.randrange(len(runs))
    done = {run.name: stored(run, random.randrange(30)) for run in runs[:begun]}
    keeping = Keeping(plan, done, DATASET)
    there = {name for name in done if keeping.wants("predictions", name)}
    while begun < len(runs):
        chunk = runs[begun : begun + random.randrange(1, 9)]
        begun += len(chunk)
        done.update((run.name, stored(run, random.randrange(30))) for run in chunk)
        superseded = keeping.add(run.name for run in chunk)
        there |= {run.name for run in chunk if keeping.wants("predictions", run.name)}
        there -= {name for name in superseded if not keeping.wants("predictions", name)}

        plans = [plan, plan.up_to(0)] if rounds else [plan]
        lists = [found for one in plans for found in contenders(one, done, DATASET).values()]
        may_be = {run.name for found in lists for run in found}
        always = {pair.name for pair in pairs(plan).values()}
        assert there == (may_be | always) & done.keys()
        added = {"selected": [], "paths": [0], "all": [0, 1]}[keep]
        weights = there | {
            run.name for run in plan.runs if run.replicate in added and run.name in done
        }
        assert {name for name in done if keeping.wants("weights", name)} == weights


def names(folder: Path) -> list[set[str]]:
    return [{path.stem for path in (folder / kind).iterdir()} for kind in KINDS]


def test_every_configuration_of_the_first_replicate_has_its_weights(small_study: Study) -> None:
    weights, predictions = names(small_study.folder)
    first = {run.name for run in small_study.plan.runs if run.replicate == 0}
    assert weights == predictions | first > predictions
    for label, tried in small_study.plan.configurations.items():
        found = [small_study.weights(label, 0, number) for number in range(len(tried))]
        kernels = [arrays["dense_0/kernel"] for arrays in found]
        assert not any(np.array_equal(kernels[0], other) for other in kernels[1:])
        chosen = small_study.selected[label, 0].configuration
        for name, array in small_study.weights(label).items():
            np.testing.assert_array_equal(found[chosen][name], array)


def test_what_was_not_kept_or_is_not_there_is_said(small_study: Study) -> None:
    other = next(
        run
        for run in small_study.plan.runs
        if run.replicate == 1 and run.name not in names(small_study.folder)[0]
    )
    with pytest.raises(UserError, match=r'were not kept \(keep="paths"\).*keep="all"'):
        small_study.weights(other.method, 1, other.configuration)
    with pytest.raises(UserError, match="configuration must be"):
        small_study.weights("l1", 0, 99)


def test_a_study_keeps_more_when_asked_and_never_less(
    small_study: Study, tmp_path: Path, study_bytes: Any
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(small_study.folder, folder)
    more = compare("moons(n=60)", out=folder, executor=InProcessExecutor(), keep="all", **SMALL)
    assert more.plan.keep == "all"
    assert names(folder) == [{run.name for run in more.plan.runs}, names(small_study.folder)[1]]
    assert study_bytes(small_study.folder).items() <= study_bytes(folder).items()
    again = compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **SMALL)
    assert again.plan.keep == "all"
    assert names(folder) == names(more.folder)
    lost = next(path for path in (folder / "weights").iterdir())
    lost.unlink()
    assert not again.settled()
    compare("moons(n=60)", out=folder, executor=InProcessExecutor(), **SMALL)
    assert lost.exists()


def test_large_weights_are_kept_of_selected_runs_alone() -> None:
    asked: dict[str, Any] = {"methods": "l1,l2", "widths": (1024, 1024), "replicates": 2}
    assert make_plan(DATASET, Request(**asked)).keep == "selected"  # 21 times 4 MiB, of 64
    assert make_plan(DATASET, Request(**asked, configurations=2)).keep == "paths"
    assert make_plan(DATASET, Request(**asked, keep="paths")).keep == "paths"
    with pytest.raises(UserError, match="keep must be one of selected, paths, all"):
        make_plan(DATASET, Request(**asked, keep="some"))


def test_histories_of_all_runs(small_study: Study) -> None:
    every, chosen = small_study.histories(selected=False), small_study.histories()
    assert len(every) == small_study.results()["epochs_run"].sum()
    assert list(every.columns[:4]) == ["method", "replicate", "configuration", "epoch"]
    picked = {
        (run.method, run.replicate, run.configuration) for run in small_study.selected.values()
    }
    keys = every[["method", "replicate", "configuration"]].apply(tuple, axis=1)
    mine = every[keys.isin(picked)].drop(columns="configuration")
    order = ["method", "replicate", "epoch"]
    left, right = (f.sort_values(order).reset_index(drop=True) for f in (mine, chosen))
    assert left.equals(right)
