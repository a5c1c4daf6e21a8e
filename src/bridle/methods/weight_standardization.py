"""Weight standardization: kernels whose incoming weights have mean zero and one size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import (
    EMBEDDINGS,
    Context,
    Params,
    Slot,
    Values,
    Variables,
    is_kernel,
    layers,
)
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper

if TYPE_CHECKING:
    from bridle.draws import Draws

EPSILON = 1e-10


def standardized(kernel: Array) -> Array:
    """Return `kernel [..., in, out]` with mean 0 and variance 1/inputs over each unit's incoming weights."""
    axes = tuple(range(kernel.ndim - 1))
    centred = kernel - kernel.mean(axes)
    inputs = kernel.size // kernel.shape[-1]
    return centred * jax.lax.rsqrt(jnp.square(centred).mean(axes) * inputs + EPSILON)


class WeightStandardization(Method):
    """Standardizes every hidden kernel in the forward pass, and gives each unit a learned gain."""

    name = "weight_standardization"
    aliases = ("ws", "scaled_weight_standardization")
    order = Order.WEIGHTS + 3
    ends = True
    family, color, marker = "weights", "#66193E", "^"
    card = Card(
        title="Scaled weight standardization",
        summary="Gives every unit's incoming weights mean zero and one size, and learns the size as a number of its "
        "own.",
        formula="W ← gain·(W − mean)/√(var·n + ε) for the n incoming weights of each hidden unit or filter",
        papers=(
            Paper(
                "Qiao, Siyuan and Wang, Huiyu and Liu, Chenxi and Shen, Wei and Yuille, Alan",
                2019,
                "Micro-Batch Training with Batch-Channel Normalization and Weight Standardization",
                arxiv="1903.10520",
                kind="misc",
            ),
            Paper(
                "Brock, Andrew and De, Soham and Smith, Samuel L.",
                2021,
                "Characterizing Signal Propagation to Close the Performance Gap in Unnormalized ResNets",
                "International Conference on Learning Representations",
                arxiv="2101.08692",
                about="scaled, with gains",
            ),
        ),
        when="Deep networks with small batches, in place of batch norm or beside group norm.",
        beware="The logits' layer and embeddings are left alone. A unit with one input loses it. It is on or off.",
        elsewhere={
            "timm": "timm.layers.StdConv2d; ScaledStdConv2d with a learned gain, as in networks without "
            "normalization",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes deep networks without normalization learn.",
            "train_loss",
            ("deep",),
            reason="Bridle's first weights let 20 layers learn without it, too.",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "initial": """
{{ enclosed("for name in [", hidden, "]:") }}
    params[name]["gain"] = jnp.ones(shapes[name][-1])
""",
                "functions": """
def standardized(params):
    # incoming weights of mean 0 and of one size; each unit learns a gain
    new = dict(params)
    {{ enclosed("for name in [", hidden, "]:") | indent(4) }}
        w = params[name]["kernel"]
        axes = tuple(range(w.ndim - 1))
        centred = w - w.mean(axes)
        size = jnp.sqrt(jnp.square(centred).sum(axes) + 1e-10)
        new[name] = {**params[name], "kernel": params[name]["gain"] * centred / size}
    return new
""",
                "weights": """
params = standardized(params)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class Standardized(nn.Module):
    # incoming weights of mean 0 and of one size; each unit learns a gain

    def __init__(self, w):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(len(w)))

    def forward(self, w):
        rows = w.flatten(1)
        centred = rows - rows.mean(dim=1, keepdim=True)
        size = (centred.square().sum(dim=1) + 1e-10).sqrt()
        return (centred * (self.gain / size)[:, None]).view_as(w)
""",
                "prepared": """
#: from torch.nn.utils import parametrize
for layer in [one for one in model.modules() if isinstance(one, (nn.Linear, nn.Conv2d))][:-1]:
    own = Standardized(layer.weight)
    parametrize.register_parametrization(layer, "weight", own)
""",
            },
            refuses="{% if embedding %}the first layers are an embedding's{% endif %}",
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return a gain of 1 for every unit."""
        last = layers(first)[-1]
        return Variables(
            {
                self._gain(name): jnp.ones(kernel.shape[-1:])
                for name, kernel in first.items()
                if is_kernel(name) and name != last and not name.startswith(EMBEDDINGS)
            },
            {},
        )

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Standardize every kernel that has gains."""
        return {
            name: standardized(value) * params[self._gain(name)]
            if self._gain(name) in params
            else value
            for name, value in params.items()
        }

    def _gain(self, kernel: str) -> str:
        return f"{self.name}/{kernel}/gain"
