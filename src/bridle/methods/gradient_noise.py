"""Gradient noise: Gaussian noise on the gradient, which dies away over training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Gradient, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def deviation(strength: Array | float, decay: Array | float, taken: Array | int) -> Array:
    """Return the standard deviation of the noise after some steps were `taken`: √(strength/(1 + t)^decay)."""
    return jnp.sqrt(strength / (1.0 + jnp.asarray(taken)) ** decay)


class GradientNoise(Method):
    """Adds Gaussian noise to the gradient of every parameter, with a variance of η/(1 + t)^γ in step t."""

    name = "gradient_noise"
    aliases = ("annealed_gradient_noise",)
    order = Order.CLIPPING
    family, color, marker = "gradient", "#DB50C0", "P"
    card = Card(
        title="Gradient noise",
        summary="Adds Gaussian noise to the gradient in every step, much at first and less and less, so that training "
        "finds its way out of bad places early on.",
        formula="g ← g + e, e ~ N(0, η/(1 + t)^γ), t = steps taken so far",
        papers=(
            Paper(
                "Neelakantan, Arvind and Vilnis, Luke and Le, Quoc V. and Sutskever, Ilya and Kaiser, Lukasz and "
                "Kurach, Karol and Martens, James",
                2015,
                "Adding Gradient Noise Improves Learning for Very Deep Networks",
                arxiv="1511.06807",
                kind="misc",
            ),
        ),
        when="Very deep or badly initialized networks, and full batches, whose gradients have no noise of their own.",
        beware="The noise has one size for all parameters, however small their gradients are; Adam then divides by the "
        "size of both. It is added after clipping.",
        elsewhere={
            "Optax": "optax.add_noise",
        },
    )
    known_effects = (
        KnownEffect(
            "Helps very deep networks to learn.",
            "train_loss",
            ("deep",),
            ("gradient_noise", "gradient_noise(strength=1)"),
            reason="Bridle's first weights let 20 layers learn without help, and noise keeps them from it: "
            "the paper's gain is one from poor first weights.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.01,
            neutral=0.0,
            grid=(1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0),
            help="η, the variance of the noise in the first step",
        ),
        Hyperparameter(
            name="decay",
            domain=Real(0.0),
            default=0.55,
            help="γ, how fast the variance falls with the number of steps",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "gradient": """
# noise that dies away over training
size = jnp.sqrt({{ strength }} / (1.0 + taken) ** {{ decay }})
noise = optax.tree.random_like(jax.random.fold_in(key, 6000), grads)
grads = jax.tree.map(lambda grad, drawn: grad + size * drawn, grads, noise)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
# noise that dies away over training
size = ({{ strength }} / (1 + count) ** {{ decay }}) ** 0.5
for w in model.parameters():
    w.grad.add_(size * torch.randn_like(w))
""",
            },
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Add the noise of the step."""

        def noisy(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            grads, statistics = gradient(params, batch, ctx)
            if ctx.draws is None:
                return grads, statistics
            size = deviation(h["strength"], h["decay"], ctx.taken)
            draws = ctx.draws.at(self.stream)
            moved = {
                name: grad + size * draws.at(name).normal(grad.shape)
                for name, grad in grads.items()
            }
            return moved, statistics

        return noisy
