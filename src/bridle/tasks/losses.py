"""Losses of single examples, as JAX computes them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array


def cross_entropy(logits: Array, targets: Array) -> Array:
    """Return −Σ y log softmax(logits) for each example, `[B]`, of soft classes `[B, K]`."""
    return -(targets * jax.nn.log_softmax(logits)).sum(-1)


def squared_error(outputs: Array, targets: Array) -> Array:
    """Return the mean over targets of (output − target)², `[B]`."""
    return jnp.square(outputs - targets).mean(-1)


def huber(outputs: Array, targets: Array, delta: float) -> Array:
    """Return the mean over targets of Huber's loss, `[B]`.

    r²/2 where |r| ≤ δ, and δ(|r| − δ/2) beyond (Huber, "Robust estimation of a location parameter", Annals of
    Mathematical Statistics 35, 1964).
    """
    size = jnp.abs(outputs - targets)
    inside = jnp.minimum(size, delta)
    return (inside * (size - 0.5 * inside)).mean(-1)
