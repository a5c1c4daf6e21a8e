"""Learning-rate schedules against their closed forms, and against Optax."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.methods.arguments import built
from bridle.methods.schedules.base import Schedule
from bridle.methods.schedules.catalogue import SCHEDULES
from bridle.methods.schedules.rates import Cosine, FlatCosine, Linear, Warmup
from bridle.optimizers.catalogue import schedule, schedules

STEPS = 40
PROGRESS = jnp.arange(STEPS) / STEPS


def cosine(q: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * q))


P = np.arange(STEPS) / STEPS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("constant", np.ones(STEPS)),
        ("warmup(warmup=0.25)", np.minimum(P / 0.25, 1)),
        ("warmup(warmup=0)", np.ones(STEPS)),
        ("linear", 1 - P),
        ("linear(final=0.2)", 1 - 0.8 * P),
        ("linear(warmup=0.2)", np.where(P < 0.2, P / 0.2, (1 - P) / 0.8)),
        ("cosine", cosine(P)),
        ("cosine(final=0.1)", 0.1 + 0.9 * cosine(P)),
        ("cosine(warmup=0.5)", np.where(P < 0.5, P / 0.5, cosine((P - 0.5) / 0.5))),
        ("flat_cosine", np.where(P < 0.7, 1, cosine((P - 0.7) / 0.3))),
        (
            "flat_cosine(flat=0.5,warmup=0.1,final=0.2)",
            np.where(P < 0.1, P / 0.1, np.where(P < 0.5, 1, 0.2 + 0.8 * cosine((P - 0.5) / 0.5))),
        ),
        ("early", np.maximum(1 - P / 0.2, 0)),
        ("early(until=0.5,falling=false)", np.where(P < 0.5, 1.0, 0.0)),
        ("late(since=0.3)", np.where(P >= 0.3, 1.0, 0.0)),
        # a warmup that ends after the flat part: the fall waits for it
        ("flat_cosine(flat=0,warmup=0.5)", np.where(P < 0.5, P / 0.5, cosine((P - 0.5) / 0.5))),
    ],
)
def test_closed_forms(text: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(built(SCHEDULES, text).factor(PROGRESS), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Linear(), optax.linear_schedule(1.0, 0.0, STEPS)),
        (Linear(final=0.3), optax.linear_schedule(1.0, 0.3, STEPS)),
        (Warmup(0.25), optax.linear_schedule(0.0, 1.0, STEPS // 4)),
        (Cosine(), optax.cosine_decay_schedule(1.0, STEPS)),
        (Cosine(0.25, 0.1), optax.warmup_cosine_decay_schedule(0.0, 1.0, STEPS // 4, STEPS, 0.1)),
        (
            FlatCosine(0.75),
            optax.join_schedules(
                [optax.constant_schedule(1.0), optax.cosine_decay_schedule(1.0, STEPS // 4)],
                [3 * STEPS // 4],
            ),
        ),
    ],
)
def test_against_optax(ours: Schedule, theirs: optax.Schedule) -> None:
    expected = [float(theirs(step)) for step in range(STEPS)]
    np.testing.assert_allclose(ours.factor(PROGRESS), expected, atol=1e-6)


SHARES = st.sampled_from([0.0, 0.05, 0.3, 0.99])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(schedules())), SHARES, SHARES, SHARES)
def test_any_schedule_stays_between_0_and_1_and_ends_where_it_says(
    name: str, warmup: float, final: float, flat: float
) -> None:
    given = {"warmup": warmup, "final": final, "flat": flat}
    kind = schedules()[name]
    own = {field.name for field in dataclasses.fields(kind)}
    made = kind(**{key: value for key, value in given.items() if key in own})
    factors = np.asarray(made.factor(jnp.linspace(0.0, 1.0, 21)))
    assert (factors >= 0).all()
    assert (factors <= 1 + 1e-6).all()
    assert factors[-1] == pytest.approx(final if "final" in own else 1.0, abs=1e-6)
    assert factors[0] == pytest.approx(0.0 if own and warmup else 1.0, abs=1e-6)


def test_a_constant_schedule_leaves_no_trace_in_a_program() -> None:
    program = jax.make_jaxpr(schedule("constant").rate)(0.1, 0.5)
    assert not program.eqns
