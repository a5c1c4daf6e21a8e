"""Shake-shake: mix the two branches of a residual block at random, in the backward pass by other shares."""

from __future__ import annotations

import jax
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.tasks import Task
from bridle.wording import argument


@jax.custom_vjp
def shaken(x: Array, forward: Array, backward: Array) -> Array:
    """Return `forward · x`, with a gradient as if it were `backward · x`; the factors have none.

    Args:
        x: a branch `[B, ..., features]`.
        forward: `[B, 1, ...]`, one factor for each example.
        backward: of the same shape.
    """
    return forward * x


def _forward(x: Array, forward: Array, backward: Array) -> tuple[Array, Array]:
    return forward * x, backward


def _backward(backward: Array, grad: Array) -> tuple[Array, None, None]:
    return backward * grad, None, None


shaken.defvjp(_forward, _backward)


class ShakeShake(Method):
    """Mixes the two branches of residual blocks by random shares, others in the backward pass, in training only."""

    name = "shake_shake"
    slows = True
    order = Order.BRANCHES + 2
    family, color, marker = "noise", "#0A29C2", "h"
    card = Card(
        title="Shake-shake",
        summary="Replaces the sum of a residual block's two branches by a random mixture of them, and passes the "
        "gradient back by another random mixture, so that neither branch can rely on the other.",
        formula="x + (1 + s·(2α − 1))·f₁(x) + (1 − s·(2α − 1))·f₂(x), α ~ U(0, 1) for each example and block, in "
        "training only; the gradient has β ~ U(0, 1) in the place of α",
        papers=(
            Paper(
                "Gastaldi, Xavier",
                2017,
                "Shake-Shake regularization",
                arxiv="1705.07485",
                kind="misc",
            ),
        ),
        when="Deep residual networks that are trained for very long.",
        beware="It needs blocks of two branches: --network 'resnet_mlp(branches=2)'. The paper's factors α and 1 − α "
        "add up to 1, these to 2, the number of branches that a block adds up: so strength 0 is the plain sum, and "
        "strength 1 the paper's rule with both branches twice as large. The paper normalizes every branch, trains for "
        "1,800 epochs and lets the rate fall by a cosine; few epochs are too few.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Narrows the gap between training and test scores.",
            "gap",
            ("two branches",),
            reason="It is still learning after 40 epochs (validation loss 0.19 instead of 0.13); the paper "
            "trains for 1,800.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0, 1.0),
            default=1.0,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
            help="s, how far the shares go from equal ones; 1 is the paper's",
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks without residual blocks of two branches."""
        if any(slot.kind == "merge" and slot.branches == 2 for slot in network.slots()):
            return None
        other = argument("network", "resnet_mlp(branches=2)")
        return f"it mixes the two branches of residual blocks, and no block of this network has two; {other} has"

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Mix two branches; the block's input passes."""
        if ctx.draws is None or len(branches) != 3:
            return branches
        x, first, second = branches
        size = x.shape[:1] + (1,) * (x.ndim - 1)
        draws = ctx.draws.at(self.stream, slot.name)
        forward, backward = (
            1.0 + h["strength"] * (2.0 * draws.at(way).uniform(size) - 1.0)
            for way in ("forward", "backward")
        )
        return x, shaken(first, forward, backward), shaken(second, 2.0 - forward, 2.0 - backward)
