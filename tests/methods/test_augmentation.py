"""Augmentation against SciPy's resampling with the same draws, closed forms, and distributions."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
from jax import Array

from bridle.draws import Draws
from bridle.methods.augmentation import Augmentation
from bridle.methods.geometry import origins, resampled, smoothing
from bridle.methods.hook_types import Batch, Context
from tests.engine.numpy_draws import NumpyDraws

RANDOM = np.random.default_rng(0)
KEY = (1, 2)
CONTEXT = Context(True, Draws(jnp.asarray(KEY, jnp.uint32)), jnp.ones(1), {})
STILL = Context(False, None, jnp.ones(1), {})
KINDS = {"shift": 0.2, "rotation": 40.0, "zoom": 0.5, "flip": 0.6}


def augmented(x: np.ndarray, static: dict[str, float] | None = None, **given: float) -> np.ndarray:
    """Examples after the hook; in evaluation they are as they were."""
    method = Augmentation(**(static or {}))
    defaults = {declared.name: declared.default for declared in method.traced()}
    h = {name: jnp.float32(value) for name, value in (defaults | given).items()}
    batch = Batch(jnp.asarray(x), jnp.zeros((len(x), 2)), jnp.ones(len(x)))
    np.testing.assert_array_equal(method.batch(batch, h, STILL).x, x)
    return np.asarray(method.batch(batch, h, CONTEXT).x)


def moved(
    image: np.ndarray,
    degrees: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    zoom: float = 1.0,
    mirrored: bool = False,
) -> Array:
    shape = (image.shape[0], image.shape[1])
    angle, by = jnp.float32(np.deg2rad(degrees)), jnp.asarray(shift, jnp.float32)
    places = origins(shape, angle, jnp.float32(zoom), jnp.asarray(mirrored), by)
    return resampled(jnp.asarray(image, jnp.float32), places)


@pytest.mark.parametrize("shape", [(7, 7), (8, 8), (5, 9)])
@pytest.mark.parametrize("zoom", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("degrees", "shift"),
    [
        (0, (0, 0)),
        (0, (1, -2)),
        (0, (0.5, 0.25)),
        (90, (0, 0)),
        (20, (0, 0)),
        (-33, (0.7, -1.2)),
        (180, (3, 0)),
    ],
)
def test_images_move_as_scipys_affine_transform(
    shape: tuple[int, int], degrees: int, shift: tuple[float, float], zoom: float, mirrored: bool
) -> None:
    image = RANDOM.uniform(size=shape)
    angle, centre = np.deg2rad(degrees), (np.array(shape) - 1) / 2
    # the image is mirrored, enlarged, turned, shifted; SciPy asks for the way back
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = np.linalg.inv(turn @ np.diag([zoom, -zoom if mirrored else zoom]))
    expected = scipy.ndimage.affine_transform(
        image, back, centre - back @ (centre + shift), order=1, mode="grid-constant", cval=0.0
    )
    found = moved(image, degrees, shift, zoom, mirrored)
    np.testing.assert_allclose(found, expected, atol=5e-5)


def test_what_is_exact_and_which_way_it_turns() -> None:
    image = RANDOM.uniform(size=(9, 8)).astype(np.float32)
    np.testing.assert_array_equal(moved(image), image)
    np.testing.assert_array_equal(moved(image, mirrored=True), image[:, ::-1])
    shifted = scipy.ndimage.shift(image, (0.5, 0.25), order=1, mode="grid-constant")
    np.testing.assert_allclose(moved(image, shift=(0.5, 0.25)), shifted, atol=2e-5)
    turned = scipy.ndimage.rotate(image, 30, reshape=False, order=1, mode="grid-constant")
    np.testing.assert_allclose(moved(image, 30), turned, atol=2e-5)
    spot = np.zeros((9, 9))
    spot[4, 4] = 1.0  # enlarged twice, a pixel has the mass of four
    assert np.asarray(moved(spot, zoom=2.0)).sum() == pytest.approx(4.0)


@pytest.mark.parametrize(("size", "sigma"), [(8, 1.2), (28, 4.2), (5, 0.01)])
def test_smoothing_is_scipys_and_keeps_variances(size: int, sigma: float) -> None:
    matrix = smoothing(size, sigma)
    np.testing.assert_allclose(np.square(matrix).sum(1), 1.0, rtol=1e-5)
    filtered = scipy.ndimage.gaussian_filter1d(
        np.eye(size), sigma, axis=0, mode="constant", radius=size
    )
    expected = filtered / np.linalg.norm(filtered, axis=1, keepdims=True)
    np.testing.assert_allclose(matrix, expected, atol=1e-5)


@pytest.mark.parametrize("channels", [(), (3,)], ids=["gray", "colours"])
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_all_kinds_are_one_resampling(strength: float, channels: tuple[int, ...]) -> None:
    size, height, width = 12, 9, 7
    sides, sigma, amount = np.array([height, width]), 0.2, 0.1
    x = RANDOM.normal(size=(size, height, width, *channels)).astype(np.float32)
    found = augmented(x, {"elastic": amount, "smoothness": sigma}, strength=strength, **KINDS)
    draws = NumpyDraws(*KEY).at("augmentation")

    def signed(name: str, shape: tuple[int, ...]) -> np.ndarray:
        return 2.0 * draws.at(name).uniform(shape) - 1.0

    angles = np.deg2rad(strength * KINDS["rotation"]) * signed("rotation", (size,))
    zooms = (1.0 + strength * KINDS["zoom"]) ** signed("zoom", (size,))
    mirrored = draws.at("flip").uniform((size,)) < strength * KINDS["flip"]
    shifts = strength * KINDS["shift"] * sides * signed("shift", (size, 2))
    noise = draws.at("elastic").normal((size, 2, height, width))
    radii = {1: height, 2: width}
    for axis, radius in radii.items():
        one = scipy.ndimage.gaussian_filter1d(
            np.eye(radius), sigma * radius, axis=0, mode="constant", radius=radius
        )
        smooth = scipy.ndimage.gaussian_filter1d(
            noise, sigma * radius, axis=axis + 1, mode="constant", radius=radius
        )
        scale = np.linalg.norm(one, axis=1)
        noise = smooth / (scale[:, None] if axis == 1 else scale)
    pixels, centre = np.indices((height, width)), (sides - 1) / 2
    for n in range(size):
        cos, sin = np.cos(angles[n]), np.sin(angles[n])
        y, x_ = pixels - (centre + shifts[n])[:, None, None]
        rows, columns = (cos * y + sin * x_) / zooms[n], (cos * x_ - sin * y) / zooms[n]
        places = np.stack([rows, -columns if mirrored[n] else columns]) + centre[:, None, None]
        places += strength * amount * sides[:, None, None] * noise[n]
        layers = x[n].reshape(height, width, -1)
        expected = [
            scipy.ndimage.map_coordinates(layers[..., c], places, order=1, mode="grid-constant")
            for c in range(layers.shape[-1])
        ]
        together = np.stack(expected, axis=-1).reshape(x[n].shape)
        np.testing.assert_allclose(found[n], together, atol=2e-4)
    if strength == 0.0:
        np.testing.assert_array_equal(found, x)
    else:
        assert 0 < mirrored.sum() < size


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_jitter(strength: float) -> None:
    x = np.zeros((2000, 20), np.float32)
    out = augmented(x, strength=strength, jitter=2.0)
    if strength == 0.0:
        assert not out.any()
    else:
        assert scipy.stats.kstest(out.ravel() / (2 * strength), "norm").pvalue > 1e-4


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_images_move_within_bounds(strength: float) -> None:
    image = np.zeros((21, 21), np.float32)
    image[10, 10] = 1.0
    size = 500
    x = np.broadcast_to(image, (size, 21, 21))
    out = augmented(x, strength=strength, shift=0.2, rotation=30.0)
    rows, columns = np.mgrid[:21, :21] - 10
    mass = out.sum((1, 2))
    for axis in (rows, columns):
        centre = (out * axis).sum((1, 2)) / mass
        assert np.abs(centre).max() <= strength * 0.2 * 21 + 1e-4
        if strength:
            uniform = centre / (strength * 0.2 * 21) / 2 + 0.5
            assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-4
    if strength == 0.0:
        np.testing.assert_array_equal(out, x)
    else:
        assert len(np.unique(out.round(5), axis=0)) == size
