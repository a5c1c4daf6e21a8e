"""Convolution and pooling against XLA's own and against loops in NumPy: values, gradients, gradients of gradients."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from bridle.networks.convolution import convolve, correlate, max_pool

Pair = tuple[jax.Array, jax.Array]
Layer = Callable[[jax.Array, jax.Array], jax.Array]


def reference(x: jax.Array, kernel: jax.Array) -> jax.Array:
    return lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def by_loops(
    x: npt.NDArray[np.float32], kernel: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    padded = np.pad(x.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)))
    out = np.zeros((*x.shape[:3], kernel.shape[-1]))
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            window = padded[:, row : row + 3, column : column + 3]
            out[:, row, column] = np.einsum("bijc,ijco->bo", window, kernel)
    return out


def normal(seed: int, *shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


# lanes, batch, height, width, channels, filters
shapes = st.tuples(*(st.integers(1, most) for most in (3, 4, 7, 7, 3, 4)))


@settings(max_examples=6, deadline=None)
@given(shapes)
def test_convolution(shape: tuple[int, ...]) -> None:
    lanes, batch, height, width, channels, filters = shape
    x, kernel = (
        normal(0, lanes, batch, height, width, channels),
        normal(1, lanes, 3, 3, channels, filters),
    )
    got = jax.jit(jax.vmap(convolve))(x, kernel)
    for lane in range(lanes):
        expected = by_loops(np.asarray(x[lane]), np.asarray(kernel[lane]))
        np.testing.assert_allclose(got[lane], expected, rtol=1e-4, atol=1e-4)
        # alone as well as among others
        np.testing.assert_allclose(convolve(x[lane], kernel[lane]), expected, rtol=1e-4, atol=1e-4)


@settings(max_examples=3, deadline=None)
@given(shapes)
def test_gradients_of_convolutions(shape: tuple[int, ...]) -> None:
    lanes, batch, height, width, channels, filters = shape
    x, kernel = (
        normal(0, lanes, batch, height, width, channels),
        normal(1, lanes, 3, 3, channels, filters),
    )
    weight = normal(2, lanes, batch, height, width, filters)

    def gradients(function: Layer) -> tuple[Pair, Pair]:
        def loss(x: jax.Array, kernel: jax.Array) -> jax.Array:
            return jnp.sum(jnp.sin(jax.vmap(function)(x, kernel)) * weight)

        def slope(x: jax.Array, kernel: jax.Array) -> jax.Array:
            of_x, of_kernel = jax.grad(loss, (0, 1))(x, kernel)
            return jnp.sum(of_x**2) + jnp.sum(of_kernel**2)

        return jax.grad(loss, (0, 1))(x, kernel), jax.grad(slope, (0, 1))(x, kernel)

    for ours, theirs in zip(gradients(convolve), gradients(reference), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * (1 + np.abs(b).max()))


@pytest.mark.parametrize("channels", [1, 2])
def test_lanes_may_share_images_or_kernels(channels: int) -> None:
    x, kernel = normal(0, 3, 2, 4, 5, channels), normal(1, 3, 3, 3, channels, 2)
    shared = jax.vmap(convolve, in_axes=(None, 0))(x[0], kernel)
    np.testing.assert_allclose(shared[2], reference(x[0], kernel[2]), rtol=1e-4, atol=1e-5)
    shared = jax.vmap(convolve, in_axes=(0, None))(x, kernel[0])
    np.testing.assert_allclose(shared[2], reference(x[2], kernel[0]), rtol=1e-4, atol=1e-5)
    twice = jax.vmap(jax.vmap(convolve, in_axes=(0, None)))(x[:, :, None], kernel)
    np.testing.assert_allclose(twice[1, :, 0], reference(x[1], kernel[1]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2])
def test_correlation_is_the_gradient_in_the_kernel(channels: int) -> None:
    x, g = normal(0, 2, 4, 5, channels), normal(1, 2, 4, 5, 3)
    (expected,) = jax.vjp(lambda kernel: reference(x, kernel), jnp.zeros((3, 3, channels, 3)))[1](g)
    np.testing.assert_allclose(correlate(x, g), expected, rtol=1e-4, atol=1e-5)


@settings(max_examples=3, deadline=None)
@given(st.tuples(*(st.integers(low, high) for low, high in ((1, 9), (2, 9), (2, 9), (1, 3)))))
def test_pooling(shape: tuple[int, ...]) -> None:
    # few different numbers, so that many windows have ties
    x = np.random.default_rng(sum(shape)).integers(-2, 2, shape).astype(np.float32)
    batch, height, width, channels = shape
    weight = np.asarray(normal(3, batch, height // 2, width // 2, channels))
    pooled, back = jax.vjp(max_pool, jnp.asarray(x))
    (slope,) = back(jnp.asarray(weight))
    expected, expected_slope = np.zeros(weight.shape), np.zeros(shape)
    for b, i, j, c in np.ndindex(weight.shape):
        window = x[b, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        row, column = divmod(int(window.argmax()), 2)  # NumPy too gives the first in reading order
        expected[b, i, j, c] = window[row, column]
        expected_slope[b, 2 * i + row, 2 * j + column, c] = weight[b, i, j, c]
    np.testing.assert_array_equal(pooled, expected)
    np.testing.assert_array_equal(max_pool(jnp.asarray(x)), expected)
    np.testing.assert_array_equal(slope, expected_slope.astype(np.float32))
    mapped = jax.vmap(jax.grad(lambda x: (max_pool(x) * weight).sum()))(jnp.stack([x, x]))
    np.testing.assert_array_equal(mapped[1], slope)


def test_pooling_as_xla_does_it() -> None:
    x = normal(0, 3, 7, 6, 4)
    theirs = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    np.testing.assert_array_equal(max_pool(x), theirs)
