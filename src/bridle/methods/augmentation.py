"""Data augmentation: jitter for points and tables, small shifts and rotations for images."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Card, Hyperparameter, Method, Order, Usual
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def turn_and_shift(image: Array, angle: Array, shift: Array) -> Array:
    """Rotate `image [H, W]` by `angle` radians about its centre and move it by `shift [2]` pixels.

    Pixels are interpolated bilinearly; what comes from outside is 0.
    """
    height, width = image.shape
    centre = jnp.array([(height - 1) / 2, (width - 1) / 2])
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    turn = jnp.stack([jnp.stack([cos, sin]), jnp.stack([-sin, cos])])
    start = centre - (turn * (centre + shift)).sum(axis=1)
    places = jnp.indices((height, width), dtype=jnp.float32).reshape(2, -1)
    # where each pixel comes from, as one matrix product: XLA would draw and compute the angle anew for every pixel
    affine = jnp.concatenate([turn, start[:, None]], axis=1)
    homogeneous = jnp.concatenate([places, jnp.ones((1, height * width))])
    y, x = jnp.matmul(affine, homogeneous, precision="highest")
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = y - top, x - left
    padded = jnp.pad(image, 1).ravel()

    def pixel(row: Array, column: Array) -> Array:
        i = jnp.clip(row + 1, 0, height + 1).astype(jnp.int32)
        j = jnp.clip(column + 1, 0, width + 1).astype(jnp.int32)
        return padded.at[i * (width + 2) + j].get(mode="promise_in_bounds")

    upper = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right
    lower = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right
    moved: Array = upper * (1 - down) + lower * down
    return moved.reshape(height, width)


MOVED_IN_JAX = """
{% if shape | length > 1 %}
def moved(key, image):
    # rotated and shifted at random, with 0 from outside
    turning, shifting = jax.random.split(key)
    most, sides = np.deg2rad({{ strength * rotation }}), jnp.array(image.shape[:2])
    angle = jax.random.uniform(turning, minval=-most, maxval=most)
    shift = {{ strength * shift }} * sides * jax.random.uniform(shifting, 2, minval=-1, maxval=1)
    middle, cos, sin = (sides - 1) / 2, jnp.cos(angle), jnp.sin(angle)
    pixels = jnp.indices(image.shape[:2]) - (middle + shift)[:, None, None]
    places = jnp.tensordot(jnp.array([[cos, sin], [-sin, cos]]), pixels, 1)
    places = list(places + middle[:, None, None])

    def one(channel):
        return jax.scipy.ndimage.map_coordinates(channel, places, order=1)

    return {{ "one(image)" if shape | length == 2 else "jax.vmap(one, 2, 2)(image)" }}
{% endif %}"""
"""Rotation and shift of images in JAX, for recipes."""

MOVED_IN_TORCH = """
{% if shape | length > 1 %}
def moved(images):
    # rotated and shifted at random, with 0 from outside
    count, (height, width) = len(images), images.shape[2:]
    angle = np.deg2rad({{ strength * rotation }}) * (2 * torch.rand(count) - 1)
    shift = {{ strength * shift }} * (2 * torch.rand(count, 2) - 1)
    # in units of half a side
    down = shift[:, 0] * 2 * height / (height - 1)
    across = shift[:, 1] * 2 * width / (width - 1)
    cos, sin, ratio = torch.cos(angle), torch.sin(angle), (height - 1) / (width - 1)
    first = [cos, -sin * ratio, -cos * across + sin * ratio * down]
    second = [sin / ratio, cos, -sin / ratio * across - cos * down]
    turn = torch.stack([torch.stack(first, 1), torch.stack(second, 1)], 1)
    grid = F.affine_grid(turn, list(images.shape), align_corners=True)
    return F.grid_sample(images, grid, align_corners=True)
{% endif %}"""
"""The same in PyTorch."""


class Augmentation(Method):
    """Changes every training input a little in each step, in ways that leave its label true."""

    name = "augmentation"
    aliases = ("augment", "data_augmentation")
    family, color, marker = "data", "#999933", "o"
    slows = True
    usual = Usual(place=8, rank=8)
    order = Order.INPUTS
    card = Card(
        title="Data augmentation",
        summary="Shows the network slightly changed examples: jittered points and tables, shifted and "
        "rotated images.",
        formula="vectors: x ← x + strength·jitter·ε, ε ~ N(0, 1); images: rotation and shift drawn "
        "uniformly from ±strength·rotation and ±strength·shift",
        papers=(
            Paper(
                "Simard, Patrice Y. and Steinkraus, Dave and Platt, John C.",
                2003,
                "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis",
                "International Conference on Document Analysis and Recognition",
            ),
            Paper(
                "Bishop, Christopher M.",
                1995,
                "Training with Noise Is Equivalent to Tikhonov Regularization",
                "Neural Computation",
                volume="7",
                kind="article",
                about="jitter",
            ),
        ),
        when="Small data sets whose labels survive small changes of the input.",
        beware="A change that alters the meaning (a 6 turned into a 9, noise larger than the distance "
        "between classes) teaches errors.",
    )
    known_effects = (
        KnownEffect(
            "Makes up for missing labels.", "accuracy", ("100 labels", "500 labels", "1,000 labels")
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.2,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
            help="factor on the jitter, shift and rotation below",
        ),
        Hyperparameter(
            name="jitter",
            domain=Real(0.0),
            default=1.0,
            help="vectors: standard deviation of the noise, in units of the scaled features",
            axes=(1,),
        ),
        Hyperparameter(
            name="shift",
            domain=Real(0.0, 1.0),
            default=0.15,
            help="images: largest shift, as a share of the side",
            axes=(2, 3),
        ),
        Hyperparameter(
            name="rotation",
            domain=Real(0.0, 180.0),
            default=25.0,
            help="images: largest rotation, in degrees",
            axes=(2, 3),
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            name="keras.layers.GaussianNoise; RandomTranslation and RandomRotation",
            code={
                "input": """
{% if shape | length == 1 %}
keras.layers.GaussianNoise({{ strength * jitter }}),
{%- else %}
{% if shape | length == 2 %}
keras.layers.Reshape({{ shape + (1,) }}),
{% endif %}
keras.layers.RandomTranslation(
    {{ strength * shift }},
    {{ strength * shift }},
    fill_mode="constant",
),
# a share of a full turn
keras.layers.RandomRotation({{ strength * rotation / 360 }}, fill_mode="constant"),
{%- endif %}
""",
            },
            differs="{% if shape | length > 1 %}Keras shifts and rotates one after the other, so pixels are "
            "interpolated twice.{% endif %}",
        ),
        optax=Counterpart(
            code={
                "batch": """
own = jax.random.fold_in(key, 4000)
{% if shape | length == 1 %}
x = x + {{ strength * jitter }} * jax.random.normal(own, x.shape)
{% else %}
x = jax.vmap(moved)(jax.random.split(own, len(x)), x)
{% endif %}
""",
                "functions": MOVED_IN_JAX,
            },
        ),
        pytorch=Counterpart(
            name="torchvision.transforms.v2.RandomAffine, for images",
            code={
                "batch": """
{% if shape | length == 1 %}
xs = xs + {{ strength * jitter }} * torch.randn_like(xs)
{% elif shape | length == 2 %}
xs = moved(xs[:, None])[:, 0]
{% else %}
xs = moved(xs)
{% endif %}
""",
                "functions": MOVED_IN_TORCH,
            },
        ),
        sklearn=Counterpart(
            code={
                "batch": """
jitter = random.normal(scale={{ strength * jitter }}, size=xs.shape)
xs = xs + jitter.astype(np.float32)
"""
            },
            refuses="{% if shape | length > 1 %}it shifts and rotates images{% endif %}",
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Jitter vectors `[B, d]`; rotate and shift images `[B, H, W]` or `[B, H, W, channels]`."""
        if ctx.draws is None:
            return batch
        draws = ctx.draws.at(self.stream)
        if batch.x.ndim == 2:
            noise = draws.normal(batch.x.shape)
            return batch._replace(x=batch.x + h["strength"] * h["jitter"] * noise)
        size = batch.x.shape[0]
        sides = jnp.array(batch.x.shape[1:3], jnp.float32)
        signed = 2.0 * draws.at("shift").uniform((size, 2)) - 1.0
        shift = h["strength"] * h["shift"] * sides * signed
        turn = 2.0 * draws.at("rotation").uniform((size,)) - 1.0
        angle = h["strength"] * jnp.deg2rad(h["rotation"]) * turn
        move = turn_and_shift
        if batch.x.ndim == 4:  # all channels of an image move together
            move = jax.vmap(turn_and_shift, in_axes=(2, None, None), out_axes=2)
        return batch._replace(x=jax.vmap(move)(batch.x, angle, shift))
