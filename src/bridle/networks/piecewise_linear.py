"""Piecewise-linear embeddings of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.domains import Integer
from bridle.methods.hook_types import EMBEDDINGS, Params, Shape
from bridle.networks.embedding import MOST, Embedding, relu, size
from bridle.signature import Argument


@dataclass(frozen=True)
class PiecewiseLinear(Embedding):
    """Piecewise-linear encoding of quantities, between the quantiles of the training rows.

    Gorishniy, Rubachev and Babenko 2022, On Embeddings for Numerical Features in Tabular Deep Learning, NeurIPS;
    arXiv:2203.05556, sections 3.2 and 3.2.1. With edges b₀ < … < b_T, x becomes e₁ … e_T,
    e_t = (x − b_{t−1}) / (b_t − b_{t−1}), not below 0 but for t = 1, and not above 1 but for t = T. Quantiles that
    coincide give a bin without width, which encodes nothing; a constant column has no other.

    Attributes:
        bins: their number T.
    """

    name: ClassVar[str] = "ple"
    aliases: ClassVar[tuple[str, ...]] = ("piecewise_linear", "piecewise")
    words: ClassVar[str] = "piecewise-linear embeddings"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("bins", Integer(1, MOST), 48, "between quantiles of the training rows"),
        size(8),
        relu(False),
    )

    bins: int = field(kw_only=True)

    @property
    def encoding(self) -> int:
        """The number of bins."""
        return self.bins

    def constants(self) -> dict[str, Shape]:
        """Return the shape of the edges."""
        return {_EDGES: (len(self.layout.quantities), self.bins + 1)}

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return the edges `[F, T + 1]`, quantiles of the training rows `x [n, d]`."""
        columns = x[:, list(self.layout.quantities)].astype(np.float64)
        edges = np.quantile(columns, np.linspace(0.0, 1.0, self.bins + 1), axis=0)
        return {_EDGES: np.maximum.accumulate(edges, axis=0).T.astype(np.float32)}

    def encoded(self, params: Params, x: Array) -> Array:
        """Return quantities `x [B, F]` encoded as `[B, F, T]`."""
        return piecewise_linear(x, params[_EDGES])


_EDGES = f"{EMBEDDINGS}edges"

_NARROW = 1e-30
"""Width of a bin at and below which it encodes nothing; its inverse is finite."""


def piecewise_linear(x: Array, edges: Array) -> Array:
    """Return the piecewise-linear encoding `[B, F, T]` of `x [B, F]` between `edges [F, T + 1]`."""
    low, high = edges[:, :-1], edges[:, 1:]
    width = high - low
    # of bins that share an end with all, the first and the last that have a width
    lower = jnp.where(low == edges[:, :1], -jnp.inf, 0.0)
    upper = jnp.where(high == edges[:, -1:], jnp.inf, 1.0)
    inverse = jnp.where(width > _NARROW, 1.0 / jnp.maximum(width, _NARROW), 0.0)
    return jnp.clip((x[:, :, None] - low) * inverse, lower, upper)
