"""Adaptive sharpness-aware minimization."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Gradient, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.sam import ascent_counterparts, uphill


def ascended(params: Params, grads: Params, radius: Array | float) -> Params:
    """Return the parameters moved uphill, each in proportion to its size: by ρ·w²·g/‖w·g‖, all taken as one vector."""
    norm = jnp.sqrt(sum(jnp.square(w * grads[name]).sum() for name, w in params.items()))
    scale = radius / jnp.maximum(norm, 1e-12)
    moved: Params = jax.tree.map(lambda w, grad: w + scale * jnp.square(w) * grad, params, grads)
    return moved


class ASAM(Method):
    """SAM with a neighbourhood that scales with the weights."""

    name = "asam"
    aliases = ("adaptive_sam", "adaptive_sharpness_aware")
    order = Order.ASCENT + 1
    family, color, marker = "gradient", "#7C09A5", "D"
    card = Card(
        title="Adaptive sharpness-aware minimization",
        summary="Like SAM, but large weights move further uphill than small ones, so that rescaled layers count as "
        "equally flat.",
        formula="w ← w − lr·∇L(w + ρ·w²·∇L(w)/‖w·∇L(w)‖₂)",
        papers=(
            Paper(
                "Kwon, Jungmin and Kim, Jeongseop and Park, Hyunseo and Choi, In Kwon",
                2021,
                "ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant Learning of Deep Neural Networks",
                "International Conference on Machine Learning",
                arxiv="2102.11600",
            ),
        ),
        when="Where SAM helps.",
        beware="Every step costs two gradients. Its radius is about ten times SAM's. Parameters that are 0, as biases "
        "are at the start, do not move uphill. The second gradient uses the draws of the first.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Finds flat minima.",
            "sharpness",
            ("digits",),
            ("asam", "asam(radius=2)"),
            options={"share": 0.2},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="radius",
            domain=Real(0.0),
            default=0.5,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
            help="ρ, how far uphill, in multiples of the weights",
        ),
    )

    counterparts = ascent_counterparts(
        "sizes_of = jax.tree.map(lambda w, grad: w * grad, params, grads)\n"
        "length = {{ radius }} / jnp.maximum(optax.global_norm(sizes_of), 1e-12)",
        "w + length * w**2 * grad",
        "pairs = zip(model.parameters(), grads)\n"
        "norm = torch.stack([(w * grad).norm() for w, grad in pairs]).norm().detach()",
        "length * w.square() * grad",
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Return the gradient at the weights moved uphill, and the statistics at the weights themselves."""
        return uphill(gradient, lambda params, grads: ascended(params, grads, h["radius"]))
