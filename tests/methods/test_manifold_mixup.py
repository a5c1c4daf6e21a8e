"""Manifold mixup against a forward pass that mixes at one named place, and against mixup."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from bridle.draws import Draws
from bridle.engine.compiled import encode_setting
from bridle.engine.spec import RunSpec
from bridle.engine.step import Run, Step
from bridle.methods.base import Method
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Batch, Params, Slot
from bridle.methods.manifold_mixup import ManifoldMixup, representations
from bridle.methods.mixup import partners
from bridle.networks.base import Network
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP
from bridle.networks.resnet_mlp import ResNetMLP
from bridle.optimizers.sgd import SGD
from bridle.tasks import Classification
from tests.methods.one_step import Setting, assert_close

TASK, WEIGHT = Classification.of(3), np.array([1, 1, 1, 1, 1, 1, 0, 0], np.float32)
NETWORKS: dict[str, tuple[Network, list[str]]] = {
    "mlp": (MLP((6,), (5, 4), 3, "tanh"), ["input", "dense_0/post", "dense_1/post"]),
    "cnn": (
        CNN((4, 4), (5,), 3, "tanh", filters=(2, 3)),
        ["input", "conv_0/post", "conv_1/post", "dense_0/post"],
    ),
    "residual": (
        ResNetMLP((6,), (5, 4), 3, "tanh", blocks=1),
        ["input", "block_0/merge", "dense_0/post", "block_1/merge", "dense_1/post"],
    ),
}
SEEDS = range(8)


class LikeMixup(ManifoldMixup):
    """Manifold mixup with the draws of mixup."""

    stream = "mixup"


def batch_of(network: Network) -> Batch:
    random = np.random.default_rng(0)
    x = random.normal(size=(8, *network.shape)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[random.integers(3, size=8)]
    return Batch(jnp.asarray(x), jnp.asarray(y), jnp.asarray(WEIGHT))


def gradients(network: Network, setting: Setting, *used: Method) -> list[Params]:
    """The gradients of a first step, for each seed."""
    methods = (*used, *(method(name) for name in setting if name not in {u.name for u in used}))
    step = Step(network, methods, SGD(), task=TASK)
    full = {
        found.name: {h.name: h.default for h in found.hyperparameters} | setting[found.name]
        for found in methods
    }
    h = encode_setting(step.methods, RunSpec(full, 0.1, 1, 0, 0), network.layers)

    def first(key: Any) -> Params:
        run = Run(key, jax.tree.map(jnp.asarray, h), jnp.float32(0.1), jnp.int32(1))
        params = step.init(run._replace(key=jnp.zeros(2, jnp.uint32)))
        return step.grads(params, run, batch_of(network))[0]

    compiled = jax.jit(first)
    return [compiled(jnp.asarray([seed, 4], jnp.uint32)) for seed in SEEDS]


@pytest.mark.parametrize("name", NETWORKS)
def test_where_all_that_is_known_of_an_example_passes(name: str) -> None:
    network, places = NETWORKS[name]
    assert [slot.name for slot in representations(network.slots())] == places


@pytest.mark.parametrize("layers", [0, 1, 2, 50])
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "mlp" else pytest.mark.long) for name in NETWORKS],
)
def test_one_drawn_layer_is_mixed(name: str, layers: int) -> None:
    network, places = NETWORKS[name]
    setting: Setting = {"manifold_mixup": {"strength": 2.0, "layers": layers}}
    batch, seen = batch_of(network), set()
    params = Step(network, (), SGD(), task=TASK).init(
        Run(jnp.zeros(2, jnp.uint32), {}, jnp.float32(0.1), jnp.int32(1))
    )

    def reference(params: Params, place: str, partner: np.ndarray, share: float) -> Any:
        def at(slot: Slot, x: Any, *branches: Any) -> Any:
            total = sum(branches, start=x)
            return share * total + (1 - share) * total[partner] if slot.name == place else total

        outputs = network.apply(params, batch.x, at)
        own = optax.softmax_cross_entropy(outputs, batch.y)
        other = optax.softmax_cross_entropy(outputs, batch.y[partner])
        return ((share * own + (1 - share) * other) * WEIGHT).sum() / WEIGHT.sum()

    for seed, found in zip(SEEDS, gradients(network, setting), strict=True):
        draws = Draws(jnp.asarray([seed, 4], jnp.uint32)).at("step", 0, "manifold_mixup")
        order = draws.at("order").permutation(8)
        partner = np.asarray(partners(order, jnp.asarray(WEIGHT)))
        share = float(draws.at("share").beta(2.0, 2.0))
        place = places[int(min(layers + 1, len(places)) * float(draws.at("layer").uniform()))]
        seen.add(place)
        expected = jax.grad(reference)(params.model.params, place, partner, share)
        assert_close(found, expected)
    assert seen <= set(places[: layers + 1])
    assert len(seen) >= min(layers + 1, 2)


def test_without_hidden_layers_it_is_mixup() -> None:
    network = NETWORKS["mlp"][0]
    mixup = gradients(network, {"mixup": {"strength": 1.0}})
    manifold: Setting = {"manifold_mixup": {"strength": 1.0, "layers": 0}}
    for one, other in zip(mixup, gradients(network, manifold, LikeMixup()), strict=True):
        assert_close(one, other)


def test_both_passes_of_r_drop_are_mixed_alike() -> None:
    network = NETWORKS["mlp"][0]
    alone: Setting = {"manifold_mixup": {"strength": 1.0}}
    # without dropout the passes agree, if they mix the same examples at the same layer
    both: Setting = {**alone, "r_drop": {"rate": 0.0, "strength": 5.0}}
    found = gradients(network, alone)
    for one, other in zip(found, gradients(network, both), strict=True):
        assert_close(one, other)
    for one, other in itertools.pairwise(found):
        assert not np.allclose(one["dense_0/kernel"], other["dense_0/kernel"])
