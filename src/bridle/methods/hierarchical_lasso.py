"""Hierarchical lasso: features leave the network together with their weight in a linear model beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
from jax import Array, lax

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import (
    Architecture,
    Context,
    Params,
    Rate,
    Slot,
    Values,
    Variables,
    layers,
)
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.tasks import Task

if TYPE_CHECKING:
    from bridle.draws import Draws


def hierarchical_step(
    skip: Array, kernel: Array, force: Array | float, ratio: Array | float
) -> tuple[Array, Array]:
    """Return the pair that minimizes ½‖b − skip‖² + ½‖W − kernel‖² + force·Σ‖bⱼ‖₂ with max|Wⱼ| ≤ ratio·‖bⱼ‖₂.

    Each feature j is solved by itself: of its |kernel| u, the bound on its weights is
    w = ratio/(1 + m·ratio²)·max(‖skipⱼ‖ + ratio·Σu − force, 0), with m and the sum over the u above w
    (Lemhadri and others 2021, Algorithm 2). The paper sorts u to find m. Here w is computed again and again, from 0
    on: these are Newton's steps for a concave function of w, so they only rise, and end at the root after a few.

    Args:
        skip: weights of the linear model `[features, outputs]`.
        kernel: weights of the first layer `[features, units]`.
        force: the weight of the norms.
        ratio: how much larger a weight of the first layer may be.
    """
    norm = jnp.sqrt(jnp.square(skip).sum(1, keepdims=True))
    size = jnp.abs(kernel)

    def above(bound: Array) -> Array:
        m = (size > bound).sum(1, keepdims=True)
        left = norm + ratio * jnp.where(size > bound, size, 0.0).sum(1, keepdims=True) - force
        return ratio / (1.0 + m * jnp.square(ratio)) * jnp.maximum(left, 0.0)

    none = jnp.zeros_like(norm)
    _, bound = lax.while_loop(
        lambda pair: (pair[1] > pair[0]).any(),
        lambda pair: (pair[1], jnp.maximum(above(pair[1]), pair[1])),
        (none, above(none)),
    )
    bound = jnp.where(norm > 0, bound, 0.0)
    scale = bound / (ratio * jnp.maximum(norm, 1e-30))
    return skip * scale, jnp.sign(kernel) * jnp.minimum(size, bound)


class HierarchicalLasso(Method):
    """LassoNet: a linear model beside the network, whose weights bound those of the network's first layer."""

    name = "hierarchical_lasso"
    aliases = ("lassonet", "hier_lasso")
    order = Order.PENALTY + 10
    ends = True
    family, color, marker = "penalty", "#F35D8F", "P"
    card = Card(
        title="Hierarchical lasso (LassoNet)",
        summary="Adds a linear model of the inputs to the outputs, with a lasso; a feature may enter the network only "
        "as strongly as it stands in the linear model, and leaves both at once.",
        formula="output + xᵀb; loss + λ Σ‖bⱼ‖₂, as a proximal step under max|Wⱼ| ≤ ratio·‖bⱼ‖₂ for every feature j, W "
        "the weights of the first layer",
        papers=(
            Paper(
                "Lemhadri, Ismael and Ruan, Feng and Abraham, Louis and Tibshirani, Robert",
                2021,
                "LassoNet: A Neural Network with Feature Sparsity",
                "Journal of Machine Learning Research",
                volume="22",
                arxiv="1907.12207",
                kind="article",
            ),
        ),
        when="Many input features, of which a few are wanted by name, and a linear model already does something. It "
        "costs less accuracy if the network learns before: hierarchical_lasso(strength=late(since=0.3)).",
        beware="Strengths are large numbers, larger with the ratio and with the units of the first layer, since a "
        "feature leaves only with all its weights. The network has one path more than that of none, at any "
        "strength above 0. The step is exact for one step size for all weights, the learning rate, also under "
        "Adam. The paper follows a path of strengths from a trained network; here every strength is trained "
        "anew.",
        elsewhere={
            "PyTorch": "none of its own; lassonet.LassoNetClassifier, the authors' package, follows a path of "
            "strengths from a trained network",
        },
    )
    known_effects = (
        KnownEffect(
            "Drops input features.",
            "unused",
            ("digits",),
            ("hierarchical_lasso", "hierarchical_lasso(strength=300)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=100.0,
            neutral=0.0,
            grid=(3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0),
            help="λ, the weight of the linear model's norms; at 0 there is no linear model",
        ),
        Hyperparameter(
            name="ratio",
            domain=Real(0.0, open_low=True),
            default=10.0,
            help="M, how much larger than a feature's linear weights its weights in the first layer may be",
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks whose first layer has no weights of its own for every input."""
        (inputs,) = (slot.features for slot in network.slots() if slot.kind == "input")
        shapes = network.shapes()
        if shapes[layers(shapes)[0]][:-1] == (inputs,):
            return None
        return (
            "it drops input features, and the first layer of this network shares weights among them"
        )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Draw the linear model: uniform weights up to 1/√features on both sides."""
        sizes = {slot.kind: slot.features for slot in slots}
        drawn = 2.0 * draws.uniform((sizes["input"], sizes["logits"])) - 1.0
        return Variables({self._skip: drawn * sizes["input"] ** -0.5}, {})

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Bring the inputs to the logits."""
        if slot.kind == "input":
            ctx.passed[self.name] = x
        if slot.kind == "logits":
            return x + (h["strength"] > 0) * (ctx.passed[self.name] @ params[self._skip])
        return x

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σ‖bⱼ‖₂."""
        return h["strength"] * jnp.sqrt(jnp.square(params[self._skip]).sum(1)).sum()

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Take the proximal step of the linear model and the first layer together."""
        first = layers(new)[0]
        force = rate.learning_rate * h["strength"]
        skip, kernel = hierarchical_step(new[self._skip], new[first], force, h["ratio"])
        active = h["strength"] > 0
        return {**new, self._skip: skip, first: jnp.where(active, kernel, new[first])}

    @property
    def _skip(self) -> str:
        return f"{self.name}/skip"
