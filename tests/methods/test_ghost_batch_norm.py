"""Ghost batch normalization against a plain loop over the parts of a batch, differentiated by JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from bridle.methods.catalogue import compiled, method
from bridle.methods.ghost_batch_norm import after, parts
from bridle.methods.hook_types import Context, Params, Slot
from bridle.optimizers.sgd import SGD
from tests.methods.many_steps import RATE, STEPS, close, copied, started
from tests.methods.one_step import BATCH, DRAWS, NETWORK, X, Y

AT, MOMENTUM, EPSILON = "dense_0/pre", 0.8, 0.1
REAL = 6
"""Number of rows of the small batch that are no padding."""


def loss(params: Params, moving: list[Any], size: int) -> tuple[Any, list[Any]]:
    """The mean loss of the rows that count, one part after another, and the moving moments after them."""
    own = f"ghost_batch_norm/{AT}"
    losses, before = [], moving
    for start in range(0, REAL, size):
        rows = slice(start, min(start + size, REAL))
        x: Any = X[rows] @ params["dense_0/kernel"] + params["dense_0/bias"]
        mean, variance = (x.mean(0), x.var(0)) if len(x) > 1 else before
        if len(x) > 1:
            now = zip(moving, (mean, variance), strict=True)
            moving = [MOMENTUM * old + (1 - MOMENTUM) * new for old, new in now]
        x = (x - mean) / jnp.sqrt(variance + EPSILON)
        x = jnp.tanh(x * params[f"{own}/scale"] + params[f"{own}/offset"])
        logits = x @ params["dense_1/kernel"] + params["dense_1/bias"]
        losses.append(optax.softmax_cross_entropy(logits, Y[rows]))
    return jnp.concatenate(losses).mean(), moving


@pytest.mark.parametrize("size", [2, 4, 5, 100])
def test_fifty_steps(size: int) -> None:
    """Of six rows and two of padding: parts of 2, 2, 2 and 0 rows, of 4 and 2, of 5 and a lone one, and the whole."""
    form = f"ghost_batch_norm(size={size})"
    step, run, state = started(form, NETWORK, SGD(0.0), momentum=MOMENTUM, epsilon=EPSILON)
    params: Any = copied(state.model.params)
    moving: list[Any] = [np.zeros(5), np.ones(5)]
    train = jax.jit(step.train, static_argnums=3)
    slope = jax.jit(jax.grad(loss, has_aux=True), static_argnums=2)
    for taken in range(STEPS):
        state = train(state, run, BATCH, STEPS)
        grads, moving = slope(params, moving, size)
        params = {name: value - RATE * np.asarray(grads[name]) for name, value in params.items()}
        if taken in (0, 9, STEPS - 1):
            close(state.model.params, params)
            at = f"ghost_batch_norm/{AT}"
            found = {key: state.model.statistics[f"{at}/{key}"] for key in ("mean", "variance")}
            close(found, dict(zip(found, map(np.asarray, moving), strict=True)))


def outcome(name: str, x: np.ndarray, slot: Slot, **more: Any) -> tuple[np.ndarray, Params]:
    found = compiled(name)
    own = found.parameters([slot], {}, DRAWS)
    h = {"momentum": jnp.float32(MOMENTUM), "epsilon": jnp.float32(EPSILON)}
    ctx = Context(True, None, jnp.ones(len(x)), dict(own.statistics), **more)
    out = found.hidden(slot, jnp.asarray(x), own.params, h, ctx)
    return np.asarray(out), {name.rpartition("/")[2]: v for name, v in ctx.statistics.items()}


@pytest.mark.parametrize("shape", [(8, 5), (8, 3, 2, 5)])
def test_each_part_is_a_batch_of_batch_norm(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(2.0, 3.0, size=shape).astype(np.float32)
    slot = Slot("pre", 0, 5, AT)
    found, _ = outcome("ghost_batch_norm(size=3)", x, slot)
    for rows in (slice(0, 3), slice(3, 6), slice(6, 8)):
        alone, _ = outcome("batch_norm", x[rows], slot)
        np.testing.assert_allclose(found[rows], alone, rtol=1e-4, atol=1e-5)
    whole, moments = outcome("ghost_batch_norm(size=8)", x, slot)
    plain, expected = outcome("batch_norm", x, slot)
    np.testing.assert_allclose(whole, plain, rtol=1e-5, atol=1e-6)
    for name, value in expected.items():
        np.testing.assert_allclose(moments[name], value, rtol=1e-5)


def test_recomputed_moments_are_means_over_examples() -> None:
    x = np.random.default_rng(0).normal(2.0, 3.0, size=(8, 5)).astype(np.float32)
    _, found = outcome("ghost_batch_norm(size=3)", x, Slot("pre", 0, 5, AT), kept=jnp.float32(0.25))
    each = [x[0:3], x[3:6], x[6:8]]
    mean = sum(len(part) * part.mean(0) for part in each) / 8
    variance = sum(len(part) * part.var(0) for part in each) / 8
    np.testing.assert_allclose(found["mean"], 0.75 * mean, rtol=1e-5)
    np.testing.assert_allclose(found["variance"], 0.25 + 0.75 * variance, rtol=1e-5)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_parts_move_the_moments_one_after_another(keep: float) -> None:
    found = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    there = np.array([True, False, True, True])
    expected = np.ones(3)
    for own in found[there]:
        expected = keep * expected + (1 - keep) * own
    moved = after(jnp.ones(3), jnp.asarray(found), jnp.float32(keep), jnp.asarray(there))
    np.testing.assert_allclose(moved, expected, rtol=1e-4, atol=1e-6)


def test_the_last_part_is_filled() -> None:
    found = np.asarray(parts(jnp.arange(1.0, 15.0).reshape(7, 2), 3))
    assert found.shape == (3, 3, 2)
    np.testing.assert_array_equal(found.reshape(-1)[:14], np.arange(1.0, 15.0))
    assert not found.reshape(-1)[14:].any()


def test_other_slots_are_left_alone() -> None:
    x = jnp.ones((8, 5))
    ctx = Context(True, None, jnp.ones(8), {})
    assert (
        method("ghost_batch_norm").hidden(Slot("post", 0, 5, "dense_0/post"), x, {}, {}, ctx) is x
    )
