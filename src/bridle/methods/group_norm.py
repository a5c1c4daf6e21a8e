"""Group normalization."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jax import Array

from bridle.domains import Integer
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.normalizing import EPSILON, learned, normalized_in_jax, standardized
from bridle.methods.papers import Paper

if TYPE_CHECKING:
    from bridle.draws import Draws


_GROUPS = """
{% set found = gcd(groups, units) %}
{% set count = 1 if kind == "dense" and found == units else found %}
"""
"""The number of groups of a layer, for recipes."""


class GroupNorm(Method):
    """Normalizes groups of features of each example by itself, before the activation function."""

    name = "group_norm"
    aliases = ("gn", "group_normalization")
    order = Order.NORMALIZATION + 2
    family, color, marker = "normalization", "#0D6D73", "o"
    card = Card(
        title="Group normalization",
        summary="Gives groups of an example's features zero mean and unit variance, then a learned scale and offset: "
        "between layer norm (one group) and normalizing every channel.",
        formula="h ← scale·(h − mean)/√(var + ε) + offset, moments over a group of an example's features and all "
        "pixels",
        papers=(
            Paper(
                "Wu, Yuxin and He, Kaiming",
                2018,
                "Group Normalization",
                "European Conference on Computer Vision",
                arxiv="1803.08494",
            ),
        ),
        when="Convolutional networks with small batches.",
        beware="Where the groups do not divide a layer's features, the largest number that divides both is used. Of a "
        "group of one unit without pixels nothing is left. It is on or off.",
        elsewhere={
            "Keras": "keras.layers.GroupNormalization, 32 groups and epsilon 1e-3 by default",
            "PyTorch": "torch.nn.GroupNorm",
            "timm": "timm.layers.GroupNorm, 32 groups by default",
        },
    )
    known_effects = (
        KnownEffect(
            "Predicts better than batch norm where batches are small.",
            "accuracy",
            ("two examples a batch",),
            against="batch_norm",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="groups",
            domain=Integer(1, 10_000),
            default=8,
            help="groups of features in each layer",
            static=True,
        ),
        EPSILON,
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "pre": _GROUPS
                + "keras.layers.GroupNormalization({{ count }}, epsilon={{ epsilon }}),",
            },
        ),
        optax=normalized_in_jax("group_norm", "{{ count }}", _GROUPS),
        pytorch=Counterpart(
            code={"pre": _GROUPS + "nn.GroupNorm({{ count }}, {{ units }}, eps={{ epsilon }}),"},
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
        groups = math.gcd(self.static["groups"], x.shape[-1])
        if x.ndim == 2 and groups == x.shape[-1]:  # a unit by itself would always be 0
            groups = 1
        normal = standardized(x, groups, h["epsilon"])
        return normal * params[f"{at}/scale"] + params[f"{at}/offset"]
