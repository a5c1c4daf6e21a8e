"""L2-SP: a penalty on the distance from the first weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
from jax import Array

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import (
    Batch,
    Context,
    Forward,
    Loss,
    Params,
    Slot,
    Values,
    Variables,
    kernels,
)
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import STRENGTH

if TYPE_CHECKING:
    from bridle.draws import Draws


def distance(params: Params, first: Params) -> Array:
    """Return Σ(w − w₀)² over the parameters that have a value in `first`."""
    return sum(
        (jnp.square(params[name] - value).sum() for name, value in first.items()),
        start=jnp.zeros(()),
    )


class L2SP(Method):
    """Penalty λ Σ(w − w₀)² towards the weights w₀ that training began with."""

    name = "l2_sp"
    aliases = ("starting_point", "distance_to_initialization")
    order = Order.PENALTY + 8
    family, color, marker = "penalty", "#6E544B", "<"
    card = Card(
        title="L2 penalty from the first weights",
        summary="Pulls every weight back to its value before training, so that the network changes no more than the "
        "data ask for.",
        formula="loss + λ Σ(w − w₀)², w₀ the kernels before the first step",
        papers=(
            Paper(
                "Li, Xuhong and Grandvalet, Yves and Davoine, Franck",
                2018,
                "Explicit Inductive Bias for Transfer Learning with Convolutional Networks",
                "International Conference on Machine Learning",
                arxiv="1802.01483",
            ),
            Paper(
                "Hu, Wei and Li, Zhiyuan and Yu, Dingli",
                2020,
                "Simple and Effective Regularization Methods for Training on Noisily Labeled Data with Generalization "
                "Guarantee",
                "International Conference on Learning Representations",
                arxiv="1905.11368",
                about="from random weights",
            ),
        ),
        when="Labels are often wrong: fitting single labels needs long ways. In other frameworks also where a network "
        "that was trained on other data is trained further.",
        beware="The first weights here are random, and the output layer is pulled back to them too; wide networks move "
        "little by themselves. Models keep the first weights beside the trained ones. Reports count no penalty for it.",
        elsewhere={},
    )
    known_effects = (KnownEffect("Keeps weights near where they began.", "distance", ("digits",)),)
    hyperparameters = (STRENGTH,)

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "aside": "first",
                "initial": """
{{ enclosed("names = [", acted, "]") }}
statistics["first"] = {name: params[name]["kernel"] for name in names}
""",
                "loss": """
# towards the weights that training began with
for name, old in statistics["first"].items():
    apart = jnp.square(params[name]["kernel"] - old).sum()
    total = total + {{ strength }} * apart
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "prepared": "model.first = [w.detach().clone() for w in kernels(model{{ where }})]",
                "loss": """
# towards the weights that training began with
pairs = zip(kernels(model{{ where }}), model.first)
total = total + {{ strength }} * sum((w - old).square().sum() for w, old in pairs)
""",
            },
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Keep the kernels as they are before training."""
        return Variables({}, {self._place(name): kernel for name, kernel in kernels(first).items()})

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to the loss."""

        def pulled(params: Params, batch: Batch, ctx: Context) -> Forward:
            forward = loss(params, batch, ctx)
            known = {name: self._place(name) for name in params}
            first = {n: ctx.statistics[at] for n, at in known.items() if at in ctx.statistics}
            ctx.terms[self.name] = h["strength"] * distance(params, first)
            return forward

        return pulled

    def _place(self, kernel: str) -> str:
        return f"{self.name}/{kernel}/first"
