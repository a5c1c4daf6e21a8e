"""Optimizers against Optax, step by step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.weight_decay import WeightDecay
from bridle.optimizers.adam import Adam
from bridle.optimizers.adamw import AdamW
from bridle.optimizers.base import Optimizer
from bridle.optimizers.lion import Lion
from bridle.optimizers.muon import Muon, orthogonalized
from bridle.optimizers.sgd import SGD

STEPS, LEARNING_RATE = 100, 0.05

SHAPES = {
    "conv_0/kernel": (2, 2, 1, 3),
    "dense_0/kernel": (4, 3),
    "dense_0/bias": (3,),
    "dense_1/kernel": (3, 4),
    "dense_1/scale": (),
    "dense_2/kernel": (4, 2),
}
"""A convolution, a tall and a wide hidden kernel, an output kernel, a vector and a scalar."""

HIDDEN = ("dense_0/kernel", "dense_1/kernel")


def _muon(ours: Muon, **other: Any) -> optax.GradientTransformation:
    """Return Optax's Muon for the hidden kernels; with Nesterov's momentum it would give Adam that too."""

    def dimensions(params: optax.Params) -> Any:
        chosen = optax.contrib.MuonDimensionNumbers()
        return {name: chosen if name in HIDDEN else None for name in params}

    rms = 0.2 if ours.scale == "rms" else None
    muon = optax.contrib.muon(
        LEARNING_RATE,
        ns_steps=ours.ns_steps,
        beta=ours.momentum,
        eps=ours.eps,
        nesterov=ours.nesterov,
        weight_decay=ours.weight_decay,
        consistent_rms=rms,
        muon_weight_dimension_numbers=dimensions,
    )
    adam = optax.adamw(LEARNING_RATE, ours.b1, ours.b2, ours.eps, weight_decay=ours.weight_decay)
    labels = {name: "muon" if name in HIDDEN else "adam" for name in SHAPES}
    return optax.partition({"muon": muon, "adam": adam}, labels)


FAST = Muon(
    0.8, nesterov=False, ns_steps=3, scale="width", weight_decay=0.3, b1=0.7, b2=0.9, eps=1e-3
)

PAIRS: list[tuple[str, Optimizer, optax.GradientTransformation]] = [
    ("adam", Adam(), optax.adam(LEARNING_RATE, eps=1e-7)),
    ("adam-other", Adam(0.8, 0.9, 1e-3), optax.adam(LEARNING_RATE, 0.8, 0.9, 1e-3)),
    ("adamw", AdamW(), optax.adamw(LEARNING_RATE, eps=1e-7, weight_decay=0.01)),
    (
        "adamw-other",
        AdamW(0.8, 0.9, 1e-3, weight_decay=0.5),
        optax.adamw(LEARNING_RATE, 0.8, 0.9, 1e-3, weight_decay=0.5),
    ),
    ("sgd-plain", SGD(0.0), optax.sgd(LEARNING_RATE)),
    ("sgd", SGD(), optax.sgd(LEARNING_RATE, momentum=0.9)),
    ("nesterov", SGD(0.7, True), optax.sgd(LEARNING_RATE, momentum=0.7, nesterov=True)),
    ("lion", Lion(), optax.lion(LEARNING_RATE, weight_decay=0.0)),
    ("lion-other", Lion(0.5, 0.8, 0.3), optax.lion(LEARNING_RATE, 0.5, 0.8, weight_decay=0.3)),
    ("muon", Muon(), _muon(Muon())),
    ("muon-other", FAST, _muon(FAST)),
]


Moved = Callable[[Params, Params, Rate], Params]
"""What happens after a step, given the new parameters, the old ones and the rate."""


def _random(seed: int, count: int = 1) -> Params:
    """Return `count` parameters or gradients of many sizes, along a leading axis."""
    random = np.random.default_rng(seed)
    sizes = 10.0 ** random.uniform(-3, 1, size=count)
    return {
        name: jnp.asarray(
            np.moveaxis(random.normal(size=(*shape, count)) * sizes, -1, 0), jnp.float32
        )
        for name, shape in SHAPES.items()
    }


START = {name: leaf[0] for name, leaf in _random(1).items()}
GRADIENTS, COUNTS = _random(0, STEPS), jnp.arange(1, STEPS + 1)


@functools.cache
def _trained(ours: Optimizer, after: Moved | None = None) -> tuple[Params, Rate]:
    """Return the parameters after all steps, and the last rate."""

    def one(carry: Any, given: Any) -> tuple[Any, Rate]:
        (params, state), (grads, count) = carry, given
        new, state, rate = ours.step(params, grads, state, jnp.float32(LEARNING_RATE), count)
        new = new if after is None else after(new, params, rate)
        return (new, state), rate

    start = START, ours.init(START)
    (params, _), rates = jax.jit(lambda: jax.lax.scan(one, start, (GRADIENTS, COUNTS)))()
    return params, jax.tree.map(lambda leaf: leaf[-1], rates)


def _trained_by_optax(theirs: optax.GradientTransformation) -> Params:
    def one(carry: Any, grads: Params) -> tuple[Any, None]:
        params, memory = carry
        updates, memory = theirs.update(grads, memory, params)
        return (optax.apply_updates(params, updates), memory), None

    start = START, theirs.init(START)
    (params, _), _ = jax.jit(lambda: jax.lax.scan(one, start, GRADIENTS))()
    found: Params = params
    return found


@pytest.mark.parametrize(("ours", "theirs"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
def test_a_hundred_steps_are_optax_s(ours: Optimizer, theirs: optax.GradientTransformation) -> None:
    left, rate = _trained(ours)
    right = _trained_by_optax(theirs)
    for name, leaf in left.items():
        np.testing.assert_allclose(leaf, right[name], rtol=2e-5, atol=2e-6, err_msg=name)
        assert not np.array_equal(leaf, START[name])
    assert float(rate.learning_rate) == pytest.approx(LEARNING_RATE)
    assert rate.per_weight.keys() == SHAPES.keys()


def test_adamw_without_decay_is_adam_to_the_bit() -> None:
    left, right = _trained(Adam())[0], _trained(AdamW(weight_decay=0.0))[0]
    for name, leaf in left.items():
        np.testing.assert_array_equal(leaf, right[name])


@pytest.mark.parametrize("biases", [False, True])
def test_adamw_is_adam_with_the_method_weight_decay_on_biases_too(biases: bool) -> None:
    method, strength = WeightDecay(), 0.2
    h: Values = {"strength": jnp.float32(strength), "biases": jnp.float32(biases)}
    left, _ = _trained(Adam(), lambda new, old, rate: method.update(new, old, rate, h))
    right, _ = _trained(AdamW(weight_decay=strength))
    same = {name: np.allclose(leaf, right[name], rtol=1e-4) for name, leaf in left.items()}
    assert same == {name: biases or name.endswith("kernel") for name in SHAPES}


def test_muon_moves_hidden_kernels_and_leaves_the_rest_to_adam() -> None:
    muon, adam = Muon(), Adam()
    assert tuple(muon.init(START).momentum) == HIDDEN
    new, rate = _trained(muon)
    other, _ = _trained(adam)
    assert {n for n in SHAPES if not np.allclose(new[n], other[n], rtol=1e-4)} == set(HIDDEN)
    assert tuple(rate.fixed) == HIDDEN


def test_muon_knows_the_output_layer_by_the_network_s_order() -> None:
    """A network of more than ten layers: sorted by name, `dense_9` would come last."""
    params = {f"dense_{i}/kernel": jnp.ones((2, 2)) for i in range(12)}
    state = Muon().init(params)
    assert set(params) - set(state.momentum) == {"dense_11/kernel"}


@pytest.mark.parametrize("shape", [(6, 6), (12, 4), (3, 20)])
def test_orthogonalized_keeps_directions_and_levels_their_sizes(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(0).normal(size=shape)
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    found = u.T @ np.asarray(orthogonalized(jnp.asarray(matrix, jnp.float32), 10)) @ v.T
    levels = np.diag(found)
    assert 0.6 < levels.min() <= levels.max() < 1.3
    np.testing.assert_allclose(found - np.diag(levels), 0.0, atol=1e-3)


def test_muon_s_steps_are_as_large_as_adam_s() -> None:
    rate = _trained(Muon())[1]
    for name in HIDDEN:
        assert float(rate.fixed[name].length) == pytest.approx(0.2 * LEARNING_RATE, rel=0.25)
