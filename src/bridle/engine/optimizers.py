"""Optimizers that show how far they move each weight, as proximal steps and decay must know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.errors import UserError, unknown
from bridle.grammar import Call, Value, parse_call
from bridle.methods.base import Params, Rate
from bridle.names import SYNONYMS, find, fold


class Optimizer(Protocol):
    """A rule that turns gradients into steps."""

    def init(self, params: Params) -> Any:
        """Return the state before the first step."""

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Return new parameters, new state, and how far each weight moved per unit of gradient.

        Args:
            params: the parameters before the step.
            grads: their gradients.
            state: from `init` or the step before.
            learning_rate: a scalar.
            count: the number of this step, from 1.
        """


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980, Algorithm 1).

    The step is lr·m̂/(√v̂ + ε) with the bias-corrected moments m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), as in the paper's
    algorithm, in Optax and in PyTorch. Keras 3 has the same number, ε = 1e-7, in another place: it adds ε to the
    uncorrected root, √v + ε, and multiplies the rate by √(1 − β₂ᵗ)/(1 − β₁ᵗ). That is the same step with
    ε/√(1 − β₂ᵗ): 32 times ε at the first step, 1.3 times after a thousand, and ε in the end. It matters only where a
    gradient is itself as small as that.
    """

    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-7

    def init(self, params: Params) -> tuple[Params, Params]:
        """Return zero moments."""
        zeros = jax.tree.map(jnp.zeros_like, params)
        return zeros, zeros

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Take one step; the rate of a weight is lr/(√v̂ + ε)."""
        n = count.astype(jnp.float32)
        first = jax.tree.map(lambda m, g: self.b1 * m + (1 - self.b1) * g, state[0], grads)
        second = jax.tree.map(lambda v, g: self.b2 * v + (1 - self.b2) * g * g, state[1], grads)
        # scalars are inverted once, for a division costs as much as all the rest of a weight's arithmetic
        correct_first, correct_second = 1 / (1 - self.b1**n), 1 / (1 - self.b2**n)
        rate = jax.tree.map(
            lambda v: learning_rate / (jnp.sqrt(v * correct_second) + self.eps), second
        )
        new = jax.tree.map(lambda p, m, r: p - r * (m * correct_first), params, first, rate)
        return new, (first, second), Rate(learning_rate, rate)


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with heavy-ball momentum (Polyak 1964)."""

    momentum: float = 0.9

    def init(self, params: Params) -> Params:
        """Return zero velocity."""
        zeros: Params = jax.tree.map(jnp.zeros_like, params)
        return zeros

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Take one step; the rate of a weight is lr/(1 − momentum), what a constant force moves it."""
        velocity = jax.tree.map(lambda v, g: self.momentum * v + g, state, grads)
        new = jax.tree.map(lambda p, v: p - learning_rate * v, params, velocity)
        rate = learning_rate / (1 - self.momentum)
        return new, velocity, Rate(learning_rate, jax.tree.map(lambda _: rate, params))


KNOWN: dict[str, dict[str, Real]] = {
    "adam": {
        "b1": Real(0.0, 1.0, open_high=True),
        "b2": Real(0.0, 1.0, open_high=True),
        "eps": Real(0.0, open_low=True),
    },
    "sgd": {"momentum": Real(0.0, 1.0, open_high=True)},
}
"""Every optimizer with its arguments."""

ALIASES = {"beta1": "b1", "beta_1": "b1", "beta2": "b2", "beta_2": "b2", "epsilon": "eps"}
"""What others call arguments."""


def canonical(text: str) -> str:
    """Return the text that stands for an optimizer in files: `SGD(momentum=0.9)` is `sgd(momentum=0.9)`.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    call = parse_call(text)
    name = find(call.name, KNOWN)
    if name is None:
        if fold(call.name) == "adamw":
            raise UserError(
                f"{call.name} is Adam with decoupled weight decay, here adam with the method weight_decay. "
                "Write adam, and weight_decay among the methods.",
                instead=(text.strip(), "adam"),
            )
        raise unknown("optimizer", call.name, KNOWN)
    domains = KNOWN[name]
    values: dict[str, Value] = {}
    for key, value in call.arguments.items():
        proper = find(key, domains, ALIASES)
        if proper is None and (key == "learning_rate" or SYNONYMS.get(key) == "learning_rate"):
            others = {k: v for k, v in call.arguments.items() if k != key}
            raise UserError(
                f"The learning rate is no argument of {name} but one of its own: learning_rate={value}.",
                instead=(text.strip(), str(Call(name, others))),
                further=["--learning-rate", str(value)],
            )
        if proper is None:
            raise unknown(f"argument of {name}", key, domains)
        values[proper] = domains[proper].check(f"{name}.{proper}", value)
    return str(Call(name, values))


def optimizer(text: str) -> Adam | SGD:
    """Read `adam` or `sgd(momentum=0.9)`.

    Raises:
        UserError: an unknown name or argument, or a value outside its domain.
    """
    call = parse_call(canonical(text))
    values: Any = call.arguments
    return Adam(**values) if call.name == "adam" else SGD(**values)
