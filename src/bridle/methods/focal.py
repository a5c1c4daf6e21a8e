"""Focal loss: count examples less that are already predicted well."""

from __future__ import annotations

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


def focused(losses: Array, gamma: Array | float) -> Array:
    """Return (1 − p)^γ times each loss −log p; `losses` are cross-entropies `[B]`."""
    # the floor keeps the power's gradient finite where an example is predicted with certainty
    missed = jnp.maximum(-jnp.expm1(-losses), 1e-6)
    return missed**gamma * losses


_WEIGHED = "missed = {}  # one minus the probability\neach = {}(missed, {{{{ gamma }}}}) * each"
"""A line of recipes that weighs losses by the probability of being wrong."""


class Focal(Method):
    """Multiplies each example's cross-entropy by a power of the probability that it misses."""

    name = "focal"
    aliases = ("focal_loss",)
    order = Order.TARGETS + 2
    family, color, marker = "targets", "#527798", "D"
    card = Card(
        title="Focal loss",
        summary="Lets examples that are predicted well count less, so that training works on the hard ones.",
        formula="(1 − p)^γ·(−log p) for the probability p of the true class",
        papers=(
            Paper(
                "Lin, Tsung-Yi and Goyal, Priya and Girshick, Ross and He, Kaiming and Dollár, Piotr",
                2017,
                "Focal Loss for Dense Object Detection",
                "IEEE International Conference on Computer Vision",
                arxiv="1708.02002",
            ),
            Paper(
                "Mukhoti, Jishnu and Kulharia, Viveka and Sanyal, Amartya and Golodetz, Stuart and Torr, Philip "
                "H. S. and Dokania, Puneet K.",
                2020,
                "Calibrating Deep Neural Networks Using Focal Loss",
                "Advances in Neural Information Processing Systems",
                volume="33",
                arxiv="2002.09437",
                about="for calibration",
            ),
        ),
        when="Rare classes, and overconfident networks.",
        beware="Wrong labels are hard examples, so it learns them all the more. Of mixed or smoothed targets, p is e "
        "to the power of minus their loss. Probabilities are no longer those of the data: see --metric log-loss.",
        elsewhere={
            "Keras": "keras.losses.CategoricalFocalCrossentropy, whose alpha of 0.25 scales the whole loss, and "
            "BinaryFocalCrossentropy",
            "torchvision": "torchvision.ops.sigmoid_focal_loss, for logits of single classes, whose alpha of 0.25 "
            "weighs positives",
            "Optax": "optax.losses.sigmoid_focal_loss, likewise for single classes",
        },
    )
    known_effects = (
        KnownEffect(
            "Calibrates probabilities.",
            "calibration",
            ("1,000 labels",),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="gamma",
            domain=Real(0.0),
            default=2.0,
            neutral=0.0,
            grid=(0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0),
            help="γ, how much less well predicted examples count",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"losses": _WEIGHED.format("ops.maximum(-ops.expm1(-each), 1e-6)", "ops.power")},
        ),
        optax=Counterpart(
            code={"losses": _WEIGHED.format("jnp.maximum(-jnp.expm1(-each), 1e-6)", "jnp.power")},
        ),
        pytorch=Counterpart(
            code={"losses": _WEIGHED.format("(-torch.expm1(-each)).clamp(min=1e-6)", "torch.pow")},
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse targets that are no classes."""
        return unless_classes(task, "it weighs examples by the probability of their class")

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Weigh each example's loss."""

        def weighed(params: Params, batch: Batch, ctx: Context) -> Forward:
            forward = loss(params, batch, ctx)
            return forward._replace(losses=focused(forward.losses, h["gamma"]))

        return weighed
