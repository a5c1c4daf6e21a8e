"""The multilayer perceptron."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from bridle.draws import Draws
from bridle.methods.base import Params, Slot

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "gelu": jax.nn.gelu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "silu": jax.nn.silu,
}
"""Activation functions by name."""

At = Callable[[Slot, Array], Array]
"""What a forward pass calls at each slot with the activations there; returns what goes on."""


def glorot_uniform(draws: Draws, shape: tuple[int, int]) -> Array:
    """Draw a kernel from ±√(6/(in + out)) (Glorot and Bengio 2010, AISTATS)."""
    limit = (6.0 / (shape[0] + shape[1])) ** 0.5
    kernel: Array = (2.0 * draws.uniform(shape) - 1.0) * limit
    return kernel


def all_logits(logits: Array) -> Array:
    """Return K logits: a single logit z of two classes becomes (0, z)."""
    if logits.shape[-1] > 1:
        return logits
    return jnp.concatenate([jnp.zeros_like(logits), logits], axis=-1)


@dataclass(frozen=True)
class MLP:
    """Dense layers with one activation function, and a dense layer of logits.

    Attributes:
        features: size of a flattened example.
        widths: units of each hidden layer.
        outputs: number of logits; 1 serves two classes.
        activation: a name from `ACTIVATIONS`.
    """

    features: int
    widths: tuple[int, ...]
    outputs: int
    activation: str = "relu"

    def slots(self) -> list[Slot]:
        """Return the slots, in the order in which a forward pass meets them."""
        hidden = [
            Slot(kind, i, width, f"dense_{i}/{kind}")
            for i, width in enumerate(self.widths)
            for kind in ("pre", "post")
        ]
        first = Slot("input", 0, self.features, "input")
        last = Slot("logits", len(self.widths), max(2, self.outputs), "logits")
        return [first, *hidden, last]

    def init(self, draws: Draws) -> Params:
        """Draw the parameters, `dense_0/kernel [in, out]` and so on, each from a source of its name."""
        sizes = (self.features, *self.widths, self.outputs)
        params: Params = {}
        for i, shape in enumerate(itertools.pairwise(sizes)):
            params[f"dense_{i}/kernel"] = glorot_uniform(draws.at(f"dense_{i}/kernel"), shape)
            params[f"dense_{i}/bias"] = jnp.zeros(shape[1])
        return params

    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the logits `[B, K]` of examples `x [B, *shape]`; hooks too see K logits, never one."""
        slots = iter(self.slots())
        activation = ACTIVATIONS[self.activation]
        x = at(next(slots), x.reshape(x.shape[0], -1))
        for i in range(len(self.widths)):
            x = at(next(slots), x @ params[f"dense_{i}/kernel"] + params[f"dense_{i}/bias"])
            x = at(next(slots), activation(x))
        last = len(self.widths)
        logits = x @ params[f"dense_{last}/kernel"] + params[f"dense_{last}/bias"]
        return at(next(slots), all_logits(logits))
