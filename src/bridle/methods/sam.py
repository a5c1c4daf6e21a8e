"""Sharpness-aware minimization."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Gradient, Params, Values
from bridle.methods.known_effect import KnownEffect
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


def ascent_counterparts(length: str, moved: str, norm: str, step: str) -> Mapping[str, Counterpart]:
    """Return what a gradient uphill of the weights is in other frameworks.

    Args:
        length: a line of JAX that sets `length`.
        moved: the weight `w` moved along `grad`.
        norm: a line of PyTorch that sets the `norm` of all `grads`.
        step: by which a weight `w` moves along `grad`.
    """
    return in_frameworks(
        optax=Counterpart(
            code={
                "gradient": f"""
# uphill, and the gradient there, with the same draws
{length}
uphill = jax.tree.map(lambda w, grad: {moved}, params, grads)
{{% if stateful %}}
grads, _ = gradient(uphill, statistics, x, y, key{{{{ rest }}}})
{{% else %}}
grads = gradient(uphill, x, y, key{{{{ rest }}}})
{{% endif %}}
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "batch": "draws = torch.get_rng_state()",
                "gradient": f"""
# uphill, and the gradient there, with the same draws
grads = [w.grad for w in model.parameters()]
{norm}
length = {{{{ radius }}}} / norm.clamp(min=1e-12)
there = [w.detach().clone() for w in model.parameters()]
with torch.no_grad():
    for w, grad in zip(model.parameters(), grads):
        w.add_({step})
optimizer.zero_grad()
torch.set_rng_state(draws)
objective(model, xs, ys{{{{ rest }}}}).backward()
with torch.no_grad():
    for w, old in zip(model.parameters(), there):
        w.copy_(old)
""",
            },
            differs="{% if moments %}Batch norm's moments move in both passes.{% endif %}",
        ),
    )


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
    known_effects = (
        KnownEffect(
            "Finds flat minima.",
            "sharpness",
            ("digits",),
            ("sam", "sam(radius=0.2)"),
            options={"share": 0.2},
        ),
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

    counterparts = ascent_counterparts(
        "length = {{ radius }} / jnp.maximum(optax.global_norm(grads), 1e-12)",
        "w + length * grad",
        "norm = torch.stack([grad.norm() for grad in grads]).norm()",
        "length * grad",
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Return the gradient at the weights moved uphill, and the statistics at the weights themselves."""
        return uphill(gradient, lambda params, grads: ascended(params, grads, h["radius"]))
