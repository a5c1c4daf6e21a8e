"""Adversarial training: examples moved where the loss rises fastest."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Forward, Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import AGAIN, PASSES


class Adversarial(Method):
    """Trains on every batch and on its examples moved by the fast gradient sign method, half each."""

    name = "adversarial"
    aliases = ("fgsm", "adversarial_training")
    order = Order.CONSISTENCY + 1
    family, color, marker = "gradient", "#9216F3", "s"
    card = Card(
        title="Adversarial training (FGSM)",
        summary="Trains on examples that are changed a little in the worst direction, so that small changes of the "
        "inputs no longer change the prediction.",
        formula="½·L(x, y) + ½·L(x + ε·sign(∇ₓL(x, y)), y)",
        papers=(
            Paper(
                "Goodfellow, Ian J. and Shlens, Jonathon and Szegedy, Christian",
                2015,
                "Explaining and Harnessing Adversarial Examples",
                "International Conference on Learning Representations",
                arxiv="1412.6572",
            ),
        ),
        when="Robustness to small changes of the inputs is wanted.",
        beware="Every step costs two gradients. ε is in units of the scaled inputs. Accuracy on untouched examples "
        "often falls. The second pass uses the draws of the first; batch norm's moments are those of the first.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Makes the network robust to attacks on its inputs.",
            "attacked",
            ("digits",),
            ("adversarial", "adversarial(epsilon=0.1)"),
            options={"epsilon": 0.1},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="epsilon",
            domain=Real(0.0),
            default=0.05,
            neutral=0.0,
            grid=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
            help="ε, how far each input is moved",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "losses": """
# the batch again, every input moved uphill by the sign of its gradient
slope = jax.grad(lambda x: losses({{ passed("x") }}, y).sum())(x)
moved = x + {{ epsilon }} * jnp.sign(slope)
each = (each + losses({{ passed("moved") }}, y)) / 2
""",
            },
            refuses=AGAIN,
        ),
        pytorch=Counterpart(
            code={
                "losses": """
# the batch again, every input moved uphill by the sign of its gradient
near = x.clone().requires_grad_()
(slope,) = torch.autograd.grad(losses(model(near), y).sum(), near)
moved = model(x + {{ epsilon }} * slope.sign())
each = (each + losses(moved, y)) / 2
""",
            },
            refuses=AGAIN,
            differs=PASSES,
        ),
    )

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Take the mean of the loss at the examples and at the moved ones."""

        def both(params: Params, batch: Batch, ctx: Context) -> Forward:
            def apart() -> Context:
                return dataclasses.replace(ctx, statistics=dict(ctx.statistics), terms={})

            def total(x: Array) -> Array:
                losses = loss(params, batch._replace(x=x), apart()).losses
                return (losses * batch.weight).sum()

            uphill = jnp.sign(jax.grad(total)(batch.x))
            moved = jax.lax.stop_gradient(batch.x + h["epsilon"] * uphill)
            first = loss(params, batch, ctx)
            second = loss(params, batch._replace(x=moved), apart())
            half = jnp.where(h["epsilon"] > 0.0, 0.5, 0.0)
            return first._replace(losses=(1.0 - half) * first.losses + half * second.losses)

        return both
