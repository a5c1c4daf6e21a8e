"""Trimmed loss: leave the examples with the largest losses of each batch out."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Forward, Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def trim(losses: Array, weight: Array, share: Array | float) -> Array:
    """Zero the largest `share` of `losses [B]` among the rows that have a weight; scale the others to the same count.

    A number of examples that is not whole is rounded down.
    """
    real = weight > 0
    count = real.sum()
    # a little above, because 0.3·10 is 3.0000001 and 0.7·10 is 6.9999998 in single precision
    left_out = jnp.floor(share * count * (1.0 + 1e-6)).astype(jnp.int32)
    order = jnp.argsort(jnp.where(real, -losses, jnp.inf))
    rank = jnp.zeros_like(order).at[order].set(jnp.arange(len(order)))
    scale = count / jnp.maximum(count - left_out, 1)
    return losses * jnp.where(rank >= left_out, scale, 0.0)


_REFUSES = (
    "{% if share is moving %}the number of examples that it leaves out is fixed{% endif %}"
    "{% if reshaped or weighted %}examples that it leaves out would need to be left out of the rest, too{% endif %}"
)


class Trimmed(Method):
    """Trains each step on the examples of the batch that fit best."""

    name = "trimmed"
    aliases = ("trimmed_loss", "small_loss")
    order = Order.TARGETS + 4
    family, color, marker = "targets", "#0D4273", "^"
    card = Card(
        title="Trimmed loss",
        summary="Ignores the worst fitted examples of every batch, among which wrong labels gather.",
        formula="mean over the batch without the ⌊share·B⌋ largest losses",
        papers=(
            Paper(
                "Shen, Yanyao and Sanghavi, Sujay",
                2019,
                "Learning with Bad Training Data via Iterative Trimmed Loss Minimization",
                "International Conference on Machine Learning",
                arxiv="1810.11874",
            ),
        ),
        when="A known share of the training labels is wrong.",
        beware="It ignores hard examples as well as wrong ones, and rare classes first. The paper trims the whole "
        "training set between rounds; here each batch is trimmed by itself.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Makes training robust to wrong labels.",
            "accuracy",
            ("wrong labels",),
            ("trimmed", "trimmed(share=0.4)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="share",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.1,
            neutral=0.0,
            grid=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
            help="the share of each batch that is left out",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "losses": """
# without the largest losses of the batch
each = jnp.sort(each)[: len(each) - int({{ share }} * len(each) + 1e-4)]
""",
            },
            refuses=_REFUSES,
        ),
        pytorch=Counterpart(
            code={
                "losses": """
# without the largest losses of the batch
each = each.sort().values[: len(each) - int({{ share }} * len(each) + 1e-4)]
""",
            },
            refuses=_REFUSES,
        ),
    )

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Leave the largest losses out."""

        def best(params: Params, batch: Batch, ctx: Context) -> Forward:
            forward = loss(params, batch, ctx)
            return forward._replace(losses=trim(forward.losses, batch.weight, h["share"]))

        return best
