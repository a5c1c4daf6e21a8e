"""Swap noise: replace numbers of a table row by those of other rows."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.tasks import Task


def donors(uniform: Array, weight: Array) -> Array:
    """Return row numbers, of the shape of `uniform`, drawn evenly from the rows that have a `weight [B]`."""
    real = weight > 0
    first = jnp.argsort(~real, stable=True)  # padding comes last
    count = jnp.maximum(real.sum(), 1)
    return first[jnp.minimum((uniform * count).astype(jnp.int32), count - 1)]


_SWAPPED = """
donors = random.integers(len(xs), size=xs.shape)
swapped = random.random(xs.shape) < {{ rate }}
xs = np.where(swapped, np.take_along_axis(xs, donors, axis=0), xs)
"""
"""Lines of recipes in NumPy."""


class SwapNoise(Method):
    """Replaces a share of a row's numbers by the same columns of random rows of the batch, in training only."""

    name = "swap_noise"
    aliases = ("swap_augmentation",)
    order = Order.INPUTS + 2
    family, color, marker = "data", "#478807", "P"
    card = Card(
        title="Swap noise",
        summary="Hides some columns of every row behind values that other rows have, so that each column keeps its "
        "own distribution.",
        formula="x[i, j] ← x[k, j] with probability rate, k a random row of the batch for each number",
        papers=(
            Paper(
                "Yoon, Jinsung and Zhang, Yao and Jordon, James and van der Schaar, Mihaela",
                2020,
                "VIME: Extending the Success of Self- and Semi-supervised Learning to Tabular Domain",
                "Advances in Neural Information Processing Systems",
                volume="33",
            ),
        ),
        when="Tables with columns of different kinds, for which additive noise makes no sense.",
        beware="The columns of one category are swapped one by one, so a row may get two categories at once, or none.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect(
            "Makes the network robust to columns that are wrong.",
            "swapped",
            ("columns",),
            ("swap_noise", "swap_noise(rate=0.3)"),
            options={"share": 0.3},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.1,
            neutral=0.0,
            grid=(0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
            help="the share of numbers replaced",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(code={"batch": _SWAPPED}),
        optax=Counterpart(
            code={
                "batch": """
choosing, swapping = jax.random.split(jax.random.fold_in(key, 4300))
rows = jax.random.randint(choosing, x.shape, 0, len(x))
swapped = jax.random.bernoulli(swapping, {{ rate }}, x.shape)
x = jnp.where(swapped, jnp.take_along_axis(x, rows, axis=0), x)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "batch": """
others = xs.gather(0, torch.randint(len(xs), xs.shape))
xs = torch.where(torch.rand_like(xs) < {{ rate }}, others, xs)
""",
            },
        ),
        sklearn=Counterpart(code={"batch": _SWAPPED}),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse images."""
        if len(network.shape) == 1:
            return None
        return "it swaps columns of tables, and the examples are images"

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Replace numbers of the inputs `[B, d]`."""
        if ctx.draws is None:
            return batch
        draws = ctx.draws.at(self.stream)
        rows = donors(draws.at("row").uniform(batch.x.shape), batch.weight)
        others = jnp.take_along_axis(batch.x, rows, axis=0)
        swapped = draws.at("swap").bernoulli(h["rate"], batch.x.shape)
        return batch._replace(x=jnp.where(swapped, others, batch.x))
