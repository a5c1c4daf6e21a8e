"""Layer normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jax import Array

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.normalizing import EPSILON, learned, normalized_in_jax, standardized
from bridle.methods.papers import Paper

if TYPE_CHECKING:
    from bridle.draws import Draws


class LayerNorm(Method):
    """Normalizes the activations of each example by itself, before the activation function."""

    name = "layer_norm"
    aliases = ("ln", "layer_normalization")
    order = Order.NORMALIZATION + 1
    family, color, marker = "normalization", "#118B9C", "s"
    card = Card(
        title="Layer normalization",
        summary="Gives the activations of every layer zero mean and unit variance within each example, then a learned "
        "scale and offset.",
        formula="h ← scale·(h − mean)/√(var + ε) + offset, moments over an example's features (and pixels)",
        papers=(
            Paper(
                "Ba, Jimmy Lei and Kiros, Jamie Ryan and Hinton, Geoffrey E.",
                2016,
                "Layer Normalization",
                arxiv="1607.06450",
                kind="misc",
            ),
        ),
        when="Small batches, where batch norm's moments are noisy; deep networks.",
        beware="It forgets how large an example's activations are as a whole. With very few units little is left: of "
        "one unit nothing. It is on or off.",
        elsewhere={
            "Keras": "keras.layers.LayerNormalization, epsilon 1e-3 by default; of images it normalizes every pixel "
            "over its channels, this all pixels and channels together",
            "PyTorch": "torch.nn.LayerNorm; of images with a scale for each pixel, where this has one for each "
            "channel: torch.nn.GroupNorm of one group",
            "timm": "timm.layers.LayerNorm; LayerNorm2d normalizes every pixel over its channels",
        },
    )
    known_effects = (
        KnownEffect("Speeds up training.", "epochs", ("sigmoid",), options={"rate": 0}),
    )
    hyperparameters = (EPSILON,)

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "pre": """
{% if kind == "conv" %}
keras.layers.GroupNormalization(1, epsilon={{ epsilon }}),
{%- else %}
keras.layers.LayerNormalization(epsilon={{ epsilon }}),
{%- endif %}""",
            },
        ),
        optax=normalized_in_jax("layer_norm", "1"),
        pytorch=Counterpart(
            code={
                "pre": """
{% if kind == "conv" %}
nn.GroupNorm(1, {{ units }}, eps={{ epsilon }}),
{%- else %}
nn.LayerNorm({{ units }}, eps={{ epsilon }}),
{%- endif %}""",
            },
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return scales and offsets."""
        return learned(self.name, slots)

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Normalize before the activation."""
        if slot.kind != "pre":
            return x
        at = f"{self.name}/{slot.name}"
        normal = standardized(x, 1, h["epsilon"])
        return normal * params[f"{at}/scale"] + params[f"{at}/offset"]
