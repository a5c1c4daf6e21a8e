"""Gradient clipping: an upper bound on the norm of the whole gradient."""

from __future__ import annotations

import math
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


def clipped(grads: Params, limit: Array | float) -> Params:
    """Return gradients scaled to a norm of at most `limit`, all taken as one vector."""
    norm = jnp.sqrt(sum(jnp.square(grad).sum() for grad in grads.values()))
    scale = jnp.minimum(1.0, limit / jnp.maximum(norm, 1e-30))
    found: Params = jax.tree.map(lambda grad: grad * scale, grads)
    return found


class GradientClipping(Method):
    """Scales the gradient down where its norm exceeds a limit, before the optimizer sees it."""

    name = "gradient_clipping"
    aliases = ("clip_grad_norm", "gradient_norm_clipping")
    likened = (
        (
            "clipnorm",
            "Keras' clipnorm bounds each parameter's gradient by itself; this bounds them together",
        ),
    )
    order = Order.CLIPPING + 1
    family, color, marker = "gradient", "#5E427B", "v"
    card = Card(
        title="Gradient clipping by norm",
        summary="Shortens gradients that are too long, so that single bad batches do not throw the weights far away.",
        formula="g ← g·min(1, limit/‖g‖₂), over all parameters together",
        papers=(
            Paper(
                "Pascanu, Razvan and Mikolov, Tomas and Bengio, Yoshua",
                2013,
                "On the Difficulty of Training Recurrent Neural Networks",
                "International Conference on Machine Learning",
                arxiv="1211.5063",
            ),
        ),
        when="Losses jump up in training; outliers among the targets of a regression.",
        beware="Adam divides by the gradient's own size, so a limit that is always reached changes little.",
        elsewhere={
            "Keras": "global_clipnorm of optimizers; clipnorm bounds each variable by itself",
            "PyTorch": "torch.nn.utils.clip_grad_norm_, which adds 1e-6 to the norm",
            "timm": "--clip-grad of its training script, timm.utils.dispatch_clip_grad",
            "Optax": "optax.clip_by_global_norm",
        },
    )
    known_effects = (
        KnownEffect(
            "Keeps training stable at large learning rates.",
            "train_loss",
            ("large steps",),
            ("gradient_clipping", "gradient_clipping(limit=0.1)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="limit",
            domain=Real(0.0, open_low=True, infinite=True),
            default=1.0,
            neutral=math.inf,
            grid=(0.05, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0),
            help="the largest norm of the gradient",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"arguments": "global_clipnorm={{ limit }}"},
        ),
        optax=Counterpart(
            code={
                "gradient": """
# the norm of all gradients together is at most {{ limit }}
share = jnp.minimum(1, {{ limit }} / jnp.maximum(optax.global_norm(grads), 1e-30))
grads = jax.tree.map(lambda grad: share * grad, grads)
""",
            },
        ),
        pytorch=Counterpart(
            code={"gradient": "nn.utils.clip_grad_norm_(model.parameters(), {{ limit }})"},
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Clip the gradient."""

        def bounded(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            grads, statistics = gradient(params, batch, ctx)
            return clipped(grads, h["limit"]), statistics

        return bounded
