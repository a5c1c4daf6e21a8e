"""L1: the sum of absolute weights, with exact zeros."""

from __future__ import annotations

from jax import Array

from bridle.methods.base import Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.hook_types import Loss, Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import (
    BIASES,
    STRENGTH,
    SUBGRADIENT,
    UPDATE,
    absolute_sum,
    penalty_counterparts,
    proximal_l1,
    with_term,
)


class L1(Method):
    """Penalty λ Σ|w|, applied as a proximal step (default) or added to the loss."""

    name = "l1"
    aliases = ("lasso", "l1_penalty", "l1_regularization")
    order = Order.PENALTY + 1
    shared = True
    family, color, marker = "penalty", "#D55E00", "D"
    usual = Usual(place=1, rank=4)
    card = Card(
        title="L1 penalty (lasso)",
        summary="Pulls every weight towards zero by the same force, so that useless weights become zero.",
        formula="loss + λ Σ|w|; proximal: w ← sign(w)·max(|w| − rate·λ, 0) after each step",
        papers=(
            Paper(
                "Tibshirani, Robert",
                1996,
                "Regression Shrinkage and Selection via the Lasso",
                "Journal of the Royal Statistical Society, Series B",
                volume="58",
                kind="article",
            ),
            Paper(
                "Parikh, Neal and Boyd, Stephen",
                2014,
                "Proximal Algorithms",
                "Foundations and Trends in Optimization",
                volume="1",
                kind="article",
                about="proximal step",
            ),
        ),
        when="Many inputs or weights are useless, and a sparse network is wanted.",
        beware="Added to the loss (update=subgradient, as Keras does) it gives hardly any exact zero: "
        "weights oscillate around it. Under Adam the step size is each coordinate's own.",
        elsewhere={
            "Keras": "keras.regularizers.L1, 0.01 by default; a term of the loss, which gives hardly any exact zero",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes weights exactly zero.", "zeros", ("digits",), ("l1", "l1(strength=0.003)")
        ),
    )
    hyperparameters = (
        STRENGTH,
        UPDATE,
        BIASES,
    )

    counterparts = penalty_counterparts("strength", None)

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σ|w|."""
        return h["strength"] * absolute_sum(params, h)

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to the loss where `update` is subgradient."""
        subgradient = h["update"] == SUBGRADIENT
        return with_term(loss, self.name, lambda params: subgradient * self.penalty(params, h))

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Soft-threshold where `update` is proximal."""
        return proximal_l1(new, rate, h["strength"] * (h["update"] != SUBGRADIENT), h)
