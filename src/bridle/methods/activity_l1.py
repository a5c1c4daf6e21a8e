"""Activity L1: a penalty on the size of activations."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.methods.activities import STRENGTH, activity_counterparts, penalize
from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class ActivityL1(Method):
    """Penalty λ Σ|h| over the hidden activations of an example, averaged over examples."""

    name = "activity_l1"
    aliases = ("activity_lasso",)
    order = Order.PENALTY + 6
    family, color, marker = "penalty", "#790606", "o"
    card = Card(
        title="Activity L1 penalty",
        summary="Pulls activations towards zero by the same force, so that few units answer to each example.",
        formula="loss + λ·mean over examples of Σ|h| over hidden activations",
        papers=(
            Paper(
                "Glorot, Xavier and Bordes, Antoine and Bengio, Yoshua",
                2011,
                "Deep Sparse Rectifier Neural Networks",
                "International Conference on Artificial Intelligence and Statistics",
            ),
        ),
        when="Sparse features are wanted, which can be read one by one.",
        beware="The sum grows with the number of units: wide networks need smaller strengths. The next layer can undo "
        "it by larger weights: join it with l2.",
        elsewhere={
            "Keras": "activity_regularizer=keras.regularizers.L1 of a layer, or keras.layers.ActivityRegularization;"
            " also a mean over examples",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes activations sparse.",
            "silent",
            ("digits",),
            ("activity_l1", "activity_l1(strength=0.01)"),
        ),
    )
    hyperparameters = (STRENGTH,)

    counterparts = activity_counterparts("l1", "x.abs()", "jnp.abs(x)")

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Add the penalty on activations after each hidden layer's activation function."""
        penalize(self.name, slot, x, ctx, jnp.abs, h["strength"])
        return x
