"""BatchEnsemble: several networks that share their kernels and differ in how they scale inputs and outputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice, Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.hook_types import (
    Architecture,
    Batch,
    Context,
    Gradient,
    Params,
    Slot,
    Values,
    Variables,
)
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.tasks import Task
from bridle.wording import argument

if TYPE_CHECKING:
    from bridle.draws import Draws


def repeated(batch: Batch, times: int) -> Batch:
    """Return a batch that holds its examples several times, one copy after another; shares of all are kept."""
    copies: Batch = jax.tree.map(
        lambda leaf: jnp.concatenate([leaf] * times) if leaf.ndim else leaf, batch
    )
    return copies


class BatchEnsemble(Method):
    """Trains members that share every kernel and have scales and offsets of their own; their mean predicts."""

    name = "batch_ensemble"
    aliases = ("be", "rank_one_ensemble")
    likened = tuple(
        (
            name,
            "a deep ensemble is several networks trained apart, with any method. Refit a study with "
            f"{argument('ensemble', 8)}: it trains them, and measures what they gain. Members of one network, compared "
            "as a method, are batch_ensemble",
        )
        for name in ("deep_ensemble", "deep_ensembles", "ensemble")
    )
    order = Order.ENSEMBLE + 1
    family, color, marker = "averaging", "#993377", "D"
    card = Card(
        title="BatchEnsemble",
        summary="Trains several networks at once that share all kernels; each member only scales what enters and "
        "leaves a layer by vectors of its own, and the members' mean probability predicts.",
        formula="member m has W ∘ rₘsₘᵀ and b ∘ sₘ + strength·oₘ in the place of each kernel W and bias b, with rₘ, sₘ "
        "= 1 + strength·(ρₘ − 1) for learned ρₘ that begin at ±1 and oₘ at 0; loss: mean over members; p(x) = mean "
        "over members of softmax(fₘ(x))",
        papers=(
            Paper(
                "Wen, Yeming and Tran, Dustin and Ba, Jimmy",
                2020,
                "BatchEnsemble: An Alternative Approach to Efficient Ensemble and Lifelong Learning",
                "International Conference on Learning Representations",
                arxiv="2002.06715",
            ),
            Paper(
                "Gorishniy, Yury and Kotelnikov, Akim and Babenko, Artem",
                2025,
                "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
                "International Conference on Learning Representations",
                arxiv="2410.24210",
                about="start=input",
            ),
        ),
        when="An ensemble is wanted at the size of one network: tables above all, with start=input.",
        beware="A step and a prediction cost as much as those of a batch that is as many times larger. Every member "
        "sees the whole batch (the paper's divides it among them), with dropout masks of its own; batch norm's moments "
        "are over all members. Strength 0 is one network, strength 1 the papers' rule. Members always share their "
        "kernels up to factors of rank one: for independent networks train several, as bridle refit --ensemble does. "
        "Of a convolution the factors belong to channels. Residual networks are refused.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Predicts better probabilities.",
            "log_loss",
            ("1,000 labels",),
            reason="Members that share every kernel hardly differ: training and validation losses are those "
            "of one network.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0, 1.0),
            default=1.0,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
            help="how far members may differ: 0 is one network, 1 the papers' rule",
        ),
        Hyperparameter(
            name="members",
            domain=Integer(2, 1000),
            default=4,
            help="number of networks",
            static=True,
        ),
        Hyperparameter(
            name="start",
            domain=Choice(("every", "input")),
            default="every",
            help="which scales begin as random signs, not as 1: every layer's, or only those of the inputs (TabM's)",
            static=True,
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse residual networks, in which not everything that a layer returns meets a slot."""
        if any(slot.kind == "merge" for slot in network.slots()):
            return "it scales what every layer returns, and branches of residual blocks are added up unscaled"
        return None

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return each member's scales, and offsets of what layers return."""
        found: Params = {}
        for slot in slots:
            at, shape = f"{self.name}/{slot.name}", (self.static["members"], slot.features)
            signs = jnp.where(draws.at(slot.name).bernoulli(0.5, shape), 1.0, -1.0)
            random = self.static["start"] == "every" or slot.kind == "input"
            found[f"{at}/scale"] = signs if random else jnp.ones(shape)
            if slot.kind in ("pre", "logits"):
                found[f"{at}/offset"] = jnp.zeros(shape)
        return Variables(found, {})

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Repeat the batch for every member."""
        return repeated(batch, self.static["members"]) if ctx.train else batch

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Scale and shift each member's part of the batch; in evaluation there is one member."""
        if self.name in ctx.passed:  # one network
            return x
        at = f"{self.name}/{slot.name}"
        scale = 1.0 + h["strength"] * (params[f"{at}/scale"] - 1.0)
        offset = h["strength"] * params.get(f"{at}/offset", jnp.zeros_like(scale))
        if not ctx.train:
            return x * scale + offset
        each = x.reshape(len(scale), -1, *x.shape[1:])
        size = (len(scale), *(1 for _ in x.shape[:-1]), x.shape[-1])
        return (each * scale.reshape(size) + offset.reshape(size)).reshape(x.shape)

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Take the gradient of one copy of the batch at strength 0: in all it is the same, but not to the bit."""

        def found(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            rows = len(batch.weight) // self.static["members"]
            first: Batch = jax.tree.map(lambda leaf: leaf[:rows] if leaf.ndim else leaf, batch)
            passed = {**ctx.passed, self.name: h["strength"]}
            single = dataclasses.replace(ctx, weight=first.weight, passed=passed)
            both = gradient(params, first, single), gradient(params, batch, ctx)
            chosen: tuple[Params, Any] = jax.tree.map(
                lambda one, every: jnp.where(h["strength"] > 0.0, every, one), *both
            )
            return chosen

        return found

    def members(self, model: Variables, h: Values) -> Variables:
        """Return the scales and offsets, one set for each member."""
        own = {name: w for name, w in model.params.items() if name.startswith(f"{self.name}/")}
        return Variables(own, {})
