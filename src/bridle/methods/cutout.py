"""Cutout: hide a square of every image."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order
from bridle.methods.hook_types import Architecture, Batch, Context, Values
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_images
from bridle.tasks import Task


def inside(centre: Array, half: Array, sides: tuple[int, int]) -> Array:
    """Return which pixels lie in rectangles, `[..., H, W]`; rectangles may reach beyond the image.

    Args:
        centre: `[..., 2]`, row and column.
        half: `[..., 2]`, half of the height and of the width.
        sides: of the image.
    """
    found = []
    for axis, length in enumerate(sides):
        apart = jnp.abs(jnp.arange(length) + 0.5 - centre[..., axis, None])
        found.append(apart < half[..., axis, None])
    return found[0][..., :, None] & found[1][..., None, :]


def masked(x: Array, hidden: Array) -> Array:
    """Set the pixels of `x [B, H, W]` or `[B, H, W, C]` to 0 where `hidden [B, H, W]` is true."""
    return jnp.where(hidden if x.ndim == 3 else hidden[..., None], 0.0, x)


class Cutout(Method):
    """Sets a square at a random place of each image to 0, in training only."""

    name = "cutout"
    order = Order.INPUTS + 3
    family, color, marker = "data", "#797806", "D"
    card = Card(
        title="Cutout",
        summary="Hides a square of every image, so that no single part of it decides the prediction.",
        formula="x ← 0 in a square of side size·√(H·W) around a random pixel of each image",
        papers=(
            Paper(
                "DeVries, Terrance and Taylor, Graham W.",
                2017,
                "Improved Regularization of Convolutional Neural Networks with Cutout",
                arxiv="1708.04552",
                kind="misc",
            ),
        ),
        when="Images with more to see than one telling part.",
        beware="0 is the value of the background of many images, and the mean of standardized ones. The square may lie "
        "partly outside, as in the paper.",
        elsewhere={
            "Keras": "keras.layers.RandomErasing, of a random size, filled with noise by default",
            "torchvision": "torchvision.transforms.v2.RandomErasing, of a random size",
            "timm": "timm.data.random_erasing.RandomErasing, of a random size",
        },
    )
    hyperparameters = (
        Hyperparameter(
            name="size",
            domain=Real(0.0, 1.0),
            default=0.3,
            neutral=0.0,
            grid=(0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
            help="the side of the square, as a share of the image's",
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse examples that are no images."""
        return unless_images(network, "it hides squares of images")

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Hide a square of every image."""
        if ctx.draws is None:
            return batch
        size, height, width = batch.x.shape[:3]
        sides = jnp.array([height, width], jnp.float32)
        centre = ctx.draws.at(self.stream).uniform((size, 2)) * sides
        half = jnp.broadcast_to(0.5 * h["size"] * (height * width) ** 0.5, (size, 2))
        return batch._replace(x=masked(batch.x, inside(centre, half, (height, width))))
