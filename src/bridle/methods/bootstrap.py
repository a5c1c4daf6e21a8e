"""Bootstrapped targets: believe the labels a little less, and the network's own predictions a little."""

from __future__ import annotations

import jax
from jax import Array

from bridle.domains import Choice, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.confidence_penalty import entropy
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Batch, Context, Forward, Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_classes
from bridle.tasks import Task


def own_loss(logits: Array, kind: str) -> Array:
    """Return the cross-entropy `[B]` of predictions with themselves (soft), or with their largest class (hard)."""
    return entropy(logits) if kind == "soft" else -jax.nn.log_softmax(logits).max(-1)


def own_loss_code(exp: str, total: str, largest: str) -> str:
    """Return lines that mix each example's loss with the loss of its own prediction, for recipes.

    Args:
        exp: how the framework writes the exponential.
        total: likewise the sum.
        largest: likewise the maximum.
    """
    return f"""
log_p = log_probabilities(outputs)
{{% if kind == "hard" %}}
own = -{largest}(log_p, 1)
{{% else %}}
own = -{total}({exp}(log_p) * log_p, 1)
{{% endif %}}
each = {{{{ 1 - strength }}}} * each + {{{{ strength }}}} * own
"""


class Bootstrap(Method):
    """Trains towards a mixture of each label and what the network predicts."""

    name = "bootstrap"
    aliases = ("bootstrapping",)
    order = Order.TARGETS + 3
    family, color, marker = "targets", "#165A2B", "o"
    card = Card(
        title="Bootstrapped targets",
        summary="Trusts the network's own prediction with a share of every target, so that single wrong labels pull "
        "less.",
        formula="(1 − s)·CE(y, p) + s·CE(q, p), with q = p (soft) or the predicted class (hard); "
        "the paper's β is 1 − s",
        papers=(
            Paper(
                "Reed, Scott and Lee, Honglak and Anguelov, Dragomir and Szegedy, Christian and Erhan, Dumitru "
                "and Rabinovich, Andrew",
                2014,
                "Training Deep Neural Networks on Noisy Labels with Bootstrapping",
                arxiv="1412.6596",
                kind="misc",
            ),
        ),
        when="Wrong labels among the training examples.",
        beware="It trusts the network from the first step on, when it knows nothing: keep the share small, or train "
        "long.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Makes training robust to wrong labels.",
            "accuracy",
            ("wrong labels",),
            ("bootstrap", "bootstrap(strength=0.6)"),
            reason="At strength 0.2 it learns the wrong labels as well (training loss 0.17 instead of 0.16); "
            "at 0.6 it is found.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.2,
            neutral=0.0,
            grid=(0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6),
            help="s, the share of the target that is the network's own prediction",
        ),
        Hyperparameter(
            name="kind",
            domain=Choice(("hard", "soft")),
            default="hard",
            help="hard: towards the predicted class; soft: towards all predicted probabilities",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(code={"losses": own_loss_code("ops.exp", "ops.sum", "ops.max")}),
        optax=Counterpart(code={"losses": own_loss_code("jnp.exp", "jnp.sum", "jnp.max")}),
        pytorch=Counterpart(code={"losses": own_loss_code("torch.exp", "torch.sum", "torch.amax")}),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse targets that are no classes."""
        return unless_classes(task, "it mixes labels with predicted classes")

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Mix each example's loss with the loss of its own prediction."""

        def mixed(params: Params, batch: Batch, ctx: Context) -> Forward:
            forward = loss(params, batch, ctx)
            own = own_loss(forward.outputs, self.static["kind"])
            losses = (1.0 - h["strength"]) * forward.losses + h["strength"] * own
            return forward._replace(losses=losses)

        return mixed
