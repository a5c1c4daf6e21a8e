"""Methods that shake residual branches, against NumPy with the same draws and gradients worked out by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from bridle.draws import Draws
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Context, Slot
from bridle.methods.shake_shake import shaken
from bridle.networks.resnet_mlp import ResNetMLP
from bridle.optimizers.sgd import SGD
from bridle.wording import python, worded
from tests.engine.numpy_draws import NumpyDraws
from tests.methods.many_steps import RATE, STEPS, close, copied, trained
from tests.methods.one_step import NETWORK, TASK, WEIGHT, X, Y

BLOCKS = 2
Factors = tuple[Any, Any]
"""What a branch is multiplied by in the forward pass, and its gradient in the backward pass; `[B, 1]`."""


def shake_shake(draws: NumpyDraws, block: int, strength: float) -> list[Factors]:
    at = draws.at("shake_shake", f"block_{block}/merge")
    alpha, beta = (at.at(way).uniform((8, 1)) for way in ("forward", "backward"))
    shares = [(alpha, beta), (1 - alpha, 1 - beta)]
    # of the paper's rule, and of the plain sum
    return [(strength * 2 * a + 1 - strength, strength * 2 * b + 1 - strength) for a, b in shares]


def shake_drop(draws: NumpyDraws, block: int, rate: float) -> list[Factors]:
    found = []
    for branch in range(2):
        at = draws.at("shake_drop", f"block_{block}/merge", branch)
        b = at.at("passes").uniform((8, 1)) >= rate * (block + 1) / BLOCKS
        alpha = 2 * at.at("forward").uniform((8, 1)) - 1
        beta = at.at("backward").uniform((8, 1))
        found.append((b + alpha - b * alpha, b + beta - b * beta))
    return found


def gradients(
    params: dict[str, np.ndarray], factors: Callable[[int], list[Factors]]
) -> dict[str, np.ndarray]:
    """Gradients of the mean cross-entropy of a residual network with tanh, two blocks of two branches each."""
    found: dict[str, np.ndarray] = {}

    def affine(name: str, x: np.ndarray) -> np.ndarray:
        return np.asarray(x @ params[f"{name}/kernel"] + params[f"{name}/bias"])

    def back(name: str, x: np.ndarray, grad: np.ndarray) -> np.ndarray:
        found[f"{name}/kernel"], found[f"{name}/bias"] = x.T @ grad, grad.sum(0)
        return np.asarray(grad @ params[f"{name}/kernel"].T)

    x = affine("dense_0", X.astype(float))
    kept = []
    for block in range(BLOCKS):
        seen = np.tanh(x)
        inner = [np.tanh(affine(f"block_{block}/dense_{2 * i}", seen)) for i in range(2)]
        kept.append((seen, inner))
        for i, (forward, _) in enumerate(factors(block)):
            x = x + forward * affine(f"block_{block}/dense_{2 * i + 1}", inner[i])
    last = np.tanh(x)
    p = scipy.special.softmax(affine("dense_1", last), axis=1)
    grad = back("dense_1", last, (p - Y) * WEIGHT[:, None] / WEIGHT.sum()) * (1 - last**2)
    for block in reversed(range(BLOCKS)):
        seen, inner = kept[block]
        through = np.zeros_like(seen)
        for i, (_, backward) in enumerate(factors(block)):
            within = back(f"block_{block}/dense_{2 * i + 1}", inner[i], backward * grad)
            through += back(f"block_{block}/dense_{2 * i}", seen, within * (1 - inner[i] ** 2))
        grad = grad + through * (1 - seen**2)
    back("dense_0", X.astype(float), grad)
    return found


@pytest.mark.parametrize(
    ("name", "of", "strength"),
    [
        *(("shake_shake", shake_shake, strength) for strength in (0.0, 0.4, 1.0)),
        *(("shake_drop", shake_drop, rate) for rate in (0.0, 0.5, 1.0)),
    ],
)
def test_fifty_steps(name: str, of: Any, strength: float) -> None:
    network = ResNetMLP((4,), (5,), 3, "tanh", blocks=BLOCKS, branches=2)
    values = {method(name).hyperparameters[0].name: strength}
    path = trained(name, network, SGD(0.0), **values)
    params = copied(path[0])
    for taken in range(STEPS):
        draws = NumpyDraws(3, 4).at("step", taken)
        grads = gradients(params, lambda block, at=draws: of(at, block, strength))  # type: ignore[misc]
        params = {key: value - RATE * grads[key] for key, value in params.items()}
        if taken in (0, 9, STEPS - 1):
            close(path[taken + 1], params)


def test_values_and_gradients_have_their_own_factors() -> None:
    x, forward, backward = (
        jnp.asarray(np.random.default_rng(i).normal(size=(5, 1))) for i in range(3)
    )
    value, gradient = jax.vjp(shaken, x, forward, backward)
    np.testing.assert_array_equal(value, forward * x)
    found = gradient(jnp.full((5, 1), 3.0))
    np.testing.assert_array_equal(found[0], 3.0 * backward)
    assert not np.any(found[1])
    assert not np.any(found[2])


@pytest.mark.parametrize("branches", [1, 2, 3])
def test_predictions_have_the_expected_factor(branches: int) -> None:
    """The mean of the forward factors over many draws is what evaluation multiplies by."""
    many = 20_000
    slots = [Slot("merge", i, 1, f"block_{i}/merge", branches) for i in range(4)]
    terms = (jnp.zeros((many, 1)), *(jnp.full((many, 1), 1.0 + i) for i in range(branches)))
    draws = Draws(jnp.asarray([1, 2], jnp.uint32))
    for name, value in (("shake_drop", 0.6), ("shake_shake", 0.8)):
        h = {method(name).hyperparameters[0].name: jnp.float32(value)}
        for slot in slots:
            training = Context(True, draws, jnp.ones(many), {}, slots=slots)
            still = Context(False, None, jnp.ones(many), {}, slots=slots)
            shook = method(name).merge(slot, terms, {}, h, training)
            calm = method(name).merge(slot, terms, {}, h, still)
            assert len(shook) == len(calm) == 1 + branches
            np.testing.assert_array_equal(shook[0], terms[0])
            for one, other in zip(shook, calm, strict=True):
                assert float(one.mean()) == pytest.approx(float(other.mean()), abs=0.04)
                assert np.ptp(other) == 0
            if name == "shake_drop":
                share = 1 - 0.6 * (slot.layer + 1) / 4
                np.testing.assert_allclose(calm[1], share, rtol=1e-6)


def test_examples_and_blocks_are_shaken_each_by_itself() -> None:
    draws = Draws(jnp.asarray([1, 2], jnp.uint32))
    x = jnp.ones((6, 3, 2))  # such as of images
    factors = []
    for slot in (Slot("merge", 0, 2, "block_0/merge", 2), Slot("merge", 1, 2, "block_1/merge", 2)):
        ctx = Context(True, draws, jnp.ones(6), {}, slots=[slot])
        found = method("shake_shake").merge(slot, (x, x, x), {}, {"strength": jnp.float32(1)}, ctx)
        np.testing.assert_allclose(found[1] + found[2], 2.0, rtol=1e-6)
        assert np.ptp(found[1], axis=(1, 2)).max() == 0
        factors += list(np.asarray(found[1][:, 0, 0]))
    assert all(one != other for one, other in itertools.combinations(factors, 2))


@pytest.mark.parametrize(
    ("branches", "refusing"), [(1, {"shake_shake"}), (2, set()), (3, {"shake_shake"})]
)
def test_networks_that_do_not_suit(branches: int, refusing: set[str]) -> None:
    network = ResNetMLP((4,), (5,), 3, blocks=1, branches=branches)
    for name in ("shake_shake", "shake_drop", "stochastic_depth"):
        reason = method(name).refuses(network, TASK)
        assert (reason is not None) == (name in refusing)
        bare = worded(str(method(name).refuses(NETWORK, TASK)), python)
        other = "resnet_mlp(branches=2)" if name == "shake_shake" else "resnet_mlp"
        assert f"network={other!r} has" in bare
