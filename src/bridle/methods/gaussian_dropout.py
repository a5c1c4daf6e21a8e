"""Gaussian dropout: multiply activations by normal noise while training."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import PerLayer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def spread(rate: Array | float) -> Array:
    """Return the standard deviation of the noise whose variance is that of dropout at `rate`."""
    return jnp.sqrt(jnp.asarray(rate) / (1.0 - jnp.asarray(rate)))


class GaussianDropout(Method):
    """Multiplies hidden activations by noise of mean 1, with the variance of dropout at the same rate."""

    name = "gaussian_dropout"
    slows = True
    order = Order.ACTIVATIONS + 1
    family, color, marker = "noise", "#0C3EED", "v"
    card = Card(
        title="Gaussian dropout",
        summary="Multiplies every activation by normal noise around 1: dropout's mean and variance, but no activation "
        "is ever lost.",
        formula="h ← h·(1 + ε), ε ~ N(0, rate/(1 − rate)), in training only",
        papers=(
            Paper(
                "Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex and Sutskever, Ilya and "
                "Salakhutdinov, Ruslan",
                2014,
                "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
                "Journal of Machine Learning Research",
                volume="15",
                kind="article",
                about="section 10",
            ),
        ),
        when="Where dropout helps.",
        beware="At rates near 1 the noise grows without bound: 0.9 is a standard deviation of 3.",
        elsewhere={
            "Keras": "keras.layers.GaussianDropout",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network depend less on single units.",
            "removal",
            ("digits",),
            ("gaussian_dropout", "gaussian_dropout(rate=0.5)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=PerLayer(Real(0.0, 1.0, open_high=True)),
            default=0.3,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
            help="the rate of dropout with the same variance",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"post": "{% if rate %}keras.layers.GaussianDropout({{ rate }}),{% endif %}"},
        ),
        optax=Counterpart(
            code={
                "functions": """
def multiplied(x, rate, key, layer):
    # noise of the variance of dropout, in training
    if key is None:
        return x
    noise = jax.random.normal(jax.random.fold_in(key, layer), x.shape)
    return x * (1 + jnp.sqrt(rate / (1 - rate)) * noise)
""",
                "post": "{% if rate %}x = multiplied(x, {{ rate }}, key, {{ layer }}){% endif %}",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class GaussianDropout(nn.Module):
    # multiplies by noise of the variance of dropout, in training

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        return x * (1 + (self.rate / (1 - self.rate)) ** 0.5 * torch.randn_like(x))
""",
                "post": "{% if rate %}GaussianDropout({{ rate | peak }}),{% endif %}",
                "batch": """
{% if rate is moving %}
for layer in model.modules():  # the rate follows its schedule
    if isinstance(layer, GaussianDropout):
        layer.rate = {{ rate }}
{% endif %}""",
            },
        ),
    )

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Multiply after each hidden layer's activation function."""
        if ctx.draws is None or slot.kind != "post":
            return x
        noise = ctx.draws.at(self.stream, slot.name).normal(x.shape)
        return x * (1.0 + spread(h["rate"][slot.layer]) * noise)
