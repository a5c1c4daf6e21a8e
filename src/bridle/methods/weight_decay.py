"""Decoupled weight decay, as in AdamW."""

from __future__ import annotations

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order, Usual
from bridle.methods.hook_types import Params, Rate, Values
from bridle.methods.penalties import BIASES, scope
from bridle.wording import argument


class WeightDecay(Method):
    """Shrinks weights directly: w ← w_new − lr·λ·w_old."""

    name = "weight_decay"
    aliases = ("wd", "decoupled_weight_decay")
    likened = (
        (
            "adamw",
            f"AdamW is an optimizer, which trains every method alike: {argument('optimizer', 'adamw')}. Its decay as a "
            "method, compared and tuned, is weight_decay",
        ),
    )
    order = Order.DECAY
    shared = True
    family, color, marker = "penalty", "#009E73", "v"
    usual = Usual(place=3, rank=1)
    card = Card(
        title="Decoupled weight decay (AdamW)",
        summary="Shrinks every weight by a fixed share in each step, outside the loss.",
        formula="w ← w_new − lr·λ·w_old, with w_old the weight before the step",
        paper="Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, ICLR; arXiv:1711.05101",
        when="With adaptive optimizers, where an L2 penalty loses its meaning.",
        beware="What counts is the product lr·λ: change the learning rate and the decay changes with it. The "
        "optimizers adamw, lion and muon take a weight_decay too: that one is not tuned, and trains all methods alike, "
        "none too.",
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1e-2,
            neutral=0.0,
            grid=(1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0),
            help="λ, the share of a weight lost per step and unit of learning rate",
        ),
        BIASES,
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Subtract lr·λ·w_old from the parameters in scope."""
        share = rate.learning_rate * h["strength"]
        return {
            name: new[name] - share * factor * old[name] for name, factor in scope(new, h).items()
        }
