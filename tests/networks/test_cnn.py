"""The convolutional network: shapes, slots, initial weights, its forward pass; networks by name."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from jax import lax

from bridle.draws import Draws
from bridle.errors import UserError
from bridle.methods.hook_types import Params, Slot
from bridle.networks.base import ACTIVATIONS, RISING
from bridle.networks.catalogue import NETWORKS, canonical, default_widths, in_words, network, read
from bridle.networks.cnn import CNN
from bridle.networks.mlp import MLP
from bridle.tasks import Classification

DRAWS = Draws(jnp.asarray([3, 4], jnp.uint32))


def pass_on(slot: Slot, x: jax.Array) -> jax.Array:
    return x


@pytest.mark.parametrize("shape", [(28, 28), (7, 9, 3), (4, 4)])
def test_slots_are_met_in_order(shape: tuple[int, ...]) -> None:
    built = CNN(shape, (8,), 3, filters=(5, 6))
    seen = []

    def at(slot: Slot, x: jax.Array) -> jax.Array:
        assert (x.shape[0], x.shape[-1]) == (2, slot.features)
        seen.append((slot, x.shape[1:-1]))
        return x

    params = built.init(DRAWS)
    built.apply(params, jnp.ones((2, *shape)), at)
    assert {name: value.shape for name, value in params.items()} == built.shapes()
    assert [slot for slot, _ in seen] == built.slots()
    h, w = shape[:2]
    assert [(slot.name, slot.layer, sides) for slot, sides in seen] == [
        ("input", 0, (h, w)),
        ("conv_0/pre", 0, (h, w)),
        ("conv_0/post", 0, (h // 2, w // 2)),
        ("conv_1/pre", 1, (h // 2, w // 2)),
        ("conv_1/post", 1, (h // 4, w // 4)),
        ("dense_0/pre", 2, ()),
        ("dense_0/post", 2, ()),
        ("logits", 3, ()),
    ]
    assert built.layers == 3
    assert params["dense_0/kernel"].shape == (h // 4 * (w // 4) * 6, 8)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_apply_is_convolutions_activations_and_pooling(activation: str) -> None:
    """Also where pooling comes before the activation, and the gradient with it."""
    built = CNN((7, 6), (5,), 3, activation, filters=(4, 2))
    params = {name: value + 0.05 for name, value in built.init(DRAWS).items()}
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 7, 6)), jnp.float32)

    def plain(params: Params) -> jax.Array:
        h = x[..., None]
        for i in range(2):
            h = lax.conv_general_dilated(
                h,
                params[f"conv_{i}/kernel"],
                (1, 1),
                "SAME",
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
            )
            h = ACTIVATIONS[activation](h + params[f"conv_{i}/bias"])
            h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        h = ACTIVATIONS[activation](
            h.reshape(3, -1) @ params["dense_0/kernel"] + params["dense_0/bias"]
        )
        return h @ params["dense_1/kernel"] + params["dense_1/bias"]

    np.testing.assert_allclose(built.apply(params, x, pass_on), plain(params), rtol=1e-4, atol=1e-5)
    ours = jax.grad(lambda params: jnp.sin(built.apply(params, x, pass_on)).sum())(params)
    theirs = jax.grad(lambda params: jnp.sin(plain(params)).sum())(params)
    for name, slope in theirs.items():
        np.testing.assert_allclose(ours[name], slope, rtol=1e-3, atol=1e-4, err_msg=name)


def test_what_is_called_rising_never_falls() -> None:
    x = jnp.linspace(-5, 5, 1001)
    for name, activation in ACTIVATIONS.items():
        assert bool((jnp.diff(activation(x)) >= 0).all()) == (name in RISING), name


def test_initial_weights() -> None:
    built = CNN((8, 8), (16,), 10, filters=(40, 50))
    kernel = np.asarray(built.init(DRAWS)["conv_1/kernel"], float)
    limit = np.sqrt(6 / (9 * (40 + 50)))
    assert scipy.stats.kstest((kernel.ravel() / limit + 1) / 2, "uniform").pvalue > 1e-4
    # drawn by name: the dense layers of both kinds are alike where their shapes are
    other = MLP((200,), (16,), 10).init(DRAWS)
    np.testing.assert_array_equal(built.init(DRAWS)["dense_0/kernel"], other["dense_0/kernel"])


def test_networks_by_name() -> None:
    assert canonical("mlp") == "mlp"
    assert canonical("CNN") == canonical("cnn(filters=[16,32])") == "cnn(filters=[16,32])"
    assert canonical("cnn(filters=8)") == "cnn(filters=[8])"
    for name in NETWORKS.built_in:
        assert canonical(canonical(name)) == canonical(name)
    built = network("cnn(filters=[3])", (6, 6), Classification.of(2), (4,), "tanh")
    assert built == CNN((6, 6), (4,), 1, "tanh", filters=(3,))
    assert network("mlp", (6, 6), Classification.of(3), (4,), "tanh") == MLP(
        (6, 6), (4,), 3, "tanh"
    )
    assert (default_widths("cnn"), default_widths("mlp")) == ((64,), None)
    assert built.picture() == "6×6 → conv 3 → 4 → 1"
    assert (
        network("mlp", (6, 6), Classification.of(3), (4, 5), "tanh").picture() == "36 → 4 → 5 → 3"
    )
    assert in_words("mlp", (128, 64), "relu") == "fully connected, 128–64 units, relu"
    assert "16–32 filters" in in_words("cnn", (64,), "relu")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cmn", "Did you mean 'cnn'"),
        ("cnn(filter=3)", "Did you mean 'filters'"),
        ("cnn(filters=[])", "at least 1"),
        ("cnn(filters=[3,0])", "received 0"),
        ("mlp(widths=3)", "Unknown argument of mlp 'widths'"),
        (3, "network must be text"),
    ],
)
def test_what_is_no_network(text: Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(text)


@pytest.mark.parametrize(
    ("shape", "text", "words"),
    [
        ((5,), "cnn", r"expects images.*received examples of shape \(5,\).*mlp"),
        ((2, 2, 2, 2), "cnn", "expects images"),
        ((3, 8), "cnn", "at least 4×4; received 3×8. Choose fewer filters"),
        ((1, 8), "cnn(filters=2)", "at least 2×2; received 1×8. Choose the network mlp"),
    ],
)
def test_what_does_not_fit_the_examples(shape: tuple[int, ...], text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        network(text, shape, Classification.of(3), (4,), "relu")
