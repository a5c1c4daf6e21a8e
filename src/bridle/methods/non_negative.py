"""Non-negative weights."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class NonNegative(Method):
    """Sets negative weights to zero after every step; biases are free."""

    name = "non_negative"
    aliases = ("non_neg",)
    order = Order.CONSTRAINT + 2
    family, color, marker = "weights", "#BA2146", "o"
    card = Card(
        title="Non-negative weights",
        summary="Allows no negative weight, so that units add up parts, and outputs rise with every input.",
        formula="w ← max(w, 0) after each step, for kernels",
        papers=(
            Paper(
                "Chorowski, Jan and Zurada, Jacek M.",
                2015,
                "Learning Understandable Neural Networks with Nonnegative Weight Constraints",
                "IEEE Transactions on Neural Networks and Learning Systems",
                volume="26",
                kind="article",
            ),
        ),
        when="Outputs are known to rise with the inputs, or parts are to be seen in the weights.",
        beware="It takes away half of what a network can do: an output that falls with an input needs a negative "
        "weight. It is on or off.",
        elsewhere={
            "Keras": "keras.constraints.NonNeg, of the kernels that it is given to",
            "Optax": "optax.keep_params_nonnegative, of all parameters",
        },
    )
    known_effects = (KnownEffect("Leaves no negative weight.", "negative", ("digits",)),)

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"constraint": "keras.constraints.NonNeg()"},
        ),
        optax=Counterpart(
            code={
                "step": """
{{ enclosed("new = on_kernels(", ["lambda w: jnp.maximum(w, 0)", "new"] + only, ")") }}
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "step": """
with torch.no_grad():
    for w in kernels(model{{ where }}):
        w.clamp_(min=0)
""",
            },
        ),
        sklearn=Counterpart(
            code={
                "step": """
for w in {{ coefs }}:
    np.maximum(w, 0, out=w)
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Set negative elements of kernels to zero."""
        return {
            name: jnp.maximum(value, 0.0) if is_kernel(name) else value
            for name, value in new.items()
        }
