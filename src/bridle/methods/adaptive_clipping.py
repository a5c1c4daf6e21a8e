"""Adaptive gradient clipping: gradients at most a multiple of the weights they move."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Gradient, Params, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.max_norm import unit_norms
from bridle.methods.papers import Paper

LEAST = 1e-3
"""Norms of weights below this count as this, so that zero weights can grow (ε of the paper)."""


class AdaptiveClipping(Method):
    """Scales the gradient of each unit down where it exceeds a share of the unit's weights."""

    name = "adaptive_clipping"
    aliases = ("agc", "adaptive_gradient_clipping")
    order = Order.CLIPPING + 2
    family, color, marker = "gradient", "#E816F3", "o"
    card = Card(
        title="Adaptive gradient clipping",
        summary="Lets the gradient of a unit's weights be no larger than a share of these weights.",
        formula="g ← g·min(1, limit·max(‖w‖₂, 10⁻³)/‖g‖₂) for the incoming weights w of each unit or filter",
        papers=(
            Paper(
                "Brock, Andrew and De, Soham and Smith, Samuel L. and Simonyan, Karen",
                2021,
                "High-Performance Large-Scale Image Recognition Without Normalization",
                "International Conference on Machine Learning",
                arxiv="2102.06171",
            ),
        ),
        when="Deep networks without normalization, and large learning rates.",
        beware="Kernels only; the paper leaves the logits' layer out, here it is clipped too. Adam divides by the "
        "gradient's own size, so a limit that is always reached changes little.",
        elsewhere={
            "timm": "timm.utils.adaptive_clip_grad, clip_factor 0.01 by default; it clips biases too",
            "Optax": "optax.adaptive_grad_clip; it clips biases too",
        },
    )
    known_effects = (
        KnownEffect(
            "Keeps training stable at large learning rates.", "train_loss", ("large steps",)
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="limit",
            domain=Real(0.0, open_low=True, infinite=True),
            default=0.02,
            neutral=math.inf,
            grid=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
            help="the largest ratio of a unit's gradient to its weights",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": """
def clipped(grad, w):
    # a unit's gradient is at most a share of its weights, by their norms
    most = {{ limit }} * jnp.maximum(incoming(w), 1e-3)
    return grad * jnp.minimum(1, most / jnp.maximum(incoming(grad), 1e-30))
""",
                "gradient": "grads = on_kernels(clipped, grads, params)",
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
# a unit's gradient is at most a share of its weights, by their norms
with torch.no_grad():
    for w in kernels(model):
        most = {{ limit }} * incoming(w).clamp(min=1e-3)
        w.grad.mul_((most / incoming(w.grad).clamp(min=1e-30)).clamp(max=1))
""",
            },
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Clip the gradient of every kernel."""

        def bounded(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            grads, statistics = gradient(params, batch, ctx)
            found = {
                name: self._clipped(grad, params[name], h) if is_kernel(name) else grad
                for name, grad in grads.items()
            }
            return found, statistics

        return bounded

    @staticmethod
    def _clipped(grad: Array, weights: Array, h: Values) -> Array:
        most = h["limit"] * jnp.maximum(unit_norms(weights), LEAST)
        return grad * jnp.minimum(1.0, most / jnp.maximum(unit_norms(grad), 1e-30))
