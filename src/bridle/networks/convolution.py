"""3×3 convolution and 2×2 max pooling that stay fast on a CPU: inside loops, over lanes, forwards and backwards.

XLA compiles the plain formulation slowly for two reasons: `vmap` over kernels gives a grouped convolution, and the
gradients of a convolution use Eigen's fast code only outside of loops, but training runs inside one. So the gradients
are written here as convolutions in the layout that is always fast (images `[B, H, W, C]`, kernels `[3, 3, in, out]`),
and lanes are convolved one after another. `benchmarks/convolutions.py` times this and other formulations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.custom_batching import custom_vmap

WINDOW = [(i, j) for i in range(3) for j in range(3)]


def one_by_one(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return the function with a batching rule that loops over lanes."""

    @custom_vmap
    def alone(*arguments: Array) -> Array:
        return function(*arguments)

    @alone.def_vmap
    def in_turn(size: int, batched: Any, *arguments: Array) -> tuple[Array, bool]:
        each = [
            x if mapped else jnp.broadcast_to(x, (size, *x.shape))
            for x, mapped in zip(arguments, batched, strict=True)
        ]
        return lax.map(lambda lane: alone(*lane), tuple(each)), True

    return functools.wraps(function)(alone)


@one_by_one
def _convolved(x: Array, kernel: Array) -> Array:
    return lax.conv_general_dilated(
        x, kernel, (1, 1), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


@one_by_one
def _correlated(x: Array, g: Array) -> Array:
    # examples act as channels, and the image `g` as the kernel
    swapped = _convolved(x.transpose(3, 1, 2, 0), g.transpose(1, 2, 0, 3))
    return swapped.transpose(1, 2, 0, 3)


def _windows(x: Array) -> list[Array]:
    """Return `x [..., H, W]` nine times, shifted to each place of the window, with zeros from outside."""
    height, width = x.shape[-2:]
    padded = jnp.pad(x, ((0, 0),) * (x.ndim - 2) + ((1, 1), (1, 1)))
    return [padded[..., i : i + height, j : j + width] for i, j in WINDOW]


@jax.custom_vjp
def convolve(x: Array, kernel: Array) -> Array:
    """Convolve images with a 3×3 window, zeros outside ('same').

    Args:
        x: `[B, H, W, in]`.
        kernel: `[3, 3, in, out]`; as everywhere in this field, it is not mirrored.

    Returns:
        `[B, H, W, out]`.
    """
    if x.shape[-1] > 1:
        return _convolved(x, kernel)
    # nine products of a number and a filter are one loop; with one channel there is no matrix product to gain from
    shifted = _windows(x[..., 0])
    total: Array = sum(
        (image[..., None] * kernel[i, j, 0] for image, (i, j) in zip(shifted, WINDOW, strict=True)),
        start=jnp.zeros(()),
    )
    return total


@jax.custom_vjp
def correlate(x: Array, g: Array) -> Array:
    """Return the gradient in the kernel: Σ over examples and pixels of `x`, shifted, times `g`.

    Args:
        x: what was convolved, `[B, H, W, in]`.
        g: the gradient in the output, `[B, H, W, out]`.

    Returns:
        `[3, 3, in, out]`.
    """
    if x.shape[-1] > 1:
        return _correlated(x, g)
    patches = jnp.stack([image.reshape(-1) for image in _windows(x[..., 0])])
    return (patches @ g.reshape(-1, g.shape[-1])).reshape(3, 3, 1, -1)


def mirrored(kernel: Array) -> Array:
    """Return the kernel of the transposed convolution: mirrored, with its channels exchanged."""
    return kernel[::-1, ::-1].swapaxes(2, 3)


# each of the two is the other's gradient, so higher derivatives exist too
convolve.defvjp(
    lambda x, kernel: (convolve(x, kernel), (x, kernel)),
    lambda kept, g: (convolve(g, mirrored(kept[1])), correlate(kept[0], g)),
)
correlate.defvjp(
    lambda x, g: (correlate(x, g), (x, g)),
    lambda kept, q: (convolve(kept[1], mirrored(q)), convolve(kept[0], q)),
)


def max_pool(x: Array) -> Array:
    """Return the largest number of each 2×2 window: `[B, H, W, C]` → `[B, H // 2, W // 2, C]`.

    The last row or column of an odd side is left out. Where several numbers are largest, the gradient goes to the
    first of them in reading order.
    """
    return _pooled(x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2])


@jax.custom_vjp
def _pooled(x: Array) -> Array:
    first, second, third, fourth = _corners(x)
    return jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth))


def _corners(x: Array) -> list[Array]:
    """Return the four numbers of each window, in reading order, `[B, H/2, W/2, C]` each."""
    return [x[:, i::2, j::2] for i, j in np.ndindex(2, 2)]


def _in_blocks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function computed for an eighth of the examples at a time.

    XLA computes the result of a loop once; without the loop it repeats the convolution in every later use.
    """

    def mapped(*arrays: Array) -> Any:
        batch = arrays[0].shape[0]
        blocks = next(count for count in (8, 4, 2, 1) if batch % count == 0)
        split = tuple(x.reshape(blocks, batch // blocks, *x.shape[1:]) for x in arrays)
        parts = lax.map(lambda block: function(*block), split)
        return jax.tree.map(lambda x: x.reshape(batch, *x.shape[2:]), parts)

    return functools.wraps(function)(mapped)


@_in_blocks
def _pooled_and_place(x: Array) -> tuple[Array, Array]:
    first, second, third, fourth = _corners(x)
    upper, lower = jnp.maximum(first, second), jnp.maximum(third, fourth)
    in_upper = jnp.where(first >= second, jnp.int8(0), jnp.int8(1))
    in_lower = jnp.where(third >= fourth, jnp.int8(2), jnp.int8(3))
    return jnp.maximum(upper, lower), jnp.where(upper >= lower, in_upper, in_lower)


_PLACES = np.arange(4, dtype=np.int8).reshape(2, 1, 2, 1)


@_in_blocks
def _back_to_its_place(place: Array, g: Array) -> tuple[Array]:
    batch, height, width, channels = g.shape
    here = place[:, :, None, :, None] == _PLACES  # [B, H/2, 2, W/2, 2, C]
    cells = jnp.where(here, g[:, :, None, :, None], 0.0)
    return (cells.reshape(batch, 2 * height, 2 * width, channels),)


_pooled.defvjp(_pooled_and_place, _back_to_its_place)
