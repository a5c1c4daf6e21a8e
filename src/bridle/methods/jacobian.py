"""Jacobian penalty: outputs that change little with the inputs."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order
from bridle.methods.hook_types import Batch, Context, Forward, Loss, Params, Values
from bridle.methods.papers import Paper


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
