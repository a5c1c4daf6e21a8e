"""Manifold mixup: convex combinations of hidden representations, and of their targets."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import Batch, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.mixup import pairs, share_targets
from bridle.methods.papers import Paper


def representations(slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots where all that later layers see of an example passes.

    These are the input, the sum of each residual block, and what follows an activation outside of blocks.

    Args:
        slots: of a network. Those of a residual block begin with its name: `block_0/merge`, `block_0/dense_0/post`.
    """
    blocks = tuple(slot.name.removesuffix("merge") for slot in slots if slot.kind == "merge")

    def whole(slot: Slot) -> bool:
        return slot.kind == "post" and not (blocks and slot.name.startswith(blocks))

    return [slot for slot in slots if slot.kind in ("input", "merge") or whole(slot)]


class ManifoldMixup(Method):
    """Trains on mixtures of what one layer makes of pairs of examples; the layer is drawn anew in every step."""

    name = "manifold_mixup"
    slows = True
    order = Order.MIXING + 2
    family, color, marker = "data", "#B8860B", ">"
    card = Card(
        title="Manifold mixup",
        summary="Trains on weighted means of what a layer makes of two examples, with the same mean of their targets; "
        "the layer is drawn in each step, and so hidden representations change evenly between classes.",
        formula="h_k ← λ·h_k + (1 − λ)·h′_k, y ← λ·y + (1 − λ)·y′, λ ~ Beta(α, α) and the layer k, 0 for the inputs, "
        "drawn for each batch, (h′, y′) the batch in random order",
        papers=(
            Paper(
                "Verma, Vikas and Lamb, Alex and Beckham, Christopher and Najafi, Amir and Mitliagkas, Ioannis and "
                "Lopez-Paz, David and Bengio, Yoshua",
                2019,
                "Manifold Mixup: Better Representations by Interpolating Hidden States",
                "International Conference on Machine Learning",
                arxiv="1806.05236",
            ),
        ),
        when="Where mixup helps, and where means of features make more sense than means of inputs: images, and "
        "categories behind an embedding.",
        beware="Strong mixing underfits small networks. Use one of mixup, cutmix and manifold_mixup: each takes the "
        "partner's target as it was in the data. With example weights, each target of a mixture keeps the weight of "
        "its example. A residual block is mixed where it adds up; the paper draws from the inputs and two blocks.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Makes training robust to wrong labels.", "accuracy", ("wrong labels",)),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.5,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0),
            help="α of the beta distribution: 1 draws shares evenly, small values mostly near 0 or 1",
        ),
        Hyperparameter(
            name="layers",
            domain=Integer(0),
            default=2,
            help="so many hidden layers, from the first, are drawn from beside the inputs; 0 is mixup",
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Draw pairs and a layer, and mix the targets; rows of weight 0 stay apart."""
        if ctx.draws is None:
            return batch
        draws, places = ctx.draws.at(self.stream), representations(ctx.slots)
        partner, share = pairs(draws, h["strength"], batch.weight)
        eligible = 1.0 + jnp.minimum(h["layers"], len(places) - 1)
        chosen = jnp.floor(eligible * draws.at("layer").uniform())
        # as a product, since XLA takes minutes to compile rows that are gathered at every layer
        ctx.passed[self.name] = jax.nn.one_hot(partner, len(batch.weight))
        for number, slot in enumerate(places):
            ctx.passed[self._share(slot)] = jnp.where(chosen == number, share, 1.0)
        return share_targets(batch, partner, share)

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Mix the inputs or the activations of the drawn layer; elsewhere the share is 1."""
        return self._mixed(slot, x, ctx)

    def merge(
        self, slot: Slot, branches: tuple[Array, ...], params: Params, h: Values, ctx: Context
    ) -> tuple[Array, ...]:
        """Mix what a block adds up, if it is drawn."""
        return tuple(self._mixed(slot, branch, ctx) for branch in branches)

    def _mixed(self, slot: Slot, x: Array, ctx: Context) -> Array:
        share = ctx.passed.get(self._share(slot))
        if share is None:
            return x
        order = ctx.passed[self.name]
        # a batch that another method has repeated is mixed in each of its copies
        partners = order @ x.reshape(-1, len(order), x[0].size)
        return share * x + (1.0 - share) * partners.reshape(x.shape)

    def _share(self, slot: Slot) -> str:
        return f"{self.name}/{slot.name}"
