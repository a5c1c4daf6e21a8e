"""Sharpness-aware minimization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Gradient, Params, Values
from bridle.methods.papers import Paper


def ascended(params: Params, grads: Params, radius: Array | float) -> Params:
    """Return the parameters moved by `radius` along their gradient, all of them taken as one vector."""
    norm = jnp.sqrt(sum(jnp.square(grad).sum() for grad in grads.values()))
    scale = radius / jnp.maximum(norm, 1e-12)
    moved: Params = jax.tree.map(lambda w, grad: w + scale * grad, params, grads)
    return moved


def uphill(gradient: Gradient, ascend: Callable[[Params, Params], Params]) -> Gradient:
    """Return the function that gives the gradient where `ascend` leads, with the statistics of the first pass.

    Args:
        gradient: parameters → gradients.
        ascend: parameters and their gradients → the parameters to go to.
    """

    def found(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
        grads, statistics = gradient(params, batch, ctx)
        return gradient(ascend(params, grads), batch, ctx)[0], statistics

    return found


class SAM(Method):
    """Steps by the gradient at the worst nearby weights, so that it settles in flat minima."""

    name = "sam"
    aliases = ("sharpness_aware", "sharpness_aware_minimization")
    order = Order.ASCENT
    family, color, marker = "gradient", "#AA4499", "d"
    card = Card(
        title="Sharpness-aware minimization",
        summary="Takes each step by the gradient that holds a little way uphill, which leads to weights whose "
        "neighbours fit as well.",
        formula="w ← w − lr·∇L(w + ρ·∇L(w)/‖∇L(w)‖₂)",
        papers=(
            Paper(
                "Foret, Pierre and Kleiner, Ariel and Mobahi, Hossein and Neyshabur, Behnam",
                2021,
                "Sharpness-Aware Minimization for Efficiently Improving Generalization",
                "International Conference on Learning Representations",
                arxiv="2010.01412",
            ),
        ),
        when="Networks that fit their training examples perfectly.",
        beware="Every step costs two gradients. The second uses the same examples and the same random draws as the "
        "first (dropout masks, noise, mixtures); batch norm's moving moments are those of the first.",
        elsewhere={
            "Optax": "optax.contrib.sam, which counts the uphill pass as a step unless opaque_mode=True",
        },
    )
    hyperparameters = (
        Hyperparameter(
            name="radius",
            domain=Real(0.0),
            default=0.05,
            neutral=0.0,
            grid=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
            help="ρ, how far uphill, as the distance between all weights",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "gradient": """
# uphill, and the gradient there, with the same draws
length = {{ radius }} / jnp.maximum(optax.global_norm(grads), 1e-12)
uphill = jax.tree.map(lambda w, grad: w + length * grad, params, grads)
{% if moments %}
grads, _ = gradient(uphill, moments, x, y, key)
{% else %}
grads = gradient(uphill, x, y, key)
{% endif %}
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "batch": "draws = torch.get_rng_state()",
                "gradient": """
# uphill, and the gradient there, with the same draws
grads = [w.grad for w in model.parameters()]
norm = torch.stack([grad.norm() for grad in grads]).norm()
length = {{ radius }} / norm.clamp(min=1e-12)
with torch.no_grad():
    for w, grad in zip(model.parameters(), grads):
        w.add_(length * grad)
optimizer.zero_grad()
torch.set_rng_state(draws)
objective(model, xs, ys).backward()
with torch.no_grad():
    for w, grad in zip(model.parameters(), grads):
        w.sub_(length * grad)
""",
            },
            differs="{% if moments %}Batch norm's moments move in both passes of SAM.{% endif %}",
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Return the gradient at the weights moved uphill, and the statistics at the weights themselves."""
        return uphill(gradient, lambda params, grads: ascended(params, grads, h["radius"]))
