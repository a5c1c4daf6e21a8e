"""Cautious weight decay: decay of the weights that the optimizer shrinks anyway."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.methods.base import Card, Method, Order
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.papers import Paper
from bridle.methods.penalties import BIASES, DECAY, SCALE_FREE, scope


class CautiousDecay(Method):
    """Decoupled weight decay of those weights that the optimizer's step moves towards zero, or leaves."""

    name = "cautious_decay"
    aliases = ("cautious_weight_decay", "cwd")
    order = Order.DECAY + 2
    clashes = dict.fromkeys(("batch_norm", "weight_standardization"), SCALE_FREE)
    family, color, marker = "weights", "#09A62C", "^"
    card = Card(
        title="Cautious weight decay",
        summary="Shrinks only weights that the optimizer moves towards zero in the same step, so that decay never "
        "works against the data.",
        formula="w ← w_new − lr·λ·w_old where (w_old − w_new)·w_old ≥ 0, with w_old the weight before the step and "
        "w_new the optimizer's",
        papers=(
            Paper(
                "Chen, Lizhang and Li, Jonathan and Liang, Kaizhao and Su, Baiyu and Xie, Cong and Pierse, Nuo Wang "
                "and Liang, Chen and Lao, Ni and Liu, Qiang",
                2025,
                "Cautious Weight Decay",
                arxiv="2510.12402",
                kind="misc",
            ),
        ),
        when="Wherever weight_decay helps: it takes the same strengths, and the minimum of the loss stays where it is.",
        beware="About half of the weights decay in a step, so it is weaker than weight_decay at the same strength. "
        "Where the gradient is exactly zero, as of units that are never active, weights decay as without caution.",
        elsewhere={
            "timm": "none: its cautious optimizers (caution=True) mask the optimizer's step, not the decay",
        },
    )
    hyperparameters = (DECAY, BIASES)

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Subtract lr·λ·w_old where the step has the sign of the weight."""
        share = rate.learning_rate * h["strength"]
        return {
            name: new[name]
            - share * factor * jnp.where((old[name] - new[name]) * old[name] >= 0, old[name], 0.0)
            for name, factor in scope(new, h).items()
        }
