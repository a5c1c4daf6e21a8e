"""The multilayer perceptron: shapes, slots, initial weights, activation functions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats

from bridle.draws import Draws
from bridle.methods.hook_types import Slot
from bridle.networks.base import ACTIVATIONS, all_logits
from bridle.networks.mlp import MLP

DRAWS = Draws(jnp.asarray([3, 4], jnp.uint32))


def pass_on(slot: Slot, x: jax.Array) -> jax.Array:
    return x


def test_slots_are_met_in_order() -> None:
    network = MLP((6,), (5, 4), 3)
    seen = []

    def at(slot: Slot, x: jax.Array) -> jax.Array:
        assert x.shape == (7, slot.features)
        seen.append(slot)
        return x

    network.apply(network.init(DRAWS), jnp.ones((7, 2, 3)), at)
    assert seen == network.slots()
    assert [slot.name for slot in seen] == [
        "input",
        "dense_0/pre",
        "dense_0/post",
        "dense_1/pre",
        "dense_1/post",
        "logits",
    ]
    assert [slot.layer for slot in seen] == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("widths", [(), (5,), (5, 4)])
@pytest.mark.parametrize("outputs", [1, 3])
def test_hooks_always_see_all_logits(widths: tuple[int, ...], outputs: int) -> None:
    network = MLP((6,), widths, outputs)
    seen = {}

    def at(slot: Slot, x: jax.Array) -> jax.Array:
        seen[slot.kind] = x
        assert x.shape[-1] == slot.features
        return x

    logits = network.apply(network.init(DRAWS), jnp.ones((7, 6)), at)
    assert logits.shape == seen["logits"].shape == (7, max(2, outputs))
    if outputs == 1:
        assert not logits[:, 0].any()


def test_all_logits() -> None:
    z = jnp.asarray([[2.0], [-1.0]])
    np.testing.assert_array_equal(all_logits(z), [[0.0, 2.0], [0.0, -1.0]])
    np.testing.assert_allclose(
        jax.nn.softmax(all_logits(z))[:, 1], scipy.special.expit([2.0, -1.0]), rtol=1e-6
    )
    many = jnp.ones((2, 3))
    assert all_logits(many) is many


def test_apply_is_affine_maps_and_activations() -> None:
    network = MLP((4,), (5, 3), 2, "tanh")
    params = network.init(DRAWS)
    params = {name: value + 0.1 for name, value in params.items()}
    x = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    h = x.astype(float)
    for i in range(3):
        h = h @ np.asarray(params[f"dense_{i}/kernel"], float) + np.asarray(
            params[f"dense_{i}/bias"]
        )
        h = np.tanh(h) if i < 2 else h
    np.testing.assert_allclose(
        network.apply(params, jnp.asarray(x), pass_on), h, rtol=1e-4, atol=1e-5
    )


def test_initial_weights() -> None:
    network = MLP((300,), (200,), 10)
    params = network.init(DRAWS)
    for i, (n_in, n_out) in enumerate([(300, 200), (200, 10)]):
        kernel = np.asarray(params[f"dense_{i}/kernel"], float)
        limit = np.sqrt(6 / (n_in + n_out))
        assert kernel.shape == (n_in, n_out)
        assert np.abs(kernel).max() <= limit
        assert scipy.stats.kstest((kernel.ravel() / limit + 1) / 2, "uniform").pvalue > 1e-4
        assert not params[f"dense_{i}/bias"].any()
    # drawn by name: another depth or width leaves a layer of equal shape as it is
    other = MLP((300,), (200, 7), 3).init(DRAWS)
    np.testing.assert_array_equal(other["dense_0/kernel"], params["dense_0/kernel"])


REFERENCE = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": scipy.special.expit,
    "gelu": lambda x: x * scipy.stats.norm.cdf(x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(x)),
    "silu": lambda x: x * scipy.special.expit(x),
}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations(name: str) -> None:
    x = np.linspace(-5, 5, 201)
    tolerance = 1e-3 if name == "gelu" else 1e-5  # gelu by its tanh approximation
    got = ACTIVATIONS[name](jnp.asarray(x, jnp.float32))
    np.testing.assert_allclose(got, REFERENCE[name](x), atol=tolerance)
    slopes = jax.vmap(jax.grad(ACTIVATIONS[name]))(jnp.asarray(x[x != 0], jnp.float32))
    step = 1e-5
    around = x[np.abs(x) > 1e-9]
    numeric = (REFERENCE[name](around + step) - REFERENCE[name](around - step)) / (2 * step)
    np.testing.assert_allclose(slopes, numeric, atol=2e-3)


def test_every_activation_has_a_reference() -> None:
    assert REFERENCE.keys() == ACTIVATIONS.keys()
