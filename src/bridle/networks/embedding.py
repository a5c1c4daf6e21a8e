"""Embeddings: what becomes of a table's columns before the first dense layer (`mlp(embed=ple)`).

Every quantity is encoded as several numbers, and these become `size` numbers by a linear layer of the column's own. A
category of more than `size` values becomes `size` numbers likewise. All else passes as it is: categories of fewer
values, which are 0 or 1 for each, booleans, and the columns that say where values are missing.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.domains import Flag, Integer
from bridle.draws import Draws
from bridle.methods.hook_types import EMBEDDINGS, Params, Shape
from bridle.signature import Argument, Signature
from bridle.tables.layout import Layout

MOST = 4096
"""Maximum of what an embedding counts: bins, frequencies, numbers that a column becomes."""


def size(default: int) -> Argument:
    """Return the argument of the numbers that a column becomes."""
    return Argument("size", Integer(1, MOST), default, "numbers that a column becomes")


def relu(default: bool) -> Argument:
    """Return the argument that says whether ReLU follows the linear layer."""
    return Argument("relu", Flag(), default, "whether ReLU follows the linear layer")


@dataclass(frozen=True)
class Embedding(ABC):
    """The front layer of a network of vectors.

    Parameters, with `F` quantities: `embed/quantities/kernel [k, F·size]` and `embed/quantities/bias [F·size]`; and for
    the `J` categories that have `c` values each, `embed/categories_c/kernel [c, J·size]`. Each unit of these kernels
    reads only the numbers of its own column.

    Attributes:
        name: of the class: as written after `embed=`.
        aliases: of the class: other names that are also understood.
        words: of the class: what it is, in words.
        arguments: of the class: its arguments, each a keyword field.
        features: numbers of an example as the data hold it.
        layout: what they are.
        size: numbers that a column becomes.
        relu: whether ReLU follows the linear layer of quantities.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[str]
    arguments: ClassVar[tuple[Argument, ...]]

    features: int
    layout: Layout
    size: int = field(kw_only=True)
    relu: bool = field(kw_only=True)

    @property
    @abstractmethod
    def encoding(self) -> int:
        """The number of numbers `k` by which a quantity is encoded."""

    @abstractmethod
    def encoded(self, params: Params, x: Array) -> Array:
        """Return quantities `x [B, F]` encoded as `[B, F, k]`."""

    @classmethod
    def signature(cls) -> Signature:
        """Return the signature of the arguments in parentheses."""
        return Signature(cls.name, cls.arguments)

    @property
    def units(self) -> int:
        """The number of numbers that an example becomes."""
        embedded = sum(len(starts) for starts in self._wide.values())
        return (len(self.layout.quantities) + embedded) * self.size + len(self._others)

    @property
    def kept(self) -> int:
        """Number of values that a training step keeps for the backward pass of one example."""
        return len(self.layout.quantities) * self.encoding + self.units

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name."""
        units = len(self.layout.quantities) * self.size
        found: dict[str, Shape] = {
            _QUANTITIES + "/kernel": (self.encoding, units),
            _QUANTITIES + "/bias": (units,),
        }
        for values, starts in self._wide.items():
            found[_categories(values)] = (values, len(starts) * self.size)
        return found

    def constants(self) -> dict[str, Shape]:
        """Return the shapes of what is fitted on training rows and never trained, by name."""
        return {}

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return what is fitted on the training rows `x [n, d]`, as a network sees them, by name."""
        return {}

    def init(self, draws: Draws) -> Params:
        """Draw the parameters from `draws`, each from a source of its name: kernels by Glorot, biases 0."""
        return {
            # a unit reads the numbers of one column, whose embedding has `size` units
            name: uniform(draws.at(name), shape, math.sqrt(6.0 / (shape[0] + self.size)))
            if len(shape) > 1
            else jnp.zeros(shape)
            for name, shape in self.shapes().items()
        }

    def apply(self, params: Params, x: Array) -> Array:
        """Return examples `x [B, d]` as numbers `[B, units]`: of quantities, of wide categories, and all others.

        Args:
            params: parameters and constants by name.
            x: the examples.
        """
        encoded = self.encoded(params, at_positions(x, self.layout.quantities))
        found = by_column(encoded, params[_QUANTITIES + "/kernel"]) + params[_QUANTITIES + "/bias"]
        parts = [jax.nn.relu(found) if self.relu else found]
        for values, starts in self._wide.items():
            places = [start + at for start in starts for at in range(values)]
            one_hot = at_positions(x, places).reshape(-1, len(starts), values)
            parts.append(by_column(one_hot, params[_categories(values)]))
        if self._others:
            parts.append(at_positions(x, self._others))
        return jnp.concatenate(parts, axis=1)

    @property
    def _wide(self) -> dict[int, list[int]]:
        """The first positions of the categories that are embedded, by their number of values."""
        found: dict[int, list[int]] = {}
        for start, values in self.layout.categories:
            if values > self.size:
                found.setdefault(values, []).append(start)
        return found

    @property
    def _others(self) -> list[int]:
        """The positions of what passes as it is."""
        taken = set(self.layout.quantities)
        for values, starts in self._wide.items():
            taken |= {start + at for start in starts for at in range(values)}
        return [at for at in range(self.features) if at not in taken]


_QUANTITIES = f"{EMBEDDINGS}quantities"


def _categories(values: int) -> str:
    return f"{EMBEDDINGS}categories_{values}/kernel"


def uniform(draws: Draws, shape: Shape, limit: float) -> Array:
    """Draw from −limit to limit."""
    drawn: Array = (2.0 * draws.uniform(shape) - 1.0) * limit
    return drawn


def by_column(encoded: Array, kernel: Array) -> Array:
    """Return the products of each column's numbers and its own part of a kernel.

    Args:
        encoded: `[B, F, k]`.
        kernel: `[k, F·size]`, the units of one column after those of another.

    Returns:
        `[B, F·size]`.
    """
    count, columns, k = encoded.shape
    own = kernel.reshape(k, columns, -1)
    return jnp.einsum("bfk,kfe->bfe", encoded, own).reshape(count, -1)


def at_positions(x: Array, positions: Iterable[int]) -> Array:
    """Return the columns of `x [B, d]` at some positions, by slices of those that follow one another."""
    runs: list[list[int]] = []
    for at in positions:
        if runs and runs[-1][1] == at:
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    parts = [jax.lax.slice_in_dim(x, start, stop, axis=1) for start, stop in runs]
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=1)
