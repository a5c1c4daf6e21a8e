"""Data augmentation: jitter for points and tables; shifts, rotations, zoom, mirroring and elastic bends of images."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.geometry import origins, resampled, smooth_field
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.moved_images import MOVED_IN_JAX, MOVED_IN_TORCH
from bridle.methods.papers import Paper


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
        summary="Shows the network slightly changed examples: jittered points and tables; shifted, rotated, zoomed, "
        "mirrored and bent images.",
        formula="vectors: x ← x + strength·jitter·ε, ε ~ N(0, 1); images: rotation and shift drawn uniformly from "
        "±strength·rotation and ±strength·shift, size from (1 + strength·zoom)^±1, mirrored with the chance "
        "strength·flip, each pixel's place moved by smooth noise of the size strength·elastic; all in one resampling",
        papers=(
            Paper(
                "Simard, Patrice Y. and Steinkraus, Dave and Platt, John C.",
                2003,
                "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis",
                "International Conference on Document Analysis and Recognition",
                about="images",
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
        beware="A change that alters the meaning teaches errors: a 6 turned into a 9, a mirrored 2, noise larger than "
        "the distance between classes. So flip is 0 unless it is given, as are zoom and elastic: digits and letters "
        "are not theirs when mirrored. Photographs bear flip=0.5 at strength=1.",
        elsewhere={
            "Keras": "keras.layers.RandomTranslation, RandomRotation, RandomZoom, RandomFlip and "
            "RandomElasticTransform, of images, one after the other; GaussianNoise, of tables. A rotation's number "
            "is a share of a full turn, and pixels from outside are reflections by default",
            "torchvision": "torchvision.transforms.v2.RandomAffine (shift, rotation and zoom in one resampling, by "
            "nearest neighbours by default), RandomHorizontalFlip, and ElasticTransform, whose alpha is a "
            "displacement before smoothing",
            "timm": "timm.data.create_transform, which crops, flips and may add RandAugment",
        },
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
            help="factor on all amounts below",
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
        Hyperparameter(
            name="zoom",
            domain=Real(0.0),
            default=0.0,
            help="images: largest enlargement, as a share of the size, or the reduction that undoes it",
            axes=(2, 3),
        ),
        Hyperparameter(
            name="flip",
            domain=Real(0.0, 1.0),
            default=0.0,
            help="images: chance that left and right are exchanged",
            axes=(2, 3),
        ),
        Hyperparameter(
            name="elastic",
            domain=Real(0.0, 1.0),
            default=0.0,
            help="images: standard deviation of each pixel's own displacement, as a share of the side",
            axes=(2, 3),
            static=True,
        ),
        Hyperparameter(
            name="smoothness",
            domain=Real(0.0, 1.0, open_low=True),
            default=0.15,
            help="images: how far elastic displacements are alike, a Gaussian's σ as a share of the side",
            axes=(2, 3),
            static=True,
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
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
{% if zoom %}
{% set most = strength * zoom %}
keras.layers.RandomZoom(({{ 1 / (1 + most) - 1 }}, {{ most }}), fill_mode="constant"),
{% endif %}
{% if flip %}
keras.layers.RandomFlip("horizontal"),
{% endif %}
{%- endif %}
""",
            },
            differs="{% if shape | length > 1 %}Keras changes images one way after the other, so pixels are "
            "interpolated several times{% if zoom %}; it draws zooms evenly, not their logarithms{% endif %}."
            "{% endif %}",
            refuses="{% if shape | length > 1 and elastic %}its elastic displacements have another scale"
            "{% elif shape | length > 1 and flip and strength * flip != 0.5 %}its RandomFlip mirrors half of the "
            "images, and strength·flip is {{ strength * flip }}{% endif %}",
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
            refuses="{% if shape | length > 1 %}it moves images{% endif %}",
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Jitter vectors `[B, d]`; move images `[B, H, W]` or `[B, H, W, channels]`, all channels of one together."""
        if ctx.draws is None:
            return batch
        draws, strength = ctx.draws.at(self.stream), h["strength"]
        if batch.x.ndim == 2:
            return batch._replace(x=batch.x + strength * h["jitter"] * draws.normal(batch.x.shape))
        size, height, width = batch.x.shape[:3]
        sides = jnp.array([height, width], jnp.float32)

        def signed(name: str, shape: tuple[int, ...]) -> Array:
            return 2.0 * draws.at(name).uniform(shape) - 1.0

        angle = strength * jnp.deg2rad(h["rotation"]) * signed("rotation", (size,))
        zoom = jnp.exp(jnp.log1p(strength * h["zoom"]) * signed("zoom", (size,)))
        mirrored = draws.at("flip").bernoulli(strength * h["flip"], (size,))
        shift = strength * h["shift"] * sides * signed("shift", (size, 2))
        places = jax.vmap(functools.partial(origins, (height, width)))(angle, zoom, mirrored, shift)
        if self.static["elastic"]:
            noise = draws.at("elastic").normal((size, 2, height, width))
            bent = smooth_field(noise, self.static["smoothness"]).reshape(places.shape)
            places += strength * self.static["elastic"] * sides[:, None] * bent
        return batch._replace(x=jax.vmap(resampled)(batch.x, places))
