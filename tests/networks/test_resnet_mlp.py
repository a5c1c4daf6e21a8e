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


@pytest.mark.parametrize("branches", [1, 3])
def test_against_numpy(branches: int) -> None:
    built = ResNetMLP((4,), (6, 5), 3, blocks=2, branches=branches)
    params = {name: np.asarray(w, float) for name, w in built.init(DRAWS).items()}

    def affine(name: str, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = x @ params[f"{name}/kernel"] + params[f"{name}/bias"]
        return found

    x = X.astype(float)
    for layer, blocks in (("dense_0", (0, 1)), ("dense_1", (2, 3))):
        x = affine(layer, x)
        for block in blocks:
            seen = np.maximum(x, 0)
            for i in range(branches):
                inner = affine(f"block_{block}/dense_{2 * i}", seen)
                x = x + affine(f"block_{block}/dense_{2 * i + 1}", np.maximum(inner, 0))
        x = np.maximum(x, 0)
    found = built.apply(built.init(DRAWS), jnp.asarray(X), added)
    np.testing.assert_allclose(found, affine("dense_2", x), rtol=1e-4, atol=1e-5)
    assert {name: w.shape for name, w in params.items()} == built.shapes()


@pytest.mark.parametrize("branches", [1, 2])
def test_slots_are_met_in_order_and_merges_change_the_sum(branches: int) -> None:
    built = ResNetMLP((4,), (6,), 2, blocks=1, branches=branches)
    met: list[Slot] = []

    def skipping(slot: Slot, x: Any, *branches: Any) -> Any:
        met.append(slot)
        assert x.shape == (7, slot.features)
        return x

    skipped = built.apply(built.init(DRAWS), jnp.asarray(X), skipping)
    assert met == built.slots()
    merges = [(slot.name, slot.branches) for slot in met if slot.kind == "merge"]
    assert merges == [("block_0/merge", branches)]
    assert [slot.layer for slot in met if slot.kind == "post"] == list(range(2 + branches))
    assert built.layers == 2 + branches
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
    shaken = "resnet_mlp(blocks=1,branches=2)"
    assert canonical("resnet(branches=2,blocks=1)") == shaken
    assert (
        network(shaken, (4,), TASK, (8,), "relu").picture() == "4 → 8 + 1 block of 2 branches → 1"
    )
    assert "blocks after each layer: 1 of 2 branches" in in_words(shaken, (8,), "relu")
    with pytest.raises(UserError, match="blocks must be a whole number"):
        network("resnet_mlp(blocks=-1)", (4,), TASK, (8,), "relu")


def test_only_residual_networks_suit_methods_of_branches() -> None:
    of_branches = {"shake_drop", "shake_shake", "stochastic_depth"}
    for text, suiting in {
        "mlp": set(),
        "resnet_mlp(blocks=0)": set(),
        "resnet_mlp": of_branches - {"shake_shake"},
        "resnet_mlp(branches=2)": of_branches,
    }.items():
        built = network(text, (4,), TASK, (8,), "relu")
        refusing = {name for name, m in methods().items() if m.refuses(built, TASK)}
        assert of_branches - refusing == suiting
        assert ("batch_ensemble" in refusing) == bool(suiting)
        # beside them only methods of images, convolutions and sigmoid activations
        assert refusing - of_branches - {"batch_ensemble"} == {
            "cutmix",
            "cutout",
            "drop_block",
            "kl_sparsity",
            "spatial_dropout",
        }
