"""Sparse group lasso: whole features or units become zero, and single weights of those that stay."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.group_lasso import GroupLasso
from bridle.methods.groups import BY, group_counterparts, grouped, norms, proximal_step, root_size
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import shrink_by_force


class SparseGroupLasso(Method):
    """Penalty λ·(ρ Σ|w| + (1 − ρ) Σ√|g|·‖w_g‖₂) on grouped kernels, applied as an exact proximal step."""

    name = "sparse_group_lasso"
    aliases = ("sgl",)
    order = Order.PENALTY + 4
    ends = True
    family, color, marker = "penalty", "#9A4247", "H"
    card = Card(
        title="Sparse group lasso",
        summary="Removes whole input features (or hidden units) and, of those that stay, the weights that are useless.",
        formula="loss + λ·(ρ Σ|w| + (1 − ρ) Σ√|g|·‖w_g‖₂); proximal: soft threshold of each weight, then of each group",
        papers=(
            Paper(
                "Simon, Noah and Friedman, Jerome and Hastie, Trevor and Tibshirani, Robert",
                2013,
                "A Sparse-Group Lasso",
                "Journal of Computational and Graphical Statistics",
                volume="22",
                kind="article",
            ),
            Paper(
                "Scardapane, Simone and Comminiello, Danilo and Hussain, Amir and Uncini, Aurelio",
                2017,
                "Group Sparse Regularization for Deep Neural Networks",
                "Neurocomputing",
                volume="241",
                kind="article",
                about="in networks",
            ),
        ),
        when="Many inputs are useless, and so are many weights of the others.",
        beware="Two strengths hide in one: at the same λ it is weaker in each part than l1 or group_lasso alone.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Drops input features.",
            "unused",
            ("digits",),
            ("sparse_group_lasso", "sparse_group_lasso(strength=0.01)"),
        ),
        KnownEffect("Makes weights exactly zero.", "zeros", ("digits",)),
    )
    hyperparameters = (
        dataclasses.replace(
            GroupLasso.hyperparameters[0], help="λ, the weight of both penalties together"
        ),
        Hyperparameter(
            name="l1_ratio",
            domain=Real(0.0, 1.0),
            default=0.5,
            help="ρ, the share of λ that goes to single weights",
        ),
        BY,
    )

    counterparts = group_counterparts("strength * (1 - l1_ratio)", "strength * l1_ratio")

    def penalty(self, params: Params, h: Values) -> Array:
        """Return the penalty on groups and on their weights."""
        total = jnp.zeros(())
        for name, axis in grouped(params, self.static["by"]):
            kernel = params[name]
            total += h["l1_ratio"] * jnp.abs(kernel).sum()
            total += (1.0 - h["l1_ratio"]) * root_size(kernel, axis) * norms(kernel, axis).sum()
        return h["strength"] * total

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Shrink every weight of a group, then the group."""
        shorter = dict(new)
        for name, axis in grouped(new, self.static["by"]):
            single = shrink_by_force(new[name], name, rate, h["strength"] * h["l1_ratio"])
            force = h["strength"] * (1.0 - h["l1_ratio"]) * root_size(single, axis)
            shorter[name] = proximal_step(single, name, rate, force, axis)
        return shorter
