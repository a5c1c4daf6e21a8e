"""How much methods improved at the end, from invented histories."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from bridle.engine.spec import HISTORY
from bridle.study.plan import Plan, PlannedRun
from bridle.study.progress import Improvement, improvement
from bridle.study.request import Request, make_plan
from bridle.study.stored import StoredRun
from tests.study.test_lengthening import DATASET

EPOCHS = 12
PLAN = make_plan(
    DATASET,
    Request(
        schedule="constant",
        methods="none,early_stopping",
        configurations=2,
        grid={"learning_rate": {"learning_rate": [0.001, 0.01]}},
        replicates=3,
        epochs=EPOCHS,
        widths=(8,),
    ),
)


def rising(by: float, plan: Plan = PLAN) -> np.ndarray:
    """A history whose validation score rises by so much per doubling, while its loss falls by twice as much."""
    found = np.zeros((plan.epochs, len(HISTORY)), np.float32)
    doublings = np.log2(np.arange(1, plan.epochs + 1))
    found[:, HISTORY.index("val_score")] = 0.5 + by * doublings
    found[:, HISTORY.index("val_loss")] = 1 - 2 * by * doublings
    return found


def of(plan: Plan = PLAN, *, diverged: tuple[int, ...] = (), best: int = EPOCHS) -> Improvement:
    """The second setting of every method rises; runs of replicates `diverged` have no scores."""
    runs: dict[str, PlannedRun] = {run.name: run for run in plan.runs}
    done = {
        name: StoredRun(
            name,
            "diverged" if run.replicate in diverged else "done",
            best if run.method == "early_stopping" else plan.epochs,
            best if run.method == "early_stopping" else plan.epochs,
            {},
        )
        for name, run in runs.items()
    }

    def history(name: str) -> np.ndarray:
        return rising(0.02 * (1 + runs[name].configuration), plan)[: done[name].epochs_run]

    return improvement(plan, done, history, "accuracy")


def test_gains_are_those_of_the_best_setting() -> None:
    found = of()
    for label in PLAN.methods:
        np.testing.assert_allclose(found.scores[label], [0.04] * 3, rtol=1e-5)
        np.testing.assert_allclose(found.losses[label], [0.08] * 3, rtol=1e-5)
        np.testing.assert_allclose(found.faster[label], 0, atol=1e-6)
    error = 0.5 - 0.04 * math.log2(EPOCHS)
    assert found.margin == pytest.approx(0.1 * error, rel=1e-5)


def test_runs_that_stopped_no_longer_improve_and_those_that_diverged_are_unknown() -> None:
    found = of(best=7, diverged=(1,))
    np.testing.assert_array_equal(found.scores["early_stopping"], [0, np.nan, 0])
    assert np.isnan(found.losses["none"][1])
    assert np.isfinite(found.scores["none"][[0, 2]]).all()
    assert math.isfinite(found.margin)


def test_where_the_rate_falls_the_end_is_that_of_the_full_rate() -> None:
    done = {run.name: StoredRun(run.name, "done", EPOCHS, EPOCHS, {}) for run in PLAN.runs}
    half = rising(0.04)[np.minimum(np.arange(EPOCHS), EPOCHS // 2 - 1)]
    for schedule, gain in (("cosine", 0.04), ("constant", 0.0)):
        plan = dataclasses.replace(PLAN, schedule=schedule)
        names = dict(zip((run.name for run in plan.runs), done.values(), strict=True))
        found = improvement(plan, names, lambda name: half, "accuracy")
        np.testing.assert_allclose(found.scores["none"], [gain] * 3, rtol=1e-5)


def test_the_margin_is_in_the_unit_that_settings_are_chosen_by() -> None:
    loss = 1 - 0.08 * math.log2(EPOCHS)
    by_loss = dataclasses.replace(PLAN, criterion="log-loss", metric="log-loss")
    np.testing.assert_allclose(of(by_loss).scores["none"], [0.08] * 3, rtol=1e-5)
    assert of(by_loss).margin == pytest.approx(0.1 * loss, rel=1e-5)
    for plan, margin in (
        (dataclasses.replace(PLAN, margin="2pt"), 0.02),
        (dataclasses.replace(by_loss, margin="0.05"), 0.05),
        # in the unit of another metric: the default share
        (dataclasses.replace(by_loss, metric="brier", margin="0.05"), 0.1 * loss),
    ):
        assert of(plan).margin == pytest.approx(margin, rel=1e-5)


def test_before_anything_is_finished_nothing_is_known() -> None:
    found = improvement(PLAN, {}, lambda name: rising(0.1), "accuracy")
    assert np.isnan(found.scores["none"]).all()
    assert found.undertrained(0.95) == {"none": None, "early_stopping": None}


def test_a_share_of_a_negative_loss_is_no_margin() -> None:
    by_loss = dataclasses.replace(PLAN, metric="log-loss", criterion="log-loss")
    done = {run.name: StoredRun(run.name, "done", EPOCHS, EPOCHS, {}) for run in PLAN.runs}
    below = rising(0.02)
    below[:, HISTORY.index("val_loss")] -= 5.0
    found = improvement(by_loss, done, lambda name: below, "accuracy")
    assert found.margin == 0.0
    assert (found.scores["none"] > 0).all()
