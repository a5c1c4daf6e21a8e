"""Stochastic gradient descent, plain or with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Flag, Real
from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate
from bridle.methods.papers import Paper
from bridle.optimizers.base import Optimizer


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent with heavy-ball momentum (Polyak 1964), or Nesterov's."""

    name = "sgd"
    aliases = ("momentum", "gradient_descent")
    principal = "momentum"
    card = Card(
        title="Stochastic gradient descent",
        summary="Follows the gradient, with momentum a running sum of gradients.",
        formula="v ← momentum·v + g; w ← w − lr·v, or with nesterov w ← w − lr·(g + momentum·v)",
        papers=(
            Paper(
                "Polyak, Boris T.",
                1964,
                "Some Methods of Speeding Up the Convergence of Iteration Methods",
                "USSR Computational Mathematics and Mathematical Physics",
                volume="4",
                kind="article",
            ),
            Paper(
                "Sutskever, Ilya and Martens, James and Dahl, George and Hinton, Geoffrey",
                2013,
                "On the Importance of Initialization and Momentum in Deep Learning",
                "International Conference on Machine Learning",
                about="nesterov",
            ),
        ),
        when="To repeat a work that used it, and for convolutional networks trained long with a falling learning rate.",
        beware="Its learning rate must be tuned and is far larger than Adam's: 0.01 to 0.1. Momentum of 0.9 makes "
        "steps ten times as large as without.",
        elsewhere={
            "Keras": "keras.optimizers.SGD, momentum 0 by default; its velocity holds the learning rate",
            "PyTorch": "torch.optim.SGD, momentum 0 by default",
            "Optax": "optax.sgd, without momentum by default",
        },
    )

    momentum: float = declare(
        0.9, Real(0.0, 1.0, open_high=True), "the share kept of the sum of gradients; 0 is plain"
    )
    nesterov: bool = declare(False, Flag(), "look ahead by one step of the momentum")

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "optimizer": "keras.optimizers.SGD(rate, momentum={{ momentum }}, nesterov={{ nesterov }})"
            },
        ),
        optax=Counterpart(
            code={
                "optimizer": "optax.trace(decay={{ momentum }}, nesterov={{ nesterov }})",
                "sizes": """
def sizes(params, state, rate):
    # how far a unit of force moves each weight in the end
    return jax.tree.map(lambda w: rate / {{ 1 - momentum }}, params)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "optimizer": """
optimizer = torch.optim.SGD(
    model.parameters(),
    lr=LEARNING_RATE,
    momentum={{ momentum }},
    dampening=0,
    weight_decay=0,
    nesterov={{ nesterov }},
)
""",
                "sizes": """
def sizes(optimizer, w, rate):
    # how far a unit of force moves a weight in the end
    return rate / {{ 1 - momentum }}
""",
            },
        ),
        sklearn=Counterpart(
            code={
                "optimizer": """
solver="sgd",
momentum={{ momentum }},
nesterovs_momentum={{ nesterov }},
"""
            },
            refuses="{% if not classes %}its gradients are half as large for numbers{% endif %}",
        ),
    )

    def init(self, params: Params) -> Any:
        """Return zero velocity."""
        return jax.tree.map(jnp.zeros_like, params)

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Take one step; the rate of a weight is lr/(1 − momentum), what a constant force moves it."""
        velocity = jax.tree.map(lambda v, g: self.momentum * v + g, state, grads)
        ahead = velocity
        if self.nesterov:
            ahead = jax.tree.map(lambda v, g: g + self.momentum * v, velocity, grads)
        new = jax.tree.map(lambda p, v: p - learning_rate * v, params, ahead)
        rate = learning_rate / (1 - self.momentum)
        return new, velocity, Rate(learning_rate, jax.tree.map(lambda _: rate, params))
