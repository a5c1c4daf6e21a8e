"""Jacobian penalty: outputs that change little with the inputs."""

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
from bridle.methods.pieces import PASSES


class Jacobian(Method):
    """Penalizes the squared norm of the outputs' derivatives with respect to each example, along a random direction."""

    name = "jacobian"
    aliases = ("jacobian_regularization", "input_gradient_penalty")
    order = Order.CONSISTENCY + 3
    family, color, marker = "penalty", "#BA5E64", "X"
    card = Card(
        title="Jacobian penalty",
        summary="Penalizes how fast the outputs change with the inputs, which widens the distance of examples to the "
        "boundary.",
        formula="loss + λ/2·K·‖∂(v·z)/∂x‖², z the K outputs, v a random direction for each example and step: on "
        "average λ/2·‖∂z/∂x‖²_F",
        papers=(
            Paper(
                "Hoffman, Judy and Roberts, Daniel A. and Yaida, Sho",
                2019,
                "Robust Learning with Jacobian Regularization",
                arxiv="1908.02729",
                kind="misc",
            ),
            Paper(
                "Drucker, Harris and LeCun, Yann",
                1992,
                "Improving Generalization Performance Using Double Backpropagation",
                "IEEE Transactions on Neural Networks",
                volume="3",
                kind="article",
                about="earlier",
            ),
        ),
        when="Noise on the inputs, and smooth boundaries are wanted.",
        beware="Every step costs two passes and the derivative of a derivative. It bounds how certain the network can "
        "be. The derivative of relu's slope is 0 and is not seen.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Makes the network smooth in its inputs.", "sensitivity", ("digits",)),
        KnownEffect(
            "Makes the network robust to noise on its inputs.",
            "robustness",
            ("digits",),
            ("jacobian", "jacobian(strength=0.1)"),
            options={"noise": 0.3},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.01,
            neutral=0.0,
            grid=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1),
            help="λ, the weight of the penalty",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "losses": """
# the slope of the outputs along a random direction of each example
drawn = jax.random.normal(jax.random.fold_in(key, 7000), (len(x), {{ logits }}))
drawn = drawn / jnp.linalg.norm(drawn, axis=1, keepdims=True)
{% if logits > outputs %}
drawn = drawn[:, 1:]  # one output stands for two
{% endif %}
slope = jax.grad(lambda x: ({{ passed("x") }} * drawn).sum())(x)
slope = slope.reshape(len(x), -1)
each = each + {{ strength * (logits / 2) }} * jnp.square(slope).sum(axis=1)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "losses": """
# the slope of the outputs along a random direction of each example
drawn = F.normalize(torch.randn(len(x), {{ logits }}), dim=1)
{% if logits > outputs %}
drawn = drawn[:, 1:]  # one output stands for two
{% endif %}
near = x.clone().requires_grad_()
along = (model(near) * drawn).sum()
(slope,) = torch.autograd.grad(along, near, create_graph=True)
each = each + {{ strength * (logits / 2) }} * slope.flatten(1).square().sum(1)
""",
            },
            differs=PASSES,
        ),
    )

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to each example's loss."""

        def penalized(params: Params, batch: Batch, ctx: Context) -> Forward:
            first = loss(params, batch, ctx)
            if ctx.draws is None:
                return first
            drawn = ctx.draws.at(self.stream).normal(first.outputs.shape)
            direction = drawn / jnp.sqrt(jnp.square(drawn).sum(-1, keepdims=True))

            def along(x: Array) -> Array:
                apart = dataclasses.replace(ctx, statistics=dict(ctx.statistics), terms={})
                return (loss(params, batch._replace(x=x), apart).outputs * direction).sum()

            slope = jax.grad(along)(batch.x).reshape(len(batch.x), -1)
            size = first.outputs.shape[-1] * jnp.square(slope).sum(-1)
            return first._replace(losses=first.losses + 0.5 * h["strength"] * size)

        return penalized
