"""Random erasing: hide a rectangle of some images, or some numbers of some rows."""

from __future__ import annotations

import jax.numpy as jnp

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order
from bridle.methods.cutout import inside, masked
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.papers import Paper

AREAS, RATIOS = (0.02, 0.4), (0.3, 1 / 0.3)
"""Ranges of a rectangle's share of the image, and of its height to its width, as in the paper."""


class RandomErasing(Method):
    """Sets a random rectangle of an image, or a random share of a row's numbers, to 0 with some probability."""

    name = "random_erasing"
    order = Order.INPUTS + 4
    family, color, marker = "data", "#884507", "v"
    card = Card(
        title="Random erasing",
        summary="Hides a rectangle of random size and shape in some images; in tables, some numbers of some rows.",
        formula="with probability p: x ← 0 in a rectangle of 2 to 40 % of an image, its sides 0.3 to 3.3 to one; in 2 "
        "to 40 % of a row's numbers",
        papers=(
            Paper(
                "Zhong, Zhun and Zheng, Liang and Kang, Guoliang and Li, Shaozi and Yang, Yi",
                2020,
                "Random Erasing Data Augmentation",
                "AAAI Conference on Artificial Intelligence",
                volume="34",
                arxiv="1708.04896",
            ),
        ),
        when="Images with more to see than one telling part; tables whose columns say the same.",
        beware="The paper fills rectangles with random values; here they become 0, the mean of standardized inputs.",
        elsewhere={
            "Keras": "keras.layers.RandomErasing; its scale is of sides, and it fills with noise by default",
            "torchvision": "torchvision.transforms.v2.RandomErasing, p 0.5 by default",
            "timm": "timm.data.random_erasing.RandomErasing, probability 0.5 by default; --reprob of its training "
            "script",
        },
    )
    hyperparameters = (
        Hyperparameter(
            name="probability",
            domain=Real(0.0, 1.0),
            default=0.5,
            neutral=0.0,
            grid=(0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9),
            help="p, the share of examples of which something is hidden",
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Hide a part of some examples."""
        if ctx.draws is None:
            return batch
        draws = ctx.draws.at(self.stream)
        size = len(batch.x)
        chosen = draws.at("chosen").bernoulli(h["probability"], (size,))
        low, high = AREAS
        area = low + (high - low) * draws.at("area").uniform((size,))
        if batch.x.ndim == 2:
            hidden = draws.at("place").uniform(batch.x.shape) < (area * chosen)[:, None]
            return batch._replace(x=jnp.where(hidden, 0.0, batch.x))
        height, width = batch.x.shape[1:3]
        narrow, wide = RATIOS
        ratio = narrow * (wide / narrow) ** draws.at("ratio").uniform((size,))
        pixels = area * height * width
        half = 0.5 * jnp.sqrt(jnp.stack([pixels * ratio, pixels / ratio], axis=-1))
        half = jnp.minimum(half, 0.5 * jnp.array([height, width])) * chosen[:, None]
        free = jnp.array([height, width]) - 2.0 * half
        centre = half + draws.at("place").uniform((size, 2)) * free
        return batch._replace(x=masked(batch.x, inside(centre, half, (height, width))))
