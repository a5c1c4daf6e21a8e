"""Adam: steps in units of each weight's own gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.arguments import declare
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart
from bridle.methods.hook_types import Params, Rate
from bridle.methods.papers import Paper
from bridle.optimizers.base import SHARE, Optimizer


def adam_counterparts(name: str, alias: str) -> dict[str, Counterpart]:
    """Return what Adam, or AdamW, is in other frameworks.

    Args:
        name: of the class in Keras and PyTorch.
        alias: of the function in Optax.
    """
    decays = alias == "adamw"
    decay = ", weight_decay={{ weight_decay }}" if decays else ""
    scaled = "optax.scale_by_adam(b1={{ b1 }}, b2={{ b2 }}, eps={{ eps }})"
    chain = (
        f"optax.chain(\n    {scaled},\n    optax.add_decayed_weights({{{{ weight_decay }}}}),\n)"
    )
    found = {
        "keras": Counterpart(
            code={
                "optimizer": f"keras.optimizers.{name}(rate, beta_1={{{{ b1 }}}}, beta_2={{{{ b2 }}}}, "
                f"epsilon={{{{ eps }}}}{decay})"
            },
            refuses="{% if 'weight_decay' in names %}it decays already{% endif %}"
            if decays
            else "",
        ),
        "optax": Counterpart(
            code={
                "optimizer": chain if decays else scaled,
                "sizes": """
def sizes(params, state, rate):
    # how far a unit of force moves each weight in this step
    adam = STATE
    corrected = 1 - {{ b2 }}**adam.count
    return jax.tree.map(lambda v: rate / (jnp.sqrt(v / corrected) + {{ eps }}), adam.nu)
""".replace("STATE", "state[0]" if decays else "state"),
            },
        ),
        "pytorch": Counterpart(
            code={
                "optimizer": f"""
optimizer = torch.optim.{name}(
    model.parameters(),
    lr=LEARNING_RATE,
    betas=({{{{ b1 }}}}, {{{{ b2 }}}}),
    eps={{{{ eps }}}},  # 1e-8 by default
    {decay.removeprefix(", ") or "weight_decay=0"},
)
""",
                "sizes": """
def sizes(optimizer, w, rate):
    # how far a unit of force moves a weight in this step
    state = optimizer.state[w]
    v = state["exp_avg_sq"] / (1 - {{ b2 }} ** state["step"].item())
    return rate / (v.sqrt() + {{ eps }})
""",
            },
        ),
    }
    if not decays:
        found["sklearn"] = Counterpart(
            code={
                "optimizer": """
solver="adam",
beta_1={{ b1 }},
beta_2={{ b2 }},
epsilon={{ eps }},  # 1e-8 by default; of the uncorrected root
"""
            },
        )
    return found


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980, Algorithm 1).

    The step is lr·m̂/(√v̂ + ε) with the bias-corrected moments m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), as in the paper's
    algorithm, in Optax and in PyTorch. Keras 3 has the same number, ε = 1e-7, in another place: it adds ε to the
    uncorrected root, √v + ε, and multiplies the rate by √(1 − β₂ᵗ)/(1 − β₁ᵗ). That is the same step with
    ε/√(1 − β₂ᵗ): 32 times ε at the first step, 1.3 times after a thousand, and ε in the end. It matters only where a
    gradient is itself as small as that.
    """

    name = "adam"
    card = Card(
        title="Adam",
        summary="Divides the running mean of each weight's gradient by the root of its running mean square.",
        formula="w ← w − lr·m̂/(√v̂ + ε), with m̂ and v̂ the bias-corrected running means of g and g²",
        papers=(
            Paper(
                "Kingma, Diederik P. and Ba, Jimmy",
                2015,
                "Adam: A Method for Stochastic Optimization",
                "International Conference on Learning Representations",
                arxiv="1412.6980",
            ),
        ),
        when="The default: it needs the least tuning of the learning rate.",
        beware="An l2 penalty is divided by the gradient's size as well, so it acts least on weights with large "
        "gradients. For decay proper use the method weight_decay, or adamw for all methods alike.",
        elsewhere={
            "Keras": "keras.optimizers.Adam; its epsilon of 1e-7 is added to the uncorrected root, and so is larger "
            "in the first steps",
            "PyTorch": "torch.optim.Adam, eps 1e-8 by default",
            "Optax": "optax.adam, eps 1e-8 by default",
            "scikit-learn": "solver='adam' of MLPClassifier and MLPRegressor; its epsilon of 1e-8 is added to the "
            "uncorrected root",
        },
    )

    b1: float = declare(0.9, SHARE, "β₁, the share kept of the mean gradient", ("beta1", "beta_1"))
    b2: float = declare(
        0.999, SHARE, "β₂, the share kept of the mean squared gradient", ("beta2", "beta_2")
    )
    eps: float = declare(
        1e-7, Real(0.0, open_low=True), "ε, added to the root of the mean square", ("epsilon",)
    )

    counterparts = adam_counterparts("Adam", "adam")

    def init(self, params: Params) -> Any:
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
