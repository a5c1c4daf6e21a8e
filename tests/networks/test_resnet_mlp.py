"""The residual MLP against a plain forward pass in NumPy; its slots, merges and place in the catalogue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from bridle.draws import Draws
from bridle.engine.step import Step
from bridle.errors import UserError
from bridle.methods.catalogue import methods
from bridle.methods.hook_types import Slot
from bridle.networks.catalogue import canonical, in_words, network
from bridle.networks.mlp import MLP
from bridle.networks.resnet_mlp import ResNetMLP
from bridle.optimizers.adam import Adam
from bridle.tasks import Classification

DRAWS = Draws(jnp.asarray([1, 2], jnp.uint32))
TASK = Classification.of(2)
X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


def added(slot: Slot, x: Any, *branches: Any) -> Any:
    return sum(branches, start=x)


def test_without_blocks_it_is_an_mlp() -> None:
    plain, residual = MLP((4,), (6, 5), 3), ResNetMLP((4,), (6, 5), 3, blocks=0)
    assert residual.slots() == plain.slots()
    assert residual.shapes() == plain.shapes()
    params = plain.init(DRAWS)
    np.testing.assert_array_equal(
        residual.apply(params, jnp.asarray(X), added), plain.apply(params, jnp.asarray(X), added)
    )


def test_against_numpy() -> None:
    built = ResNetMLP((4,), (6, 5), 3, blocks=2)
    params = {name: np.asarray(w, float) for name, w in built.init(DRAWS).items()}

    def affine(name: str, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = x @ params[f"{name}/kernel"] + params[f"{name}/bias"]
        return found

    x = X.astype(float)
    for layer, blocks in (("dense_0", (0, 1)), ("dense_1", (2, 3))):
        x = affine(layer, x)
        for block in blocks:
            inner = affine(f"block_{block}/dense_0", np.maximum(x, 0))
            x = x + affine(f"block_{block}/dense_1", np.maximum(inner, 0))
        x = np.maximum(x, 0)
    found = built.apply(built.init(DRAWS), jnp.asarray(X), added)
    np.testing.assert_allclose(found, affine("dense_2", x), rtol=1e-4, atol=1e-5)
    assert {name: w.shape for name, w in params.items()} == built.shapes()


def test_slots_are_met_in_order_and_merges_change_the_sum() -> None:
    built = ResNetMLP((4,), (6,), 2, blocks=1)
    met: list[Slot] = []

    def skipping(slot: Slot, x: Any, *branches: Any) -> Any:
        met.append(slot)
        assert x.shape == (7, slot.features)
        return x

    skipped = built.apply(built.init(DRAWS), jnp.asarray(X), skipping)
    assert met == built.slots()
    assert [slot.name for slot in met if slot.kind == "merge"] == ["block_0/merge"]
    assert [slot.layer for slot in met if slot.kind == "post"] == [0, 1, 2]
    assert built.layers == 3
    plain = MLP((4,), (6,), 2)
    own = {name: w for name, w in built.init(DRAWS).items() if not name.startswith("block")}
    np.testing.assert_array_equal(skipped, plain.apply(own, jnp.asarray(X), added))


def test_the_step_adds_branches_up() -> None:
    built = ResNetMLP((4,), (6,), 2, blocks=1)
    step, params = Step(built, (), Adam(), task=TASK), built.init(DRAWS)
    ctx: Any = SimpleNamespace(train=False, draws=None)
    run: Any = SimpleNamespace(h={})
    found = step.logits(params, jnp.asarray(X), run, ctx)
    np.testing.assert_array_equal(found, built.apply(params, jnp.asarray(X), added))


def test_in_the_catalogue() -> None:
    assert canonical("ResNet") == "resnet_mlp(blocks=2)"
    built = network("resnet_mlp(blocks=3)", (4,), TASK, (8,), "relu")
    assert built.picture() == "4 → 8 + 3 blocks → 1"
    assert (
        in_words("resnet_mlp", (8,), "relu")
        == "residual, blocks after each layer: 2, 8 units, relu"
    )
    with pytest.raises(UserError, match="blocks must be a whole number"):
        network("resnet_mlp(blocks=-1)", (4,), TASK, (8,), "relu")


def test_only_residual_networks_suit_stochastic_depth() -> None:
    for text in ("mlp", "resnet_mlp(blocks=0)", "resnet_mlp"):
        built = network(text, (4,), TASK, (8,), "relu")
        refusing = {name for name, m in methods().items() if m.refuses(built, TASK)}
        assert ("stochastic_depth" in refusing) == (text != "resnet_mlp")
        # beside it only methods of images, convolutions and sigmoid activations
        assert refusing - {"stochastic_depth"} == {
            "cutmix",
            "cutout",
            "drop_block",
            "kl_sparsity",
            "spatial_dropout",
        }
