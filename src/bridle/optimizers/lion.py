"""Lion: steps of one length, in the direction of the averaged gradient's sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Fixed, Params, Rate
from bridle.methods.papers import Paper
from bridle.optimizers.base import SHARE, Optimizer, decay, decayed, fixed_rate


@dataclass(frozen=True)
class Lion(Optimizer):
    """Lion (Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, arXiv:2302.06675).

    Every weight moves by the learning rate, whatever its gradient's size. A force λ beside the averaged gradient c
    turns the step where λ > |c| and changes nothing elsewhere: so the rate of a weight is lr/|c|, and its step fixed.
    """

    name = "lion"
    card = Card(
        title="Lion",
        summary="Moves every weight by the learning rate, in the direction of the sign of its averaged gradient.",
        formula="c = b1·m + (1 − b1)·g; w ← w − lr·(sign(c) + weight_decay·w); m ← b2·m + (1 − b2)·g",
        papers=(
            Paper(
                "Chen, Xiangning and others",
                2023,
                "Symbolic Discovery of Optimization Algorithms",
                "Advances in Neural Information Processing Systems",
                volume="36",
                arxiv="2302.06675",
            ),
        ),
        when="Where memory is short (one moment instead of Adam's two), with large batches.",
        beware="Its learning rate is 3 to 10 times smaller than Adam's. Steps do not shrink near a minimum, so the "
        "learning rate should fall: --schedule cosine. A proximal step (l1) takes a weight towards zero where the "
        "penalty is stronger than the averaged gradient, by the learning rate like any other step.",
        elsewhere={
            "Keras": "keras.optimizers.Lion",
            "timm": "timm.optim.Lion",
            "Optax": "optax.lion, weight_decay 1e-3 by default",
        },
    )

    b1: float = declare(
        0.9, SHARE, "β₁, the momentum's share in the direction", ("beta1", "beta_1")
    )
    b2: float = declare(0.99, SHARE, "β₂, the share kept of the momentum", ("beta2", "beta_2"))
    weight_decay: float = decay()

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "optimizer": "keras.optimizers.Lion(rate, beta_1={{ b1 }}, beta_2={{ b2 }}"
                "{% if weight_decay %}, weight_decay={{ weight_decay }}{% endif %})"
            },
            refuses="{% if weight_decay and 'weight_decay' in names %}it decays already{% endif %}",
        ),
        optax=Counterpart(
            code={
                "optimizer": """
{% if weight_decay %}
optax.chain(
    optax.scale_by_lion(b1={{ b1 }}, b2={{ b2 }}),
    optax.add_decayed_weights({{ weight_decay }}),
)
{% else %}
optax.scale_by_lion(b1={{ b1 }}, b2={{ b2 }})
{% endif %}"""
            },
        ),
    )

    def init(self, params: Params) -> Any:
        """Return zero momentum."""
        return jax.tree.map(jnp.zeros_like, params)

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Take one step."""
        c = jax.tree.map(lambda m, g: self.b1 * m + (1 - self.b1) * g, state, grads)
        momentum = jax.tree.map(lambda m, g: self.b2 * m + (1 - self.b2) * g, state, grads)
        steps = jax.tree.map(lambda c: -learning_rate * jnp.sign(c), c)
        new = jax.tree.map(lambda p, s: p + s, params, steps)
        if self.weight_decay:
            new = decayed(new, params, learning_rate * self.weight_decay)
        fixed = {name: Fixed(step, learning_rate) for name, step in steps.items()}
        return new, momentum, fixed_rate(learning_rate, fixed, c)
