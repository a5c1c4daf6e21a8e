"""Images turned, zoomed, mirrored, moved and bent: one map of places for all of these, and one resampling."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array


def origins(
    shape: tuple[int, int], angle: Array, zoom: Array, mirrored: Array, shift: Array
) -> Array:
    """Return where the pixels of a moved image come from, `[2, H·W]`, rows then columns.

    The image is mirrored left to right, enlarged, turned about its centre, and then shifted.

    Args:
        shape: height and width of the image.
        angle: of the turn, in radians.
        zoom: the factor by which it is enlarged.
        mirrored: true or false.
        shift: `[2]`, in pixels, down and to the right.
    """
    height, width = shape
    centre = jnp.array([(height - 1) / 2, (width - 1) / 2])
    cos, sin, side = jnp.cos(angle), jnp.sin(angle), jnp.where(mirrored, -1.0, 1.0)
    turn = jnp.stack([jnp.stack([cos, sin]), jnp.stack([-sin * side, cos * side])]) / zoom
    start = centre - (turn * (centre + shift)).sum(axis=1)
    pixels = jnp.indices((height, width), dtype=jnp.float32).reshape(2, -1)
    # as one matrix product: XLA would draw and compute the angle anew for every pixel
    affine = jnp.concatenate([turn, start[:, None]], axis=1)
    homogeneous = jnp.concatenate([pixels, jnp.ones((1, height * width))])
    return jnp.matmul(affine, homogeneous, precision="highest")


def resampled(image: Array, places: Array) -> Array:
    """Return an image with the pixels at `places [2, H·W]` of `image [H, W]` or `[H, W, channels]`.

    Pixels are interpolated bilinearly; what comes from outside is 0.
    """
    height, width, *channels = image.shape
    y, x = places
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (part.reshape(-1, *(1 for _ in channels)) for part in (y - top, x - left))
    border = ((1, 1), (1, 1), *((0, 0) for _ in channels))
    padded = jnp.pad(image, border).reshape(-1, *channels)

    def pixel(row: Array, column: Array) -> Array:
        i = jnp.clip(row + 1, 0, height + 1).astype(jnp.int32)
        j = jnp.clip(column + 1, 0, width + 1).astype(jnp.int32)
        return padded.at[i * (width + 2) + j].get(mode="promise_in_bounds")

    upper = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right
    lower = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right
    moved: Array = upper * (1 - down) + lower * down
    return moved.reshape(image.shape)


def smoothing(size: int, sigma: float) -> np.ndarray:
    """Return the matrix `[size, size]` that smooths independent noise by a Gaussian and keeps its variance.

    Args:
        size: number of places.
        sigma: the Gaussian's standard deviation, in places.
    """
    apart = np.subtract.outer(np.arange(size), np.arange(size)) / sigma
    weights = np.exp(-0.5 * apart**2)
    found: np.ndarray = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return found.astype(np.float32)


def smooth_field(noise: Array, smoothness: float) -> Array:
    """Smooth noise `[..., H, W]` by a Gaussian, so that neighbours are alike and every variance stays (Simard 2003).

    Args:
        noise: independent, of mean 0.
        smoothness: standard deviation of the Gaussian, as a share of each side.
    """
    down, across = (smoothing(size, smoothness * size) for size in noise.shape[-2:])
    return jnp.matmul(jnp.matmul(down, noise, precision="highest"), across.T, precision="highest")
