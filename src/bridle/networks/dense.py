"""The dense layer, with gradients written out so that they stay fast on a CPU."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import Array
from jax.lax import optimization_barrier

PRECISIONS = ("float32", "bfloat16")
"""Precisions of the two factors of a matrix product; sums, weights and everything else are float32."""


SMALLEST_APART = 16
"""Smallest dimension of a product from which barriers separate its transposed factors."""


def product(left: Array, right: Array, precision: str) -> Array:
    """Return the matrix product of `left [m, k]` and `right [k, n]`, summed in float32."""
    return jnp.matmul(
        left.astype(precision), right.astype(precision), preferred_element_type=jnp.float32
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def dense(x: Array, kernel: Array, bias: Array, precision: str = "float32") -> Array:
    """Return `x [B, in] @ kernel [in, out] + bias [out]`.

    The gradients suit the CPU's matrix product, which is fastest with both factors in row order: transposing the small
    arrays of activations is faster than reading a transposed kernel, and the kernel's gradient has the kernel's own
    order in memory, which the optimizer needs. As a `custom_vjp` it has no forward mode.
    """
    return product(x, kernel, precision) + bias


def _forward(
    x: Array, kernel: Array, bias: Array, precision: str
) -> tuple[Array, tuple[Array, Array]]:
    return dense(x, kernel, bias, precision), (x, kernel)


def _backward(precision: str, kept: tuple[Array, Array], grad: Array) -> tuple[Array, Array, Array]:
    x, kernel = kept
    # barriers keep the compiler from folding the transpositions into the products; around very small products they
    # crash it (XLA of jaxlib 0.10) and would gain nothing
    apart = optimization_barrier if min(*x.shape, *kernel.shape) >= SMALLEST_APART else _as_it_is
    to_x = apart(product(kernel, apart(grad.T), precision)).T
    to_kernel = product(apart(x.T), grad, precision)
    return to_x, to_kernel, grad.sum(0)


def _as_it_is(x: Array) -> Array:
    return x


dense.defvjp(_forward, _backward)
