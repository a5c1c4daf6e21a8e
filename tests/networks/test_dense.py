"""The dense layer against plain products: values, first and second gradients, under `vmap`, in both precisions."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.networks.dense import PRECISIONS, dense

Layer = Callable[[jax.Array, jax.Array, jax.Array], jax.Array]


def arrays(seed: int, batch: int, n_in: int, n_out: int) -> list[npt.NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    shapes = ((batch, n_in), (n_in, n_out), (n_out,), (batch, n_out))
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def rounded(x: npt.NDArray[np.float32], precision: str) -> npt.NDArray[np.float64]:
    """Return what is left of a factor, as float64."""
    kept = x.astype(ml_dtypes.bfloat16) if precision == "bfloat16" else x
    return kept.astype(np.float64)


@pytest.mark.parametrize("precision", PRECISIONS)
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 99),
    batch=st.integers(1, 6),
    n_in=st.integers(1, 7),
    n_out=st.integers(1, 5),
)
def test_values_and_gradients(precision: str, seed: int, batch: int, n_in: int, n_out: int) -> None:
    x, kernel, bias, g = arrays(seed, batch, n_in, n_out)
    y, back = jax.vjp(lambda *given: dense(*given, precision), x, kernel, bias)
    to_x, to_kernel, to_bias = back(jnp.asarray(g))
    a, k, c = (rounded(part, precision) for part in (x, kernel, g))
    np.testing.assert_allclose(y, a @ k + bias, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(to_x, c @ k.T, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(to_kernel, a.T @ c, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(to_bias, g.sum(0), atol=1e-5, rtol=1e-5)


def test_lanes_and_second_gradients() -> None:
    x, kernel, bias, _ = (np.stack([part] * 3) for part in arrays(1, 4, 5, 2))

    def slope(layer: Layer) -> Callable[..., tuple[jax.Array, ...]]:
        def energy(x: jax.Array, kernel: jax.Array, bias: jax.Array) -> jax.Array:
            inner = jax.grad(lambda x: jnp.tanh(layer(x, kernel, bias)).sum())(x)
            return jnp.square(inner).sum()

        return jax.jit(jax.vmap(jax.grad(energy, argnums=(0, 1, 2))))

    ours = slope(dense)(x, kernel, bias)
    plain = slope(lambda x, kernel, bias: x @ kernel + bias)(x, kernel, bias)
    for a, b in zip(ours, plain, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [2, 5, 15, 16, 17, 33])
def test_every_small_shape_compiles_over_lanes(batch: int) -> None:
    """XLA fails, and takes the process along, where tiny products are kept from their transpositions."""

    def loss(x: jax.Array, kernel: jax.Array, bias: jax.Array) -> jax.Array:
        return jnp.tanh(dense(jnp.tanh(dense(x, kernel, bias)), kernel.T, x[0])).sum()

    for n_in, n_out in ((2, 2), (3, 3), (5, 8), (15, 16), (16, 15), (16, 16), (17, 33), (1, 20)):
        x, kernel, bias, _ = (np.stack([part] * 3) for part in arrays(0, batch, n_in, n_out))
        grads = jax.jit(jax.vmap(jax.grad(loss, argnums=(0, 1, 2))))(x, kernel, bias)
        alone = jax.grad(loss, argnums=(0, 1, 2))(x[0], kernel[0], bias[0])
        for lanes, one in zip(grads, alone, strict=True):
            np.testing.assert_allclose(lanes[1], one, atol=1e-4)
