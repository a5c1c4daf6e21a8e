"""The base of networks: parameters by name, slots where hooks may act, and a forward pass that visits them in order."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bridle.draws import Draws
from bridle.grammar import Call, format_value
from bridle.methods.hook_types import Params, Shape, Slot, is_kernel
from bridle.networks.embeddings import EMBED
from bridle.signature import Argument, Signature

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
"""Other names of them."""

RISING = ("relu", "tanh", "sigmoid", "elu", "selu")
"""The activation functions that never decrease."""

At = Callable[..., Array]
"""Function that a forward pass calls at each slot: `at(slot, x)` returns the activations to continue with. At the merge
of a residual block, `at(slot, x, branch, ...)` returns the sum of its input and branches, as methods change them."""


@dataclass(frozen=True)
class Network(ABC):
    """A network of fixed shape; its parameters are an argument of the forward pass.

    Attributes:
        name: of the class: as written in a specification.
        aliases: of the class: other names that are also understood.
        adjective: of the class: as in "a … network".
        arguments: of the class: its arguments in addition to the fields here, each a keyword field.
        default_widths: of the class: dense hidden layers by default; `None` leaves them to the data set.
        embeds: of the class: whether it may begin with an embedding, which turns examples into longer vectors.
        variants: of the class: calls that suit methods which its defaults do not suit.
        shape: of one example.
        widths: units of each dense hidden layer.
        outputs: columns of the last layer; a single logit serves two classes.
        activation: a name from `ACTIVATIONS`.
        precision: of the factors of the dense layers' products, from `PRECISIONS`.
        values: whether outputs are values, not logits; then each column is one value.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    adjective: ClassVar[str]
    arguments: ClassVar[tuple[Argument, ...]] = ()
    default_widths: ClassVar[tuple[int, ...] | None] = None
    embeds: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    shape: Shape
    widths: tuple[int, ...]
    outputs: int
    activation: str = "relu"
    precision: str = "float32"
    values: bool = False

    @abstractmethod
    def slots(self) -> list[Slot]:
        """Return the slots in the order of the forward pass."""

    @abstractmethod
    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name: `…/kernel [..., in, out]`, `…/bias [out]`."""

    @abstractmethod
    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the outputs `[B, columns]` of examples `x [B, *shape]`; hooks also see K logits, never a single one.

        Args:
            params: parameters by name, with the shapes of `shapes`, and constants, with those of `constants`.
            x: the examples.
            at: called with each slot and the activations there; the pass continues with its result.
        """

    @abstractmethod
    def picture(self) -> str:
        """Return the layers in a line, from the input to the logits."""

    @classmethod
    def signature(cls) -> Signature:
        """Return the signature of the arguments in parentheses."""
        arguments = (*cls.arguments, EMBED) if cls.embeds else cls.arguments
        return Signature(cls.name, arguments, advice="Its layers are widths.")

    @classmethod
    def unfit(cls, call: Call, shape: Shape) -> str:
        """Return why the network that a call means cannot be built for examples of a shape; empty if it can.

        Args:
            call: the network's, every argument written out.
            shape: of one example.
        """
        return ""

    @classmethod
    def described(cls, call: Call) -> str:
        """Return its arguments in words, as in `8–16 filters`; empty if it has none.

        Args:
            call: the network's, every argument written out.
        """
        return ", ".join(f"{key} {format_value(value)}" for key, value in call.arguments.items())

    @property
    def columns(self) -> int:
        """The number of columns that the forward pass returns."""
        return self.outputs if self.values else max(2, self.outputs)

    def returned(self, outputs: Array) -> Array:
        """Return what the forward pass returns of the last layer's outputs `[B, outputs]`: K logits, or T values.

        Args:
            outputs: of the last layer.
        """
        return outputs if self.values else all_logits(outputs)

    @property
    def layers(self) -> int:
        """The number of hidden layers, and of values of a hyperparameter per layer."""
        return self.slots()[-1].layer

    @property
    def kept(self) -> int:
        """Number of values that a training step keeps for the backward pass of one example, if it matters."""
        return 0

    def constants(self) -> dict[str, Shape]:
        """Return the shapes of what is fitted on training rows and never trained, by name."""
        return {}

    def fit(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return the constants by name, fitted on the training rows `x [n, d]`, scaled and flattened."""
        return {}

    def init(self, draws: Draws) -> Params:
        """Draw the parameters from `draws`, each from a source of its name: kernels by Glorot, biases 0."""
        return {
            name: glorot_uniform(draws.at(name), shape) if is_kernel(name) else jnp.zeros(shape)
            for name, shape in self.shapes().items()
        }


def glorot_uniform(draws: Draws, shape: Shape) -> Array:
    """Draw a kernel `[..., in, out]` from ±√(6/(fan in + fan out)) (Glorot and Bengio 2010, AISTATS).

    The fans of a convolution are its channels times the size of its window.

    Args:
        draws: its source.
        shape: of the kernel.
    """
    window = math.prod(shape[:-2])
    limit = (6.0 / (window * (shape[-2] + shape[-1]))) ** 0.5
    kernel: Array = (2.0 * draws.uniform(shape) - 1.0) * limit
    return kernel


def all_logits(logits: Array) -> Array:
    """Return K logits: a single logit z of two classes in `logits` becomes (0, z)."""
    if logits.shape[-1] > 1:
        return logits
    return jnp.concatenate([jnp.zeros_like(logits), logits], axis=-1)
