"""Optimizers and schedules in the training step, in plans, in studies and in words."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import bridle
from bridle.data import load
from bridle.methods.base import Method, Order
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Values
from bridle.methods.schedules.rates import Cosine
from bridle.study.command import again, command_of
from bridle.study.plan import Plan, read_plan
from bridle.study.request import Request, make_plan
from bridle.testing import PROBLEMS
from bridle.testing.trainer import EPOCHS, LEARNING_RATE, Trainer


class Halves(Method):
    """Halves the learning rate."""

    name = "halves"
    order = Order.PENALTY + 90

    def schedule(self, progress: Array, h: Values) -> float:
        return 0.5


def test_plan_and_method_multiply_their_schedules() -> None:
    trainer = Trainer(PROBLEMS[0], [method("none"), Halves()])
    step = dataclasses.replace(trainer.step, schedule=Cosine(0.25, 0.1))
    run = trainer.run({})
    state, steps = trainer.start(run), 3
    for taken in (0, 7, 60, steps * EPOCHS - 1):
        rate = step.learning_rate(state._replace(taken=jnp.asarray(taken)), run, steps)
        progress = taken / (steps * EPOCHS)
        q = (progress - 0.25) / 0.75
        factor = progress / 0.25 if q < 0 else 0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * q))
        assert float(rate) == pytest.approx(LEARNING_RATE * 0.5 * factor, rel=1e-5)


def plan(**asked: Any) -> Plan:
    return make_plan(load("moons(n=60)"), Request(methods="l1", epochs=2, **asked))


def test_a_schedule_is_part_of_program_plan_and_command() -> None:
    linear, falling = plan(), plan(schedule="Cosine(warm-up=0.05)")
    assert falling.schedule == falling.program("l1").schedule == "cosine(warmup=0.05)"
    assert linear.hash != falling.hash
    assert linear.runs[0].name != falling.runs[0].name
    assert linear.hash == plan(schedule="linear").hash
    for line in (command_of(falling), again(falling, "bridle-moons")):
        assert "--schedule 'cosine(warmup=0.05)'" in line
    assert "--schedule" not in command_of(linear)


def test_rows_of_one_s_own_are_compared_again_with_optimizer_and_schedule() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    from bridle.data import from_arrays

    dataset = from_arrays(X, X[:, 0] > 0)
    asked = Request(methods="l1", epochs=2, optimizer="lion", schedule="cosine")
    call = command_of(make_plan(dataset, asked))
    assert "optimizer='lion'" in call
    assert "schedule='cosine'" in call


@pytest.mark.long
def test_a_study_under_muon_and_a_schedule(tmp_path: Path) -> None:
    study = bridle.compare(
        "moons(n=40)",
        methods="l1(strength=0.3)",
        epochs=3,
        replicates=2,
        configurations=1,
        widths=(6, 5),
        optimizer="muon",
        schedule="linear(warmup=0.2)",
        out=tmp_path / "study",
    )
    kept, _, _ = read_plan(tmp_path / "study" / "study.json")
    assert (kept.optimizer, kept.schedule) == ("muon", "linear(warmup=0.2)")
    results = study.results()
    assert set(results.status) == {"done"}
    strong = results[results.method != "none"]
    assert (strong.exact_zeros > 0).all()
    assert np.isfinite(strong.share).all()
    page = study.report().read_text()
    assert "muon, learning rate 0.01, falling linearly to 0 after a warmup of 20 %" in page
