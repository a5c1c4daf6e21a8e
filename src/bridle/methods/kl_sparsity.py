"""KL sparsity: units that are active for few examples."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.tasks import Task
from bridle.wording import argument

LEAST = 1e-6
"""Distance that mean activations keep from 0 and 1, where the divergence is infinite."""


def divergence(target: Array | float, mean: Array) -> Array:
    """Return KL(target ‖ mean) between Bernoulli distributions, elementwise."""
    mean = jnp.clip(mean, LEAST, 1.0 - LEAST)
    off = (1.0 - target) * (jnp.log1p(-target) - jnp.log1p(-mean))
    return target * (jnp.log(target) - jnp.log(mean)) + off


class KLSparsity(Method):
    """Penalty λ Σ KL(ρ ‖ ρ̂) over hidden units, ρ̂ a unit's mean activation over the batch."""

    name = "kl_sparsity"
    aliases = ("sparse_activations", "kl_divergence_sparsity")
    order = Order.PENALTY + 9
    family, color, marker = "penalty", "#A98770", "*"
    card = Card(
        title="KL sparsity penalty",
        summary="Pulls the mean activation of every hidden unit towards a small number, so that each unit answers to "
        "few examples.",
        formula="loss + λ Σ over units of ρ·log(ρ/ρ̂) + (1 − ρ)·log((1 − ρ)/(1 − ρ̂)), ρ̂ the unit's mean activation over "
        "the examples of the batch",
        papers=(
            Paper(
                "Ng, Andrew",
                2011,
                "Sparse Autoencoder",
                url="https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf",
                kind="misc",
            ),
        ),
        when="Sigmoid networks whose units should be features that can be read one by one.",
        beware="The mean is over a batch, so small batches ask for sparsity within each. Activations must lie between "
        "0 and 1: other activation functions are refused; activity_l1 has no such limits.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Makes sigmoid units fire rarely.", "mean_activation", ("sigmoid",)),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1e-2,
            neutral=0.0,
            grid=(1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1),
            help="λ, the weight of the penalty",
        ),
        Hyperparameter(
            name="target",
            domain=Real(0.0, 1.0, open_low=True, open_high=True),
            default=0.05,
            help="ρ, the mean activation that units are pulled to",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "aside": "sparsity",
                "initial": """statistics["sparsity"] = jnp.zeros(())""",
                "weights": """statistics = {**statistics, "sparsity": jnp.zeros(())}""",
                "functions": """
def divergence_from_target(x):
    # of each unit's mean activation from {{ target }}
    mean = x.mean(axis=tuple(range(x.ndim - 1))).clip(1e-6, 1 - 1e-6)
    off = {{ 1 - target }} * jnp.log({{ 1 - target }} / (1 - mean))
    return ({{ target }} * jnp.log({{ target }} / mean) + off).sum()
""",
                "post": """statistics["sparsity"] += divergence_from_target(x)""",
                "loss": """total = total + {{ strength }} * statistics["sparsity"]""",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class Sparsity(nn.Module):
    # keeps how far each unit's mean activation is from {{ target }}, for the loss

    def forward(self, x):
        mean = x.transpose(0, 1).flatten(1).mean(1).clamp(1e-6, 1 - 1e-6)
        off = {{ 1 - target }} * torch.log({{ 1 - target }} / (1 - mean))
        self.divergence = ({{ target }} * torch.log({{ target }} / mean) + off).sum()
        return x
""",
                "post": "Sparsity(),",
                "loss": """
found = [one for one in model.modules() if isinstance(one, Sparsity)]
total = total + {{ strength }} * sum(one.divergence for one in found)
""",
            },
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse activations that are no shares."""
        if network.activation == "sigmoid":
            return None
        return (
            f"it takes activations between 0 and 1, and this network's are those of {network.activation}; "
            f"{argument('activation', 'sigmoid')} has such"
        )

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Add the penalty on the units of a hidden layer, or on the channels of images."""
        if ctx.train and slot.kind == "post":
            mean = (ctx.weight @ x.reshape(len(x), -1, slot.features).mean(1)) / ctx.weight.sum()
            ctx.terms[f"{self.name}/{slot.name}"] = (
                h["strength"] * divergence(h["target"], mean).sum()
            )
        return x
