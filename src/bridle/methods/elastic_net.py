"""Elastic net: L1 and L2 together."""

from __future__ import annotations

import dataclasses

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order, Usual
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
    square_sum,
    with_term,
)


class ElasticNet(Method):
    """Penalty λ₁ Σ|w| + λ₂ Σw² with λ₁ = ρλ and λ₂ = (1 − ρ)λ."""

    name = "elastic_net"
    aliases = ("enet", "l1_l2")
    order = Order.PENALTY + 2
    shared = True
    family, color, marker = "penalty", "#CC79A7", "P"
    usual = Usual(place=4, rank=7)
    card = Card(
        title="Elastic net",
        summary="L1 and L2 together: zeros like L1, and like L2 kind to groups of related weights.",
        formula="loss + λ₁ Σ|w| + λ₂ Σw², with λ₁ = l1_ratio·λ and λ₂ = (1 − l1_ratio)·λ",
        papers=(
            Paper(
                "Zou, Hui and Hastie, Trevor",
                2005,
                "Regularization and Variable Selection via the Elastic Net",
                "Journal of the Royal Statistical Society, Series B",
                volume="67",
                kind="article",
            ),
        ),
        when="Inputs are many and correlated.",
        beware="Two strengths hide in one: at the same λ it is weaker in each part than l1 or l2 alone.",
        elsewhere={
            "Keras": "keras.regularizers.L1L2; λ₁ and λ₂ by themselves, and hardly any exact zero, since the L1 term"
            " is part of the loss",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes weights exactly zero.",
            "zeros",
            ("digits",),
            ("elastic_net", "elastic_net(strength=0.01)"),
        ),
        KnownEffect("Makes weights smaller.", "shrinkage", ("digits",)),
    )
    hyperparameters = (
        dataclasses.replace(STRENGTH, help="λ, the weight of both penalties together"),
        Hyperparameter(
            name="l1_ratio",
            domain=Real(0.0, 1.0),
            default=0.5,
            neutral=0.5,
            help="ρ, the share of λ that goes to the L1 part",
        ),
        UPDATE,
        BIASES,
    )

    counterparts = penalty_counterparts("strength * l1_ratio", "strength * (1 - l1_ratio)")

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ₁ Σ|w| + λ₂ Σw²."""
        return self._l1_part(params, h) + self._l2_part(params, h)

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the L2 part to the loss, and the L1 part where `update` is subgradient."""
        subgradient = h["update"] == SUBGRADIENT
        return with_term(
            loss,
            self.name,
            lambda params: subgradient * self._l1_part(params, h) + self._l2_part(params, h),
        )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Soft-threshold by the L1 part where `update` is proximal."""
        strength = h["strength"] * h["l1_ratio"] * (h["update"] != SUBGRADIENT)
        return proximal_l1(new, rate, strength, h)

    @staticmethod
    def _l1_part(params: Params, h: Values) -> Array:
        return h["strength"] * h["l1_ratio"] * absolute_sum(params, h)

    @staticmethod
    def _l2_part(params: Params, h: Values) -> Array:
        return h["strength"] * (1.0 - h["l1_ratio"]) * square_sum(params, h)
