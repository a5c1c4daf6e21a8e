"""Root mean square normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.normalizing import EPSILON, learned
from bridle.methods.papers import Paper

if TYPE_CHECKING:
    from bridle.draws import Draws


_REFUSES = "{% if images %}its root mean square is of a pixel's channels alone; layer_norm has a recipe{% endif %}"


class RMSNorm(Method):
    """Divides the activations of each example by their root mean square, before the activation function."""

    name = "rms_norm"
    aliases = ("rms_normalization",)
    order = Order.NORMALIZATION + 3
    family, color, marker = "normalization", "#2B8268", "D"
    card = Card(
        title="Root mean square normalization",
        summary="Gives the activations of every layer the same size within each example: layer norm without the mean.",
        formula="h ← scale·h/√(mean(h²) + ε), the mean over an example's features (and pixels)",
        papers=(
            Paper(
                "Zhang, Biao and Sennrich, Rico",
                2019,
                "Root Mean Square Layer Normalization",
                "Advances in Neural Information Processing Systems",
                volume="32",
                arxiv="1910.07467",
            ),
        ),
        when="Where layer norm helps; it costs a little less.",
        beware="It forgets how large an example's activations are as a whole. It is on or off.",
        elsewhere={
            "Keras": "keras.layers.RMSNormalization, epsilon 1e-6 by default",
            "PyTorch": "torch.nn.RMSNorm, eps the machine's by default",
            "timm": "timm.layers.RmsNorm, eps 1e-6 by default",
        },
    )
    known_effects = (
        KnownEffect("Speeds up training.", "epochs", ("sigmoid",), options={"rate": 0}),
    )
    hyperparameters = (EPSILON,)

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"pre": "keras.layers.RMSNormalization(epsilon={{ epsilon }}),"},
            refuses=_REFUSES,
        ),
        optax=Counterpart(
            code={
                "functions": """
def rms_norm(x, scale):
    square = jnp.square(x).mean(axis=tuple(range(1, x.ndim)), keepdims=True)
    return x / jnp.sqrt(square + {{ epsilon }}) * scale
""",
                "initial": """
{{ enclosed("for name, units in {", normed, "}.items():") }}
    params[f"{name}/rms_norm"] = {"scale": jnp.ones(units)}
""",
                "pre": """x = rms_norm(x, params["{{ name }}/rms_norm"]["scale"])""",
            },
        ),
        pytorch=Counterpart(
            code={"pre": "nn.RMSNorm({{ units }}, eps={{ epsilon }}),"},
            refuses=_REFUSES,
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return scales."""
        return learned(self.name, slots, offset=False)

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Normalize before the activation."""
        if slot.kind != "pre":
            return x
        square = jnp.square(x).mean(axis=tuple(range(1, x.ndim)), keepdims=True)
        scale = params[f"{self.name}/{slot.name}/scale"]
        return x * jax.lax.rsqrt(square + h["epsilon"]) * scale
