"""Activity L2: a penalty on the size of activations."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.methods.activities import STRENGTH, activity_counterparts, penalize
from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class ActivityL2(Method):
    """Penalty λ Σh² over the hidden activations of an example, averaged over examples."""

    name = "activity_l2"
    aliases = ("activity_ridge",)
    order = Order.PENALTY + 7
    family, color, marker = "penalty", "#A50912", "s"
    card = Card(
        title="Activity L2 penalty",
        summary="Pulls activations towards zero in proportion to their size.",
        formula="loss + λ·mean over examples of Σh² over hidden activations",
        papers=(
            Paper(
                "Merity, Stephen and McCann, Bryan and Socher, Richard",
                2017,
                "Revisiting Activation Regularization for Language RNNs",
                arxiv="1708.01009",
                kind="misc",
            ),
        ),
        when="Activations grow large, and with them the network's certainty.",
        beware="The sum grows with the number of units: wide networks need smaller strengths. The next layer can undo "
        "it by larger weights: join it with l2.",
        elsewhere={
            "Keras": "activity_regularizer=keras.regularizers.L2 of a layer, or keras.layers.ActivityRegularization;"
            " also a mean over examples",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes activations small.",
            "activity",
            ("digits",),
            ("activity_l2", "activity_l2(strength=0.01)"),
        ),
    )
    hyperparameters = (STRENGTH,)

    counterparts = activity_counterparts("l2", "x.square()", "jnp.square(x)")

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Add the penalty on activations after each hidden layer's activation function."""
        penalize(self.name, slot, x, ctx, jnp.square, h["strength"])
        return x
