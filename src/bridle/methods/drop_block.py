"""DropBlock: zero connected squares of images while training."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_convolved
from bridle.tasks import Task


def kept(seeds: Array, block: int) -> Array:
    """Return 0 where a square of `block` pixels begins at a true element of `seeds [B, H, W, C]`, otherwise 1.

    `seeds` is `[B, H − block + 1, W − block + 1, C]`; the result is `[B, H, W, C]`.
    """
    margin = block - 1
    dropped = seeds
    for axis in (1, 2):  # a square is a line of lines
        pad = [(0, 0)] * 4
        pad[axis] = (margin, margin)
        padded = jnp.pad(dropped, pad)
        size = dropped.shape[axis] + margin
        dropped = padded[(slice(None),) * axis + (slice(0, size),)]
        for start in range(1, block):
            dropped = dropped | padded[(slice(None),) * axis + (slice(start, start + size),)]
    return 1.0 - dropped.astype(jnp.float32)


class DropBlock(Method):
    """Drops squares after convolutions, for each example and channel by itself, in training only."""

    name = "drop_block"
    slows = True
    order = Order.ACTIVATIONS + 4
    family, color, marker = "noise", "#4269F5", "D"
    card = Card(
        title="DropBlock",
        summary="Drops connected squares of a convolution's channels, so that what is hidden cannot be read from the "
        "pixels beside it.",
        formula="m = 0 in squares of block×block that begin anywhere with probability γ, so that a share rate is "
        "dropped; h ← h·m·count/Σm for each example",
        papers=(
            Paper(
                "Ghiasi, Golnaz and Lin, Tsung-Yi and Le, Quoc V.",
                2018,
                "DropBlock: A Regularization Method for Convolutional Networks",
                "Advances in Neural Information Processing Systems",
                volume="31",
                arxiv="1810.12890",
            ),
        ),
        when="Convolutional networks that overfit.",
        beware="The paper raises the rate from 0 over training; here it is constant. Squares are cut to images smaller "
        "than them. The scale is each example's own, so that examples do not depend on the batch.",
        elsewhere={
            "torchvision": "torchvision.ops.DropBlock2d; one scale for the whole batch, where this has one for each "
            "example",
            "timm": "timm.layers.DropBlock2d, drop_prob 0.1 and block_size 7 by default; one mask for all channels, "
            "unless couple_channels=False",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network robust to missing parts of an image.",
            "erased",
            ("convolutions",),
            ("drop_block", "drop_block(rate=0.3)"),
            options={"share": 0.4},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.1,
            neutral=0.0,
            grid=(0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
            help="the share of activations dropped, if no squares overlapped",
        ),
        Hyperparameter(
            name="block",
            domain=Integer(1, 1000),
            default=3,
            help="the side of a square in pixels",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": """
def drop_block(x, rate, key, layer):
    # squares of {{ block }} pixels, in training
    if key is None:
        return x
    count, height, width, channels = x.shape
    side = min({{ block }}, height, width)
    free = (height - side + 1, width - side + 1)
    share = rate / side**2 * (height * width) / (free[0] * free[1])
    own, size = jax.random.fold_in(key, layer), (count, *free, channels)
    first = jax.random.bernoulli(own, share, size).astype(x.dtype)
    around = ((0, 0), (side - 1, side - 1), (side - 1, side - 1), (0, 0))
    square, stride = (1, side, side, 1), (1, 1, 1, 1)
    dropped = jax.lax.reduce_window(
        jnp.pad(first, around), 0.0, jax.lax.max, square, stride, "VALID"
    )
    kept = 1 - dropped
    return x * kept / jnp.maximum(kept.mean(axis=(1, 2, 3), keepdims=True), 1e-6)
""",
                "post": "{% if kind == 'conv' %}x = drop_block(x, {{ rate }}, key, {{ layer }}){% endif %}",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class DropBlock(nn.Module):
    # drops squares of {{ block }} pixels, in training

    def forward(self, x):
        if not self.training:
            return x
        height, width = x.shape[2:]
        side = min({{ block }}, height, width)
        free = (height - side + 1, width - side + 1)
        share = {{ rate }} / side**2 * (height * width) / (free[0] * free[1])
        first = (torch.rand(*x.shape[:2], *free) < share).float()
        kept = 1 - F.max_pool2d(F.pad(first, [side - 1] * 4), side, stride=1)
        return x * kept / kept.mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6)
""",
                "post": "{% if kind == 'conv' %}DropBlock(),{% endif %}",
            },
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks without convolutions."""
        return unless_convolved(network, "it drops squares of convolutions")

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Drop squares after each convolution's activation and pooling."""
        if ctx.draws is None or slot.kind != "post" or x.ndim != 4:
            return x
        size, height, width, channels = x.shape
        block = min(self.static["block"], height, width)
        free = (height - block + 1, width - block + 1)
        gamma = h["rate"] / block**2 * (height * width) / (free[0] * free[1])
        seeds = ctx.draws.at(self.stream, slot.name).bernoulli(gamma, (size, *free, channels))
        mask = kept(seeds, block)
        count = mask.sum(axis=(1, 2, 3), keepdims=True)
        return x * mask * (height * width * channels / jnp.maximum(count, 1.0))
