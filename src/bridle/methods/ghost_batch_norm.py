"""Ghost batch normalization: batch normalization over parts of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.batch_norm import (
    MOMENTS,
    VARIANCE_SHIFT,
    BatchNorm,
    by_moments,
    moving,
    standardize,
)
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper

if TYPE_CHECKING:
    from bridle.draws import Draws


def parts(x: Array, size: int) -> Array:
    """Return `x [B, ...]` in parts of `size` examples, `[parts, size, ...]`; zeros fill the last."""
    missing = -len(x) % size
    filled = jnp.pad(x, [(0, missing), *((0, 0) for _ in x.shape[1:])])
    return filled.reshape(-1, size, *x.shape[1:])


def after(kept: Array, found: Array, keep: Array, there: Array) -> Array:
    """Return the moving moments `[features]` after those of one part after another.

    Args:
        kept: the moving moments before, `[features]`.
        found: of each part, `[parts, features]`.
        keep: the share of the old ones kept with each part.
        there: whether a part counts, `[parts]`.
    """
    # the share of a part falls with every later part that counts
    later = there.sum() - jnp.cumsum(there)
    shares = jnp.where(there, (1.0 - keep) * keep**later, 0.0)
    return keep ** there.sum() * kept + jnp.einsum("p,pf->f", shares, found)


class GhostBatchNorm(Method):
    """Normalizes each feature over parts of the batch, before the activation function."""

    name = "ghost_batch_norm"
    aliases = ("gbn", "ghost_bn", "ghost_batch_normalization", "virtual_batch_norm")
    order = Order.NORMALIZATION + 4
    family, color, marker = "normalization", "#0AA3C2", "v"
    clashes = dict.fromkeys(("dropout", "gaussian_dropout", "mc_dropout", "r_drop"), VARIANCE_SHIFT)
    least_batch = 2
    card = Card(
        title="Ghost batch normalization",
        summary="Batch normalization over small parts of each batch, so that large batches keep the noise of small "
        "ones, which regularizes.",
        formula="h ← scale·(h − mean)/√(var + ε) + offset, moments over a part of the batch in training, moving "
        "moments, moved by one part after another, in evaluation",
        papers=(
            Paper(
                "Hoffer, Elad and Hubara, Itay and Soudry, Daniel",
                2017,
                "Train longer, generalize better: closing the generalization gap in large batch training of neural "
                "networks",
                "Advances in Neural Information Processing Systems",
                volume="30",
                arxiv="1705.08741",
            ),
        ),
        when="Large batches, where batch norm has become too quiet.",
        beware="Parts of as many examples as a batch, or more, are batch_norm. A last part of a single example is "
        "treated as in evaluation, by the moments before the step, because an example equals its own mean. Small parts "
        "make the moments noisy, and evaluation has none of that noise. It is on or off: compare sizes by name, as in "
        "ghost_batch_norm(size=8),ghost_batch_norm(size=16).",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Predicts better than batch norm where batches are large.",
            "accuracy",
            ("large batches",),
            against="batch_norm",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="size",
            domain=Integer(2, 100_000),
            default=16,
            help="examples of a part",
            static=True,
        ),
        *MOMENTS,
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            refuses="it no longer has virtual batches, as TensorFlow 1 had by virtual_batch_size"
        ),
        optax=Counterpart(
            code={
                **BatchNorm.counterparts["optax"].code,
                "functions": """
def normalized(x, layer, moving, train):
    # moments of each part of the batch in training, moving ones in evaluation
    axes = tuple(range(x.ndim - 1))
    if not train:
        x = (x - moving["mean"]) / jnp.sqrt(moving["variance"] + {{ epsilon }})
        return x * layer["scale"] + layer["offset"], moving
    parts, before = [], moving
    for start in range(0, len(x), {{ size }}):
        part = x[start : start + {{ size }}]
        if part[..., 0].size > 1:
            mean, variance = part.mean(axes), part.var(axes)
            share = {{ 1 - momentum }}  # of the new moments
            moving = {
                "mean": (1 - share) * moving["mean"] + share * mean,
                "variance": (1 - share) * moving["variance"] + share * variance,
            }
        else:  # a lone example
            mean, variance = before["mean"], before["variance"]
        parts.append((part - mean) / jnp.sqrt(variance + {{ epsilon }}))
    return jnp.concatenate(parts) * layer["scale"] + layer["offset"], moving
""",
            },
            refuses="{% if 'batch_norm' in names %}batch norm's moments have the same names{% endif %}",
        ),
        pytorch=Counterpart(
            code={
                "moments": "moving",
                "functions": '''
class Ghost(nn.Module):
    """Batch normalization of each part of a batch."""

    def __init__(self, norm, units):
        super().__init__()
        # momentum is the share of the new moments; the moving variance is the unbiased one
        self.norm = norm(units, eps={{ epsilon }}, momentum={{ 1 - momentum }})

    def forward(self, x):
        if not self.training:
            return self.norm(x)
        found = []
        for part in x.split({{ size }}):
            self.norm.train(part[:, 0].numel() > 1)  # torch refuses a lone example
            found.append(self.norm(part))
        return torch.cat(found)
''',
                "pre": "Ghost(nn.BatchNorm{{ 2 if kind == 'conv' else 1 }}d, {{ units }}),",
            },
            differs="A lone example at the end of a batch is normalized by moments that the batch has moved already.",
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Return scale and offset, moving mean and variance, for every slot before an activation."""
        return moving(self.name, slots)

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Normalize before the activation; training moves the moving moments."""
        if slot.kind != "pre":
            return x
        at = f"{self.name}/{slot.name}"
        scale, offset = params[f"{at}/scale"], params[f"{at}/offset"]
        old = ctx.statistics[f"{at}/mean"], ctx.statistics[f"{at}/variance"]
        still = by_moments(x, old, scale, offset, h["epsilon"])
        if not ctx.train:
            return still

        size, pixels = min(self.static["size"], len(x)), x[0].size // x.shape[-1]
        rows = parts(x, size)
        weight = jnp.repeat(parts(ctx.weight, size), pixels, axis=1)
        counts = weight.sum(1)
        each = jax.vmap(standardize, in_axes=(0, 0, None, None, None))
        share = weight / jnp.maximum(counts, 1.0)[:, None]
        flat = rows.reshape(len(rows), -1, x.shape[-1])  # [parts, examples and pixels, features]
        normal, *moments = each(flat, share, scale, offset, h["epsilon"])
        there = counts > 1.0
        for name, before, found in zip(("mean", "variance"), old, moments, strict=True):
            if ctx.kept is None:
                moved = after(before, found, h["momentum"], there)
            else:  # a mean over examples
                own = jnp.where(there, counts, 0.0)
                mean = jnp.einsum("p,pf->f", own / jnp.maximum(own.sum(), 1.0), found)
                moved = ctx.kept * before + (1.0 - ctx.kept) * mean
            ctx.statistics[f"{at}/{name}"] = jax.lax.stop_gradient(moved)
        whole = normal.reshape(-1, *x.shape[1:])[: len(x)]
        normalized = jnp.repeat(there, size)[: len(x)].reshape(-1, *(1 for _ in x.shape[1:]))
        return jnp.where(normalized, whole, still)
