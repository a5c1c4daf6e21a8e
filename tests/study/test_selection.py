"""Which setting a replicate gets: the best, or the strongest within one standard error of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bridle
from bridle.api.judge import Judged
from bridle.api.training import compare
from bridle.engine.executor import InProcessExecutor
from bridle.study.begin import open_dataset
from bridle.study.influence import pairs
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan
from bridle.study.schema import SCORES
from bridle.study.selection import at_edge, contenders, select, standard_error, stronger
from bridle.study.stored import StoredRun
from bridle.verdict.answer import conclude
from bridle.verdict.frames import leaderboard

from .conftest import SMALL

DATASET = open_dataset("moons(n=60)")
N = DATASET.sizes.validation
RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]


def plan_of(methods: str, rule: str = "one-se", **more: Any) -> Plan:
    asked = {"learning_rate": 0.01, **more}
    return make_plan(DATASET, Request(methods=methods, select=rule, replicates=2, **asked))


def finished(plan: Plan, right: list[int], losses: list[float] | None = None) -> dict[str, Any]:
    """Stored runs with so many right answers, in plan order; -1 for a diverged run."""
    done = {}
    losses = losses or [0.5] * len(right)
    for run, amount, loss in zip(plan.runs, right, losses, strict=False):
        score = amount / N if amount >= 0 else math.nan
        scores = dict.fromkeys(SCORES, 0.0) | {"val_score": score, "val_loss": loss}
        done[run.name] = StoredRun(run.name, "done", 1, 1, scores)
    return done


counts = st.lists(st.integers(-1, N), min_size=14, max_size=14)
loss_lists = st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=14, max_size=14)


def by_hand(right: list[float], losses: list[float], order: list[float], rule: str) -> int | None:
    """The rule of the textbook, for one replicate; `order` says how strong each setting is."""
    known = [i for i, r in enumerate(right) if r >= 0]
    if not known:
        return None
    best = min(known, key=lambda i: (-right[i], losses[i], i))
    if rule == "best":
        return best
    answers = np.array([1.0] * int(right[best]) + [0.0] * (N - int(right[best])))
    enough = answers.mean() - answers.std() / math.sqrt(N)
    within = [i for i in known if right[i] / N >= enough - 1e-12 and order[i] >= order[best]]
    return max(within, key=lambda i: (order[i], i == best))


@settings(deadline=None)
@given(counts, loss_lists, st.sampled_from(["best", "one-se"]))
@pytest.mark.parametrize(("method", "way"), [("l1", 1), ("early_stopping", -1), ("none", 0)])
def test_the_textbooks_rule_in_every_replicate(
    method: str, way: int, right: list[int], losses: list[float], rule: str
) -> None:
    of_rates = {"grid": {"learning_rate": RATES}, "learning_rate": None, "configurations": 7}
    plan = plan_of(method, rule, baseline=False, **(of_rates if method == "none" else {}))
    (label,) = plan.methods
    selected = select(plan, finished(plan, right, losses), DATASET)
    for replicate in range(2):
        own = [i for i, run in enumerate(plan.runs) if run.replicate == replicate]
        # learning rates are neither stronger nor weaker
        order = [float(way * plan.runs[i].configuration) for i in own]
        mine = by_hand([right[i] for i in own], [losses[i] for i in own], order, rule)
        if mine is None:
            assert selected[label, replicate].configuration == 0
        elif way or rule == "best":
            assert selected[label, replicate].configuration == mine
        else:
            best = by_hand([right[i] for i in own], [losses[i] for i in own], order, "best")
            assert selected[label, replicate].configuration == best


@settings(deadline=None)
@given(counts, st.integers(1, 13), st.sampled_from(["best", "one-se"]))
def test_who_was_out_of_the_running_never_comes_back(right: list[int], cut: int, rule: str) -> None:
    """Else files of runs thought superseded would be missing in the end."""
    plan = plan_of("dropout+l2", rule, baseline=False)
    before, after = (
        contenders(plan, finished(plan, right[:n]), DATASET) for n in (cut, len(right))
    )
    old = {run.name for run in plan.runs[:cut]}
    for place, found in after.items():
        allowed = {run.name for run in before.get(place, [])}
        assert {run.name for run in found} & old <= allowed


def test_stronger_is_a_strict_partial_order() -> None:
    plan = plan_of("dropout+l2", grid={"dropout": {"rate": [0.1, 0.2]}, "l2": {"strength": [0, 1]}})
    specs = [run.spec for run in plan.runs if run.method == "dropout+l2" and run.replicate == 0]
    # rates 0.1, 0.1, 0.2, 0.2 with strengths 0, 1, 0, 1
    above = {(i, j) for i, x in enumerate(specs) for j, y in enumerate(specs) if stronger(x, y)}
    assert above == {(1, 0), (2, 0), (3, 0), (3, 1), (3, 2)}


def test_other_hyperparameters_and_learning_rates_have_no_order() -> None:
    grid: Any = {"dropout": {"input_rate": [0.0, 0.5]}, "l2": {"learning_rate": [0.1, 0.2]}}
    plan = plan_of("none,dropout,l2", grid=grid)
    for label in plan.methods:
        specs = [run.spec for run in plan.runs if run.method == label and run.replicate == 0]
        assert not any(stronger(x, y) for x in specs for y in specs)


def test_strengths_per_layer_are_compared_layer_by_layer() -> None:
    plan = plan_of("dropout", grid={"dropout": {"rate": [(0.1, 0.4), (0.2, 0.4), (0.3, 0.1), 0.4]}})
    low, more, mixed, most = [
        run.spec for run in plan.runs if run.method == "dropout" and run.replicate == 0
    ]
    assert stronger(more, low)
    assert stronger(most, more)
    assert not stronger(mixed, low)
    assert not stronger(low, mixed)


def test_the_standard_error_is_that_of_a_mean_of_zeros_and_ones() -> None:
    answers = np.repeat([1.0, 0.0], [23, 7])
    assert standard_error(23 / 30, 30) == pytest.approx(answers.std() / math.sqrt(30))
    assert standard_error(1.0, 30) == 0.0


def test_an_edge_counts_only_where_the_domain_goes_on() -> None:
    plan = plan_of("none,early_stopping", "best")
    place = {run.name: run for run in plan.runs}
    for position, edge in ((0, None), (3, None), (6, ("patience", 1))):
        right = [20 if run.configuration == position else 10 for run in place.values()]
        selected = select(plan, finished(plan, right), DATASET)
        assert at_edge(plan, selected, "early_stopping") == edge


@pytest.mark.parametrize("rule", ["best", "one-se"])
def test_no_run_is_trained_twice_and_files_are_those_of_the_selected(
    tmp_path: Path, rule: str
) -> None:
    asked = {**SMALL, "configurations": 7, "select": rule}
    study = compare("moons(n=60)", out=tmp_path / "s", executor=InProcessExecutor(), **asked)
    assert study.facts()["costs"]["lane_epochs"] == len(study.plan.runs) * study.plan.epochs
    chosen = {run.name for run in study.selected.values()}
    paired = {pair.name for name, pair in pairs(study.plan).items() if name in chosen}
    first = {run.name for run in study.plan.runs if run.replicate == 0}
    assert {path.stem for path in (study.folder / "predictions").iterdir()} == chosen | paired
    assert {path.stem for path in (study.folder / "weights").iterdir()} == chosen | paired | first
    looks = [study.plan.replicates]
    judged = bridle.judge(study.folder / "results.csv", "fresh", looks=looks)
    assert isinstance(judged, Judged)
    # a table of accuracies keeps no error for the log-loss
    own = study.answer.evidence
    alone = conclude(replace(own, looks=replace(own.looks, share=1.0), proper=None))
    theirs, ours = (
        board.set_index("method") for board in (judged.leaderboard(), leaderboard(alone))
    )
    pd.testing.assert_series_equal(theirs["verdict"], ours["verdict"])
    columns = ["score", "difference_low", "difference_high"]
    np.testing.assert_allclose(theirs[columns], ours[columns])
