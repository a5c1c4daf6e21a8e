"""Unit norm: incoming weights of length one."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.max_norm import unit_norms
from bridle.methods.papers import Paper


def scaled(kernel: Array) -> Array:
    """Scale each unit's incoming weights in `kernel [..., in, out]` to norm 1; zeros stay."""
    norms = unit_norms(kernel)
    return kernel / jnp.where(norms > 0.0, norms, 1.0)


class UnitNorm(Method):
    """Projects the incoming weights of each unit or filter onto the unit sphere after every step."""

    name = "unit_norm"
    aliases = ("unit_norm_constraint",)
    order = Order.CONSTRAINT + 1
    family, color, marker = "weights", "#DA2F58", "s"
    card = Card(
        title="Unit-norm constraint",
        summary="Fixes the length of every unit's incoming weights, so that only their direction is learned.",
        formula="w ← w/‖w‖₂ after each step, for the incoming weights w of each unit or filter",
        papers=(
            Paper(
                "Salimans, Tim and Kingma, Diederik P.",
                2016,
                "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural Networks",
                "Advances in Neural Information Processing Systems",
                volume="29",
                arxiv="1602.07868",
                about="with a learned length, which is 1 here",
            ),
        ),
        when="Together with a normalization, whose scale replaces the length.",
        beware="It acts on the logits' layer too, and so bounds how certain the network can be. It is on or off; "
        "max_norm has a limit to tune.",
        elsewhere={
            "Keras": "keras.constraints.UnitNorm; of convolutions with axis=[0, 1, 2]",
            "PyTorch": "none: torch.nn.utils.parametrizations.weight_norm learns the lengths",
        },
    )
    known_effects = (
        KnownEffect("Gives every unit's weights the same norm.", "lengths", ("digits",)),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"constraint": "keras.constraints.UnitNorm(axis=AXES)"},
        ),
        optax=Counterpart(
            code={
                "functions": """
def of_length_one(w):
    norms = incoming(w)
    return w / jnp.where(norms > 0, norms, 1)
""",
                "step": "new = on_kernels(of_length_one, new{{ where }})",
            },
        ),
        pytorch=Counterpart(
            code={
                "step": """
with torch.no_grad():
    for w in kernels(model{{ where }}):
        norms = incoming(w)
        w.div_(torch.where(norms > 0, norms, 1))
""",
            },
        ),
        sklearn=Counterpart(
            code={
                "step": """
for w in {{ coefs }}:
    norms = np.linalg.norm(w, axis=0)
    w /= np.where(norms > 0, norms, 1)
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Scale every kernel."""
        return {name: scaled(value) if is_kernel(name) else value for name, value in new.items()}
