"""Confidence penalty: reward the entropy of predictions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Batch, Context, Forward, Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_classes
from bridle.tasks import Task


def entropy(logits: Array) -> Array:
    """Return the entropy `[B]`, in nats, of the probabilities of `logits [B, K]`."""
    log_p = jax.nn.log_softmax(logits)
    return -(jnp.exp(log_p) * log_p).sum(-1)


def entropy_code(exp: str, total: str) -> str:
    """Return lines that subtract the entropy from each example's loss, for recipes.

    Args:
        exp: how the framework writes the exponential.
        total: likewise the sum.
    """
    return f"""
log_p = log_probabilities(outputs)
each = each + {{{{ strength }}}} * {total}({exp}(log_p) * log_p, 1)
"""


class ConfidencePenalty(Method):
    """Subtracts a multiple of the predictions' entropy from the loss."""

    name = "confidence_penalty"
    aliases = ("entropy_penalty",)
    order = Order.TARGETS + 1
    family, color, marker = "targets", "#1981E1", "s"
    card = Card(
        title="Confidence penalty",
        summary="Rewards predictions that spread probability over classes, so that the network does not become ever "
        "more certain.",
        formula="loss − β·H(p), H(p) = −Σ p·log p",
        papers=(
            Paper(
                "Pereyra, Gabriel and Tucker, George and Chorowski, Jan and Kaiser, Łukasz and Hinton, Geoffrey",
                2017,
                "Regularizing Neural Networks by Penalizing Confident Output Distributions",
                arxiv="1701.06548",
                kind="misc",
            ),
        ),
        when="Overconfident classifiers.",
        beware="Like label smoothing it can make a calibrated network underconfident. With β above 1 an untrained "
        "network may rather stay uncertain than learn.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Makes predictions less certain.", "entropy", ("digits",)),
        KnownEffect(
            "Calibrates probabilities.",
            "calibration",
            ("1,000 labels",),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.1,
            neutral=0.0,
            grid=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
            help="β, the weight of the entropy",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(code={"losses": entropy_code("ops.exp", "ops.sum")}),
        optax=Counterpart(code={"losses": entropy_code("jnp.exp", "jnp.sum")}),
        pytorch=Counterpart(code={"losses": entropy_code("torch.exp", "torch.sum")}),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse targets that are no classes."""
        return unless_classes(task, "it rewards spreading probability over classes")

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Subtract the weighted entropy from each example's loss."""

        def penalized(params: Params, batch: Batch, ctx: Context) -> Forward:
            forward = loss(params, batch, ctx)
            return forward._replace(
                losses=forward.losses - h["strength"] * entropy(forward.outputs)
            )

        return penalized
