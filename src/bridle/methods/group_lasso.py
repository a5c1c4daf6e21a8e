"""Group lasso: whole input features or units become zero."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.groups import BY, group_counterparts, grouped, norms, proximal_step, root_size
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class GroupLasso(Method):
    """Penalty λ Σ√|g|·‖w_g‖₂ over groups of weights, applied as an exact proximal step."""

    name = "group_lasso"
    aliases = ("group_l1",)
    order = Order.PENALTY + 3
    ends = True
    family, color, marker = "penalty", "#F5424D", "v"
    card = Card(
        title="Group lasso",
        summary="Pulls all weights of an input feature (or of a hidden unit) to zero together, so that useless ones "
        "disappear from the network.",
        formula="loss + λ Σ√|g|·‖w_g‖₂; proximal: w_g ← w_g·max(0, 1 − rate·λ·√|g|/‖w_g‖₂) after each step",
        papers=(
            Paper(
                "Yuan, Ming and Lin, Yi",
                2006,
                "Model Selection and Estimation in Regression with Grouped Variables",
                "Journal of the Royal Statistical Society, Series B",
                volume="68",
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
        when="Many inputs are useless, and it is to be known which.",
        beware="A feature that is a category has several columns, each a group. Behind an embedding, groups are of the "
        "embedded numbers. Under Adam every weight has its own step size; the proximal step "
        "minimizes with all of them.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Drops input features.",
            "unused",
            ("digits",),
            ("group_lasso", "group_lasso(strength=0.01)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1e-3,
            neutral=0.0,
            grid=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
            help="λ, the weight of the penalty",
        ),
        BY,
    )

    counterparts = group_counterparts("strength", "")

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σ√|g|·‖w_g‖₂."""
        total = jnp.zeros(())
        for name, axis in grouped(params, self.static["by"]):
            total += root_size(params[name], axis) * norms(params[name], axis).sum()
        return h["strength"] * total

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Shrink every group."""
        shorter = dict(new)
        for name, axis in grouped(new, self.static["by"]):
            force = h["strength"] * root_size(new[name], axis)
            shorter[name] = proximal_step(new[name], name, rate, force, axis)
        return shorter
