"""The hierarchical lasso against a search along one dimension, and against NumPy in training."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.methods.catalogue import method
from bridle.methods.hierarchical_lasso import hierarchical_step
from bridle.methods.hook_types import Params
from bridle.networks.catalogue import network
from bridle.optimizers.sgd import SGD
from tests.methods.one_step import BATCH, NETWORK, TASK, WEIGHT, Y

RATE, STEPS = 0.05, 50
NAME = "hierarchical_lasso"


def searched(
    skip: np.ndarray, kernel: np.ndarray, force: float, ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the same pair: its objective is convex in the length of a feature's linear weights."""
    found, rows = np.zeros_like(skip), np.zeros_like(kernel)
    for j, (v, u) in enumerate(zip(skip, kernel, strict=True)):
        norm = np.linalg.norm(v)

        def cost(length: float, norm: float = float(norm), u: np.ndarray = u) -> float:
            beyond = np.maximum(np.abs(u) - ratio * length, 0)
            return float((length - norm) ** 2 / 2 + force * length + (beyond**2).sum() / 2)

        top = norm + ratio * np.abs(u).sum() + 1
        fine = {"xatol": 1e-10}
        best = scipy.optimize.minimize_scalar(
            cost, (0, top), bounds=(0, top), method="bounded", options=fine
        )
        length = best.x if cost(best.x) < cost(0.0) - 1e-9 else 0.0
        found[j] = v / norm * length
        rows[j] = np.sign(u) * np.minimum(np.abs(u), ratio * length)
    return found, rows


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 1.0, 5.0]), st.sampled_from([0.1, 1.0, 10.0])
)
def test_the_step_is_the_minimum(seed: int, force: float, ratio: float) -> None:
    random = np.random.default_rng(seed)
    skip, kernel = random.normal(size=(4, 3)), random.normal(size=(4, 6))
    found = hierarchical_step(jnp.asarray(skip), jnp.asarray(kernel), force, ratio)
    for ours, theirs in zip(found, searched(skip, kernel, force, ratio), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


def started(strength: float, ratio: float = 10.0) -> tuple[Step, Run, State]:
    step = Step(NETWORK, (method(NAME),), SGD(0.0), task=TASK)
    setting = {NAME: {"strength": strength, "ratio": ratio}}
    encoded = encode_setting(step.methods, RunSpec(setting, RATE, 1, 0, 0), NETWORK.layers)
    h = jax.tree.map(jnp.asarray, encoded)
    run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(RATE), jnp.int32(1))
    return step, run, step.init(run)


@pytest.mark.parametrize("strength", [0.0, 0.1, 50.0])
def test_training(strength: float) -> None:
    step, run, state = started(strength)
    skip, first = f"{NAME}/skip", "dense_0/kernel"

    def loss(params: Params) -> Any:
        hidden = jnp.tanh(BATCH.x @ params[first] + params["dense_0/bias"])
        logits = hidden @ params["dense_1/kernel"] + params["dense_1/bias"]
        logits += (strength > 0) * (BATCH.x @ params[skip])
        losses = -(jax.nn.log_softmax(logits) * Y).sum(-1)
        return (losses * WEIGHT).sum() / WEIGHT.sum()

    train, slope = jax.jit(step.train, static_argnums=3), jax.jit(jax.grad(loss))
    params = {name: np.asarray(value, float) for name, value in state.model.params.items()}
    for _ in range(STEPS):
        state = train(state, run, BATCH, STEPS)
        grads = slope(params)
        params = {name: value - RATE * np.asarray(grads[name]) for name, value in params.items()}
        if strength:
            params[skip], params[first] = searched(
                params[skip], params[first], RATE * strength, 10.0
            )
    for name, value in params.items():
        if strength or name != skip:
            np.testing.assert_allclose(
                state.model.params[name], value, rtol=5e-3, atol=1e-3, err_msg=name
            )
    if strength == 50.0:  # all features have left both
        assert not np.asarray(state.model.params[skip]).any()
        assert not np.asarray(state.model.params[first]).any()
    norms = np.linalg.norm(np.asarray(state.model.params[skip]), axis=1)
    expected = strength * norms.sum()
    np.testing.assert_allclose(
        step.penalty(state.model.params, run), expected, rtol=1e-5, atol=1e-7
    )


def test_a_feature_leaves_the_network_with_its_linear_weights() -> None:
    step, run, state = started(0.3, ratio=2.0)
    train = jax.jit(step.train, static_argnums=3)
    for _ in range(STEPS):
        state = train(state, run, BATCH, STEPS)
        norms = np.linalg.norm(np.asarray(state.model.params[f"{NAME}/skip"]), axis=1)
        largest = np.abs(np.asarray(state.model.params["dense_0/kernel"])).max(axis=1)
        assert (largest <= 2.0 * norms * (1 + 1e-5) + 1e-9).all()


def test_convolutions_are_refused() -> None:
    assert method(NAME).refuses(NETWORK, TASK) is None
    convolved = network("cnn(filters=[3])", (8, 8), TASK, (5,), "relu")
    assert "shares weights among them" in str(method(NAME).refuses(convolved, TASK))
