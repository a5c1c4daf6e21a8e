"""The base of optimizers: a card, arguments, and a step that reports how far it moves each weight."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.arguments import Declared, declare
from bridle.methods.counterparts import Counterpart
from bridle.methods.hook_types import Fixed, Params, Rate

SHARE = Real(0.0, 1.0, open_high=True)
"""The share of a running mean that is kept from step to step."""

SMALLEST = 1e-20
"""Lower bound of gradients when a step is divided by them."""


@dataclasses.dataclass(frozen=True)
class Optimizer(Declared, ABC):
    """A rule that turns gradients into steps, declared by a name, a card and arguments.

    Attributes:
        counterparts: what it is in other frameworks, by their names.
    """

    counterparts: ClassVar[Mapping[str, Counterpart]] = {}

    @abstractmethod
    def init(self, params: Params) -> Any:
        """Return the state before the first step, any tree of arrays.

        Args:
            params: the network's parameters in its own order, the output layer's kernel last among kernels.
        """

    @abstractmethod
    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Return new parameters, new state, and how far a force moves each weight.

        Args:
            params: the parameters before the step.
            grads: their gradients.
            state: from `init` or the step before.
            learning_rate: a scalar.
            count: the number of this step, from 1.
        """


def decay(default: float = 0.0) -> Any:
    """Declare decoupled weight decay: of all weights, and for all methods alike.

    Args:
        default: the decay where none is given.

    Returns:
        A dataclass field that carries the declaration.
    """
    words = "λ, the share of every weight lost per step and unit of learning rate"
    return declare(default, Real(0.0), words, ("wd", "decay"))


def decayed(new: Params, old: Params, share: Array | float) -> Params:
    """Return parameters after decoupled weight decay: `new` minus a share of their values before the step.

    Args:
        new: parameters after the optimizer's step.
        old: parameters before the step.
        share: learning rate times decay, a scalar.
    """
    after: Params = jax.tree.map(lambda n, o: n - share * o, new, old)
    return after


def fixed_rate(
    learning_rate: Array,
    fixed: dict[str, Fixed],
    gradients: Params,
    per_weight: Params | None = None,
) -> Rate:
    """Return the rate of an optimizer with steps whose length does not depend on the gradient's.

    Args:
        learning_rate: a scalar.
        fixed: the steps of such parameters, with their lengths.
        gradients: the averaged gradients that directed them.
        per_weight: the step sizes of other parameters.
    """
    sizes = {
        name: one.length / jnp.maximum(jnp.abs(gradients[name]), SMALLEST)
        for name, one in fixed.items()
    }
    return Rate(learning_rate, {**(per_weight or {}), **sizes}, fixed)
