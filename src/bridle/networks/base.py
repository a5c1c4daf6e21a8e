"""What a network is: parameters by name, slots where hooks may act, and a forward pass that meets them in order."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from bridle.draws import Draws
from bridle.methods.base import Params, Shape, Slot, is_kernel

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

ACTIVATION_ALIASES = (("swish", "silu"), ("logistic", "sigmoid"))
"""What others call them."""

RISING = ("relu", "tanh", "sigmoid", "elu", "selu")
"""Those that never fall: the largest argument has the largest value."""

At = Callable[..., Array]
"""What a forward pass calls at each slot: `at(slot, x)` returns the activations that go on. At the merge of a residual
block, `at(slot, x, branch, ...)` returns the sum of its input and branches, as methods change them."""


@dataclass(frozen=True)
class Network(ABC):
    """A network of fixed shape; its parameters are an argument of the forward pass.

    Attributes:
        shape: of one example.
        widths: units of each dense hidden layer.
        outputs: number of logits; 1 serves two classes.
        activation: a name from `ACTIVATIONS`.
        precision: of the factors of the dense layers' products, from `PRECISIONS`.
    """

    shape: Shape
    widths: tuple[int, ...]
    outputs: int
    activation: str = "relu"
    precision: str = "float32"

    @abstractmethod
    def slots(self) -> list[Slot]:
        """Return the slots, in the order in which a forward pass meets them."""

    @abstractmethod
    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name: `…/kernel [..., in, out]`, `…/bias [out]`."""

    @abstractmethod
    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the logits `[B, K]` of examples `x [B, *shape]`; hooks too see K logits, never one."""

    @abstractmethod
    def picture(self) -> str:
        """Return the layers in a line, from the input to the logits."""

    @property
    def layers(self) -> int:
        """The number of hidden layers: so many values has a hyperparameter per layer."""
        return self.slots()[-1].layer

    @property
    def kept(self) -> int:
        """Numbers that a training step keeps of one example for its backward pass, where they weigh."""
        return 0

    def init(self, draws: Draws) -> Params:
        """Draw the parameters, each from a source of its name: kernels by Glorot, biases 0."""
        return {
            name: glorot_uniform(draws.at(name), shape) if is_kernel(name) else jnp.zeros(shape)
            for name, shape in self.shapes().items()
        }


def glorot_uniform(draws: Draws, shape: Shape) -> Array:
    """Draw a kernel `[..., in, out]` from ±√(6/(fan in + fan out)) (Glorot and Bengio 2010, AISTATS).

    The fans of a convolution are its channels times the size of its window.
    """
    window = math.prod(shape[:-2])
    limit = (6.0 / (window * (shape[-2] + shape[-1]))) ** 0.5
    kernel: Array = (2.0 * draws.uniform(shape) - 1.0) * limit
    return kernel


def all_logits(logits: Array) -> Array:
    """Return K logits: a single logit z of two classes becomes (0, z)."""
    if logits.shape[-1] > 1:
        return logits
    return jnp.concatenate([jnp.zeros_like(logits), logits], axis=-1)
