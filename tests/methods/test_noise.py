"""Methods that disturb activations, weights and inputs, against NumPy with the same draws."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from bridle.draws import Draws
from bridle.methods.alpha_dropout import alpha_drop
from bridle.methods.catalogue import method
from bridle.methods.cutout import inside
from bridle.methods.drop_block import kept
from bridle.methods.hook_types import Batch, Context, Slot
from bridle.methods.swap_noise import donors
from bridle.networks.cnn import CNN
from bridle.tasks import Classification
from tests.engine.numpy_draws import NumpyDraws
from tests.methods.one_step import BATCH, NETWORK, X, first_params

KEY = (1, 2)
DRAWS, NUMPY = Draws(jnp.asarray(KEY, jnp.uint32)), NumpyDraws(*KEY)
CONTEXT = Context(True, DRAWS, BATCH.weight, {})
STILL = Context(False, None, BATCH.weight, {})
DENSE = Slot("post", 0, 6, "dense_0/post")
CONVOLVED = Slot("post", 0, 3, "conv_0/post")
IMAGES = np.random.default_rng(1).normal(size=(8, 7, 6)).astype(np.float32)
ACTIVATIONS = np.random.default_rng(2).normal(size=(8, 6)).astype(np.float32)
MAPS = np.random.default_rng(3).normal(size=(8, 5, 4, 3)).astype(np.float32)


def values(**given: Any) -> dict[str, Any]:
    return {name: jnp.asarray(value, jnp.float32) for name, value in given.items()}


def disturbed(name: str, x: np.ndarray, slot: Slot, h: dict[str, Any]) -> np.ndarray:
    """The activations after a method's hook; in evaluation they are as they were."""
    found = method(name)
    np.testing.assert_array_equal(found.hidden(slot, jnp.asarray(x), {}, h, STILL), x)
    return np.asarray(found.hidden(slot, jnp.asarray(x), {}, h, CONTEXT))


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_gaussian_dropout(rate: float) -> None:
    found = disturbed("gaussian_dropout", ACTIVATIONS, DENSE, values(rate=[rate]))
    noise = NUMPY.at("gaussian_dropout", "dense_0/post").normal((8, 6))
    np.testing.assert_allclose(
        found, ACTIVATIONS * (1 + np.sqrt(rate / (1 - rate)) * noise), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_alpha_dropout_keeps_the_moments_of_selu(rate: float) -> None:
    x = np.random.default_rng(0).normal(size=200_000)  # mean 0, variance 1
    uniform = np.random.default_rng(1).uniform(size=len(x))
    found = np.asarray(alpha_drop(jnp.asarray(x), jnp.asarray(uniform), rate))
    assert (found.mean(), found.std()) == pytest.approx((0.0, 1.0), abs=0.01)
    lowest = np.isclose(found, found[uniform < rate][0]) if rate else np.zeros(len(x), bool)
    assert lowest.mean() == pytest.approx(rate, abs=0.01)
    found = disturbed("alpha_dropout", ACTIVATIONS, DENSE, values(rate=[rate]))
    below = NUMPY.at("alpha_dropout", "dense_0/post").uniform((8, 6)) < rate
    alpha = -1.7580993408473766
    scale = (1 - rate + alpha**2 * rate * (1 - rate)) ** -0.5
    expected = scale * np.where(below, alpha, ACTIVATIONS) - scale * alpha * rate
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_spatial_dropout_drops_channels(rate: float) -> None:
    found = disturbed("spatial_dropout", MAPS, CONVOLVED, values(rate=rate))
    below = NUMPY.at("spatial_dropout", "conv_0/post").uniform((8, 1, 1, 3)) < rate
    np.testing.assert_allclose(found, np.where(below, 0, MAPS / (1 - rate)), rtol=1e-5)
    np.testing.assert_array_equal(
        disturbed("spatial_dropout", ACTIVATIONS, DENSE, values(rate=0.9)), ACTIVATIONS
    )


@pytest.mark.parametrize("block", [1, 2, 3, 5])
def test_squares_that_are_dropped(block: int) -> None:
    seeds = np.random.default_rng(0).uniform(size=(4, 9 - block, 10 - block, 2)) < 0.1
    expected = np.ones((4, 8, 9, 2))
    for example, row, column, channel in np.argwhere(seeds):
        expected[example, row : row + block, column : column + block, channel] = 0
    np.testing.assert_array_equal(kept(jnp.asarray(seeds), block), expected)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_drop_block(rate: float) -> None:
    found = disturbed("drop_block", MAPS, CONVOLVED, values(rate=rate))
    seeds = NUMPY.at("drop_block", "conv_0/post").uniform((8, 3, 2, 3)) < rate / 9 * 20 / 6
    mask = np.asarray(kept(jnp.asarray(seeds), 3))
    expected = MAPS * mask * 60 / mask.sum(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.12)


@pytest.mark.parametrize(
    ("name", "strength"), [("drop_connect", "rate"), ("weight_noise", "strength")]
)
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_noise_on_weights(name: str, strength: str, value: float) -> None:
    params = first_params()
    found = method(name).weights(params, values(**{strength: value}), CONTEXT)
    for key, weight in params.items():
        draws, expected = NUMPY.at(name, key), np.asarray(weight)
        if not key.endswith("kernel"):
            np.testing.assert_array_equal(found[key], expected)
        elif name == "drop_connect":
            dropped = draws.uniform(weight.shape) < value
            np.testing.assert_allclose(
                found[key], np.where(dropped, 0, expected / (1 - value)), rtol=1e-5
            )
        else:
            noisy = expected + value * draws.normal(weight.shape)
            np.testing.assert_allclose(found[key], noisy, rtol=1e-4, atol=1e-5)
    assert method(name).weights(params, values(**{strength: 0.9}), STILL) is params


def changed(name: str, x: np.ndarray, h: dict[str, Any]) -> Batch:
    """The batch after a method's hook; evaluation changes none."""
    batch = BATCH._replace(x=jnp.asarray(x))
    assert method(name).batch(batch, h, STILL) is batch
    return method(name).batch(batch, h, CONTEXT)


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_input_noise(strength: float) -> None:
    found = changed("input_noise", X, values(strength=strength)).x
    noise = NUMPY.at("input_noise").normal(X.shape)
    np.testing.assert_allclose(found, X + strength * noise, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_swap_noise_takes_from_rows_that_count(rate: float) -> None:
    found = np.asarray(changed("swap_noise", X, values(rate=rate)).x)
    draws = NUMPY.at("swap_noise")
    rows = np.floor(draws.at("row").uniform(X.shape) * 6).astype(int)  # rows 6 and 7 are padding
    swapped = draws.at("swap").uniform(X.shape) < rate
    expected = np.where(swapped, X[rows, np.arange(4)], X)
    np.testing.assert_array_equal(found, expected)
    weight = np.array([0, 1, 0, 1, 1], np.float32)
    drawn = np.asarray(donors(jnp.linspace(0.0, 0.9999, 99), jnp.asarray(weight)))
    assert set(drawn) == {1, 3, 4}
    np.testing.assert_allclose(np.bincount(drawn, minlength=5)[[1, 3, 4]], 33, atol=1)


def test_pixels_inside_a_rectangle() -> None:
    for centre, half in (
        ((2.5, 3.0), (1.0, 2.0)),
        ((0.0, 0.0), (2.0, 1.0)),
        ((3.0, 3.0), (0.0, 9.0)),
    ):
        found = np.asarray(inside(jnp.asarray(centre), jnp.asarray(half), (5, 6)))
        for row in range(5):
            for column in range(6):
                near = abs(row + 0.5 - centre[0]) < half[0], abs(column + 0.5 - centre[1]) < half[1]
                assert found[row, column] == all(near)


@pytest.mark.parametrize("size", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_cutout_hides_a_square(size: float, channels: tuple[int, ...]) -> None:
    images = np.ones((8, 7, 6, *channels), np.float32)
    found = np.asarray(changed("cutout", images, values(size=size)).x)
    centre = NUMPY.at("cutout").uniform((8, 2)) * (7, 6)
    half = size * np.sqrt(42) / 2
    rows = np.abs(np.arange(7) + 0.5 - centre[:, :1]) < half
    columns = np.abs(np.arange(6) + 0.5 - centre[:, 1:]) < half
    hidden = rows[:, :, None] & columns[:, None, :]
    np.testing.assert_array_equal(found.reshape(8, 7, 6, -1)[..., 0], 1.0 - hidden)
    assert hidden.any() == (size > 0)


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_random_erasing(probability: float) -> None:
    many = 400
    batch = Batch(jnp.ones((many, 20, 30)), BATCH.y, jnp.ones(many))
    ctx = Context(True, DRAWS, batch.weight, {})
    h = values(probability=probability)
    hidden = np.asarray(method("random_erasing").batch(batch, h, ctx).x) == 0
    shares = hidden.mean(axis=(1, 2))
    assert (shares > 0).mean() == pytest.approx(probability, abs=0.06)
    if probability:
        some = shares[shares > 0]
        assert some.min() > 0.005
        assert some.max() < 0.45
        assert some.mean() == pytest.approx(0.2, abs=0.03)
    for mask in hidden:  # each a rectangle
        rows, columns = mask.any(1), mask.any(0)
        np.testing.assert_array_equal(mask, np.outer(rows, columns))
    table = Batch(jnp.ones((many, 50)), BATCH.y, jnp.ones(many))
    lost = (np.asarray(method("random_erasing").batch(table, h, ctx).x) == 0).mean(1)
    assert lost.mean() == pytest.approx(0.21 * probability, abs=0.03)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_cutmix_shares_targets_by_area(strength: float) -> None:
    found = changed("cutmix", IMAGES, values(strength=strength))
    same = (np.asarray(found.x) == IMAGES).all(0)
    (toward, share), y = found.further[0], np.asarray(BATCH.y)
    assert float(share) == pytest.approx(1 - same.mean() if strength else 0.0, abs=1e-6)
    if strength:
        rows, columns = ~same.all(1), ~same.all(0)
        np.testing.assert_array_equal(~same, np.outer(rows, columns))
        assert 0 < (~same).mean() < 1
        pasted = np.asarray(found.x)[:, ~same]
        for row in range(6):
            donor = [i for i in range(8) if np.array_equal(pasted[row], IMAGES[i][~same])]
            assert len(donor) == 1
            assert donor[0] < 6  # no padding
            np.testing.assert_array_equal(y[donor[0]], toward[row])


def test_who_wants_images() -> None:
    task = Classification.of(3)
    convolved = CNN((7, 6), (5,), 3, filters=(3,))
    for name in ("cutout", "cutmix", "drop_block", "spatial_dropout"):
        assert method(name).refuses(convolved, task) is None
        assert "no " in str(method(name).refuses(NETWORK, task))
    assert method("swap_noise").refuses(NETWORK, task) is None
    assert "images" in str(method("swap_noise").refuses(convolved, task))
