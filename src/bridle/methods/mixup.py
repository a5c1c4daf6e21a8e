"""Mixup: convex combinations of pairs of examples and of their targets."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.draws import Draws
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import UNMIXED


class MixedPairs(NamedTuple):
    """Who is mixed with whom.

    Attributes:
        partner: each row's partner, `[B]`.
        share: of the own example, a scalar for the whole batch.
    """

    partner: Array
    share: Array


def pairs(draws: Draws, alpha: Array, weight: Array) -> MixedPairs:
    """Draw each row's partner, and a share from Beta(α, α), which is 1 if `alpha` is 0.

    Args:
        draws: the random source.
        alpha: α.
        weight: of the rows, `[B]`; those of weight 0 stay apart.
    """
    mixed = alpha > 0.0
    positive = jnp.where(mixed, alpha, 1.0)
    share = jnp.where(mixed, draws.at("share").beta(positive, positive), 1.0)
    return MixedPairs(partners(draws.at("order").permutation(len(weight)), weight), share)


def blend(x: Array, partner: Array, share: Array) -> Array:
    """Return share·own + (1 − share)·partner's of rows `x [B, ...]`."""
    return share * x + (1.0 - share) * x[partner]


def mix(batch: Batch, partner: Array, share: Array) -> Batch:
    """Return share·own + (1 − share)·partner's of inputs and targets.

    With example weights w, each target keeps the weight of its example, and the loss of a mixture is
    share·w·loss(x̃, y) + (1 − share)·w′·loss(x̃, y′). So the mixture's weight is w̃ = share·w + (1 − share)·w′, of which
    (1 − share)·w′/w̃ belongs to the partner's target; over a batch every example counts by its own weight in all.

    Args:
        batch: the examples.
        partner: row numbers, `[B]`.
        share: of the own example, a scalar.
    """
    mixed = batch._replace(x=blend(batch.x, partner, share))
    return share_targets(mixed, partner, share)


def share_targets(batch: Batch, partner: Array, share: Array) -> Batch:
    """Return the batch with targets share·own + (1 − share)·partner's, as `mix` describes."""
    if batch.importance is None:
        return batch.toward(batch.y[partner], 1.0 - share)
    theirs = (1.0 - share) * batch.importance[partner]
    weight = share * batch.importance + theirs
    toward = theirs / jnp.where(weight > 0, weight, 1.0)
    return batch._replace(importance=weight).toward(batch.y[partner], toward)


def partners(order: Array, weight: Array) -> Array:
    """Return each row's partner `[B]`, one to one among the rows that have a weight, in a random `order [B]`."""
    real = weight > 0
    shuffled = order[jnp.argsort(~real[order], stable=True)]  # padding comes last
    return jnp.where(real, shuffled[jnp.cumsum(real) - 1], jnp.arange(len(weight)))


class Mixup(Method):
    """Trains on mixtures of examples, the same share for a whole batch, its pairs drawn anew in every step."""

    name = "mixup"
    slows = True
    order = Order.MIXING
    family, color, marker = "data", "#332288", "<"
    card = Card(
        title="Mixup",
        summary="Trains on weighted means of two examples, with the same mean of their targets, so that the "
        "network changes evenly between examples.",
        formula="x ← λ·x + (1 − λ)·x′, y ← λ·y + (1 − λ)·y′, λ ~ Beta(α, α) drawn for each batch, (x′, y′) the "
        "batch in random order",
        papers=(
            Paper(
                "Zhang, Hongyi and Cisse, Moustapha and Dauphin, Yann N. and Lopez-Paz, David",
                2018,
                "mixup: Beyond Empirical Risk Minimization",
                "International Conference on Learning Representations",
                arxiv="1710.09412",
            ),
        ),
        when="Overconfident networks, noisy labels, images and tables alike.",
        beware="Means of examples must make sense: features that are codes of categories do not mix. Strong mixing "
        "underfits small networks. With example weights, each target of a mixture keeps the weight of its example.",
        elsewhere={
            "Keras": "keras.layers.MixUp, 0.2 by default; a share for every image, where this draws one for the "
            "batch",
            "torchvision": "torchvision.transforms.v2.MixUp, 1 by default; the partner is the batch's row before",
            "timm": "mixup_alpha of timm.data.Mixup, 1 by default, with labels smoothed by 0.1; the partner is the "
            "batch's row counted from the end",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes training robust to wrong labels.",
            "accuracy",
            ("wrong labels",),
            ("mixup", "mixup(strength=2)"),
            reason="At strength 0.2 most pairs are hardly mixed; at 2 it is found.",
        ),
        KnownEffect(
            "Calibrates probabilities.",
            "calibration",
            ("1,000 labels",),
            reason="Without the method the network is calibrated already (error 0.004).",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.2,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 2.0),
            help="α of the beta distribution: 1 draws shares evenly, small values mostly near 0 or 1",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "batch": """
alpha, other = {{ 'max(%s, 1e-3)' | format(strength) if strength is moving else strength }}, random.permutation(len(xs))
share = random.beta(alpha, alpha)
xs = (share * xs + (1 - share) * xs[other]).astype(np.float32)
ys = (share * ys + (1 - share) * ys[other]).astype(np.float32)
""",
            },
            refuses=UNMIXED,
        ),
        optax=Counterpart(
            code={
                "batch": """
sharing, ordering = jax.random.split(jax.random.fold_in(key, 2000))
alpha = {{ 'jnp.maximum(%s, 1e-3)' | format(strength) if strength is moving else strength }}
share = jax.random.beta(sharing, alpha, alpha)
other = jax.random.permutation(ordering, len(x))
x = share * x + (1 - share) * x[other]
y = share * y + (1 - share) * y[other]
""",
            },
            refuses=UNMIXED,
        ),
        pytorch=Counterpart(
            code={
                "batch": """
alpha = {{ 'max(%s, 1e-3)' | format(strength) if strength is moving else strength }}
share = torch.distributions.Beta(alpha, alpha).sample()
other = torch.randperm(len(xs))
xs = share * xs + (1 - share) * xs[other]
ys = share * ys + (1 - share) * ys[other]
""",
            },
            refuses=UNMIXED,
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Mix the batch with itself in random order; rows of weight 0 stay apart."""
        if ctx.draws is None:
            return batch
        return mix(batch, *pairs(ctx.draws.at(self.stream), h["strength"], batch.weight))
