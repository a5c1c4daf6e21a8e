"""Cutout: hide a square of every image."""

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
    known_effects = (
        KnownEffect(
            "Makes the network robust to missing parts of an image.",
            "erased",
            ("digits",),
            options={"share": 0.4},
        ),
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

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "batch": """
row, column = random.random((2, len(xs), 1))
half = {{ size / 2 * (shape[0] * shape[1]) ** 0.5 }}
down = np.abs(np.arange({{ shape[0] }}) + 0.5 - row * {{ shape[0] }}) < half
across = np.abs(np.arange({{ shape[1] }}) + 0.5 - column * {{ shape[1] }}) < half
hidden = down[:, :, None] & across[:, None]
xs = np.where(hidden{{ "[..., None]" if shape | length == 3 }}, 0, xs)
""",
            },
        ),
        optax=Counterpart(
            code={
                "batch": """
row, column = jax.random.uniform(jax.random.fold_in(key, 4100), (2, len(x), 1))
half = {{ size / 2 * (shape[0] * shape[1]) ** 0.5 }}
down = jnp.abs(jnp.arange({{ shape[0] }}) + 0.5 - row * {{ shape[0] }}) < half
across = jnp.abs(jnp.arange({{ shape[1] }}) + 0.5 - column * {{ shape[1] }}) < half
hidden = down[:, :, None] & across[:, None]
x = jnp.where(hidden{{ "[..., None]" if shape | length == 3 }}, 0, x)
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "batch": """
row, column = torch.rand(2, len(xs), 1)
half = {{ size / 2 * (shape[0] * shape[1]) ** 0.5 }}
down = (torch.arange({{ shape[0] }}) + 0.5 - row * {{ shape[0] }}).abs() < half
across = (torch.arange({{ shape[1] }}) + 0.5 - column * {{ shape[1] }}).abs() < half
hidden = down[:, :, None] & across[:, None]
{% if images %}
xs = xs.masked_fill(hidden[:, None], 0)
{% else %}
xs = xs.masked_fill(hidden{{ "[..., None]" if shape | length == 3 }}, 0)
{% endif %}
""",
            },
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
