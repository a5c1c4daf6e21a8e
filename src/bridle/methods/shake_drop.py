"""ShakeDrop: shake some residual branches by random factors, also negative ones, while training."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.shake_shake import shaken
from bridle.methods.suits import unless_residual
from bridle.tasks import Task


class ShakeDrop(Method):
    """Multiplies residual branches by random factors, others in the backward pass; more of them in later blocks."""

    name = "shake_drop"
    slows = True
    order = Order.BRANCHES + 1
    family, color, marker = "noise", "#6677CC", "d"
    card = Card(
        title="ShakeDrop",
        summary="Lets most residual branches pass and multiplies the others by a random factor that may turn their "
        "sign, and their gradient by another one, so that training is disturbed but does not derail.",
        formula="x + (b + α − b·α)·f(x), b ~ Bernoulli(1 − rate·l/L) in the l-th of L blocks, α ~ U(−1, 1); the "
        "gradient has β ~ U(0, 1) in the place of α; in evaluation x + (1 − rate·l/L)·f(x)",
        papers=(
            Paper(
                "Yamada, Yoshihiro and Iwamura, Masakazu and Akiba, Takuya and Kise, Koichi",
                2019,
                "Shakedrop Regularization for Deep Residual Learning",
                "IEEE Access",
                volume="7",
                arxiv="1802.02375",
                kind="article",
            ),
        ),
        when="Deep residual networks that overfit even with stochastic depth.",
        beware="It needs residual blocks: --network resnet_mlp. The paper's branches end in a normalization; without "
        "one a large rate may not converge. The rate is that of the last block and grows along the network, so with "
        "few blocks use small ones. All draws are made for each example, and for each branch of a block (the paper "
        "compares such levels). Unlike stochastic_depth, it scales branches in evaluation, not in training.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Makes the network depend less on single blocks.", "block", ("residual blocks",)
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0),
            default=0.5,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7),
            help="the share of branches shaken in the last block",
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks without residual blocks."""
        return unless_residual(network, "it shakes the branches of residual blocks")

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Shake branches; in evaluation each has its expected factor. The block's input passes."""
        x, *terms = branches
        blocks = sum(other.kind == "merge" for other in ctx.slots)
        rate = h["rate"] * ((slot.layer + 1) / blocks)
        if ctx.draws is None:
            return x, *((1.0 - rate) * term for term in terms)
        size = x.shape[:1] + (1,) * (x.ndim - 1)
        found = []
        for number, term in enumerate(terms):
            draws = ctx.draws.at(self.stream, slot.name, number)
            passes = draws.at("passes").uniform(size) >= rate
            alpha, beta = draws.at("forward").uniform(size), draws.at("backward").uniform(size)
            forward = jnp.where(passes, 1.0, 2.0 * alpha - 1.0)
            found.append(shaken(term, forward, jnp.where(passes, 1.0, beta)))
        return x, *found
