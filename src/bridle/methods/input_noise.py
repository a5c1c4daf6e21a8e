"""Input noise: train on examples with normal noise."""

from __future__ import annotations

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class InputNoise(Method):
    """Adds normal noise to every input in each step, pixels and numbers of tables alike."""

    name = "input_noise"
    aliases = ("gaussian_noise", "jitter")
    order = Order.INPUTS + 1
    family, color, marker = "data", "#5F6737", "^"
    card = Card(
        title="Input noise",
        summary="Trains on slightly disturbed examples, which smooths the network's output around them.",
        formula="x ← x + σ·ε, ε ~ N(0, 1) for each number of each example, in training only",
        papers=(
            Paper(
                "Bishop, Christopher M.",
                1995,
                "Training with Noise Is Equivalent to Tikhonov Regularization",
                "Neural Computation",
                volume="7",
                kind="article",
            ),
        ),
        when="Few examples of continuous measurements.",
        beware="σ is in units of the scaled inputs: standard deviations of a table's columns, the range of pixels. "
        "One-hot columns of categories get noise, too: see swap_noise.",
        elsewhere={
            "Keras": "keras.layers.GaussianNoise",
            "torchvision": "torchvision.transforms.v2.GaussianNoise, which clips to [0, 1] by default",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network robust to noise on its inputs.",
            "robustness",
            ("digits",),
            ("input_noise", "input_noise(strength=0.5)"),
            options={"noise": 0.3},
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.1,
            neutral=0.0,
            grid=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
            help="σ, the standard deviation of the noise",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "batch": """
noise = random.normal(scale={{ strength }}, size=xs.shape)
xs = xs + noise.astype(np.float32)
"""
            },
        ),
        optax=Counterpart(
            code={
                "batch": """
noise = jax.random.normal(jax.random.fold_in(key, 4200), x.shape)
x = x + {{ strength }} * noise
""",
            },
        ),
        pytorch=Counterpart(code={"batch": "xs = xs + {{ strength }} * torch.randn_like(xs)"}),
        sklearn=Counterpart(
            code={
                "batch": """
noise = random.normal(scale={{ strength }}, size=xs.shape)
xs = xs + noise.astype(np.float32)
""",
            },
        ),
    )

    def batch(self, batch: Batch, h: Values, ctx: Context) -> Batch:
        """Add noise to the inputs."""
        if ctx.draws is None:
            return batch
        noise = ctx.draws.at(self.stream).normal(batch.x.shape)
        return batch._replace(x=batch.x + h["strength"] * noise)
