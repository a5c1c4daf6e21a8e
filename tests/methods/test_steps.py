"""Methods that need the number of the step, the first weights, or the optimizer's step, against NumPy over 50 steps."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from bridle.draws import Draws
from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, State, Step
from bridle.methods.catalogue import compiled, method
from bridle.methods.hook_types import Params
from bridle.methods.kl_sparsity import divergence
from bridle.networks.mlp import MLP
from bridle.optimizers.adam import Adam
from bridle.optimizers.catalogue import schedule
from bridle.optimizers.sgd import SGD
from tests.methods.many_steps import RATE, STEPS, close, copied, started, trained
from tests.methods.one_step import BATCH, NETWORK, TASK, WEIGHT, Y, plain_loss

GRADIENT = jax.jit(jax.grad(plain_loss))


def gradients(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    found = GRADIENT(params, BATCH.x, BATCH.y)
    return {name: np.asarray(value, np.float64) for name, value in found.items()}


@pytest.mark.parametrize("strength", [0.0, 0.01, 1.0])
def test_gradient_noise(strength: float) -> None:
    """The variance of step t is η/(1 + t)^γ, with the draws of the step."""
    path = trained("gradient_noise", NETWORK, SGD(0.0), strength=strength, decay=0.7)
    params = copied(path[0])
    key = jnp.asarray([3, 4], jnp.uint32)
    for taken in range(STEPS):
        size = np.sqrt(strength / (1 + taken) ** 0.7)
        draws = Draws(key).at("step", taken).at("gradient_noise")
        for name, grad in gradients(params).items():
            noise = np.asarray(draws.at(name).normal(grad.shape), np.float64)
            params[name] = params[name] - RATE * (grad + size * noise)
        if taken in (0, 9, STEPS - 1):
            close(path[taken + 1], params)


@pytest.mark.parametrize("strength", [0.0, 0.3, 10.0])
@pytest.mark.parametrize("biases", [False, True])
def test_cautious_decay_beside_plain_adam(strength: float, biases: bool) -> None:
    """From every point of the path: Adam's step, then decay where it has the weight's sign."""
    step, run, state = started("cautious_decay", NETWORK, Adam(), strength=strength, biases=biases)
    bare, plain, _ = started("none", NETWORK, Adam())
    train, rest = (jax.jit(one.train, static_argnums=3) for one in (step, bare))
    for _ in range(STEPS):
        old = copied(state.model.params)
        rested = State(state.model, state.optimizer, {"none": ()}, state.taken)
        new = copied(rest(rested, plain, BATCH, STEPS).model.params)
        state = train(state, run, BATCH, STEPS)
        for name, value in state.model.params.items():
            update = (old[name] - new[name]) / RATE
            decayed = strength * (update * old[name] >= 0) * old[name]
            there = biases or name.endswith("/kernel")
            expected = old[name] - RATE * (update + there * decayed)
            np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("strength", [0.0, 0.01, 1.0])
def test_independent_decay(strength: float) -> None:
    path = trained("independent_decay", NETWORK, SGD(0.0), strength=strength)
    params = copied(path[0])
    for taken in range(STEPS):
        for name, grad in gradients(params).items():
            share = strength * name.endswith("/kernel")
            params[name] = params[name] - RATE * grad - share * params[name]
        if taken in (0, STEPS - 1):
            close(path[taken + 1], params)


def test_independent_decay_along_the_rate_is_that_of_the_paper() -> None:
    """Algorithm 2 multiplies rate and decay by one schedule: so is λ = rate · λ′ of weight_decay."""
    ends = []
    for form, strength in (("independent_decay(strength=linear)", 0.01), ("weight_decay", 0.2)):
        found = compiled(form)
        step = Step(NETWORK, (found,), SGD(0.0), task=TASK, schedule=schedule("linear"))
        setting = {found.name: {"strength": strength, "biases": False}}
        encoded = encode_setting(step.methods, RunSpec(setting, RATE, 1, 0, 0), NETWORK.layers)
        h = jax.tree.map(jnp.asarray, encoded)
        run = Run(jnp.asarray([3, 4], jnp.uint32), h, jnp.float32(RATE), jnp.int32(1))
        state, train = step.init(run), jax.jit(step.train, static_argnums=3)
        for _ in range(STEPS):
            state = train(state, run, BATCH, STEPS)
        ends.append(state.model.params)
    close(ends[0], copied(ends[1]))


@pytest.mark.parametrize("strength", [0.0, 0.1, 3.0])
def test_l2_sp(strength: float) -> None:
    path = trained("l2_sp", NETWORK, SGD(0.0), strength=strength)
    first = params = copied(path[0])
    for taken in range(STEPS):
        grads = gradients(params)
        params = {
            name: value
            - RATE * (grads[name] + 2 * strength * name.endswith("/kernel") * (value - first[name]))
            for name, value in params.items()
        }
        if taken in (0, STEPS - 1):
            close(path[taken + 1], params)


def test_l2_sp_keeps_the_first_weights_beside_the_model() -> None:
    step, run, state = started("l2_sp", NETWORK, SGD(0.0), strength=1.0)
    after = jax.jit(step.train, static_argnums=3)(state, run, BATCH, STEPS).model
    assert list(after.statistics) == [f"l2_sp/dense_{i}/kernel/first" for i in range(2)]
    for name, value in after.statistics.items():
        kernel = name.removeprefix("l2_sp/").removesuffix("/first")
        np.testing.assert_array_equal(value, state.model.params[kernel])
        assert not np.array_equal(value, after.params[kernel])


SIGMOID = MLP((4,), (5,), 3, "sigmoid")


@pytest.mark.parametrize("strength", [0.0, 0.03, 1.0])
def test_kl_sparsity(strength: float) -> None:
    """SciPy's relative entropies of the batch's mean activations, with a hidden layer that is written out."""
    step, run, state = started("kl_sparsity", SIGMOID, SGD(0.0), strength=strength, target=0.1)

    def loss(params: Params) -> Any:
        hidden = 1 / (1 + jnp.exp(-(BATCH.x @ params["dense_0/kernel"] + params["dense_0/bias"])))
        logits = hidden @ params["dense_1/kernel"] + params["dense_1/bias"]
        losses = -(jax.nn.log_softmax(logits) * Y).sum(-1)
        mean = (WEIGHT[:, None] * hidden).sum(0) / WEIGHT.sum()
        entropies = 0.1 * jnp.log(0.1 / mean) + 0.9 * jnp.log(0.9 / (1 - mean))
        return (losses * WEIGHT).sum() / WEIGHT.sum() + strength * entropies.sum()

    expected: Any = copied(state.model.params)
    train, slope = jax.jit(step.train, static_argnums=3), jax.jit(jax.grad(loss))
    for _ in range(STEPS):
        state = train(state, run, BATCH, STEPS)
        grads = slope(expected)
        expected = {
            name: value - RATE * np.asarray(grads[name]) for name, value in expected.items()
        }
    close(state.model.params, expected)


def test_the_divergence_is_scipys_and_finite_at_the_ends() -> None:
    mean = np.linspace(0.01, 0.99, 9)
    expected = scipy.special.rel_entr(0.05, mean) + scipy.special.rel_entr(0.95, 1 - mean)
    np.testing.assert_allclose(divergence(0.05, jnp.asarray(mean)), expected, rtol=1e-4, atol=1e-6)
    assert np.isfinite(divergence(0.05, jnp.asarray([0.0, 1.0]))).all()


def test_kl_sparsity_refuses_activations_that_are_no_shares() -> None:
    assert method("kl_sparsity").refuses(SIGMOID, TASK) is None
    assert "those of tanh" in str(method("kl_sparsity").refuses(NETWORK, TASK))
