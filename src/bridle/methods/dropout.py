"""Dropout: zero random activations while training."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import PerLayer, Real
from bridle.methods.base import Hyperparameter, Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def drop(x: Array, uniform: Array, rate: Array | float) -> Array:
    """Zero the elements whose uniform number is below `rate`; scale the others by 1/(1 − rate)."""
    # a factor rather than a choice between x/(1 − rate) and 0, so that rates that round to 1 give no gradient 0/0
    return x * jnp.where(uniform >= rate, 1.0 / (1.0 - rate), 0.0)


class Dropout(Method):
    """Bernoulli dropout with inverted scaling, in training only."""

    name = "dropout"
    family, color, marker = "noise", "#0072B2", "s"
    slows = True
    usual = Usual(place=5, rank=2)
    order = Order.ACTIVATIONS
    card = Card(
        title="Dropout",
        summary="Zeroes a random share of activations in every training step, so that no unit can rely "
        "on particular others.",
        formula="h ← h·m/(1 − rate), m ~ Bernoulli(1 − rate), in training only",
        papers=(
            Paper(
                "Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex and Sutskever, Ilya and "
                "Salakhutdinov, Ruslan",
                2014,
                "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
                "Journal of Machine Learning Research",
                volume="15",
                kind="article",
            ),
        ),
        when="Wide fully connected layers that overfit.",
        beware="Slows convergence: give it more epochs. Before a batch normalization it shifts the "
        "moments between training and evaluation; here it always comes after the activation.",
        elsewhere={
            "Keras": "keras.layers.Dropout",
            "PyTorch": "torch.nn.Dropout, p 0.5 by default; Dropout2d drops whole channels, which spatial_dropout "
            "does",
        },
    )
    known_effects = (
        KnownEffect(
            "Breaks co-adaptation of units.",
            "correlation",
            ("digits",),
            ("dropout", "dropout(rate=0.5)"),
        ),
        KnownEffect(
            "Makes the network depend less on single units.",
            "removal",
            ("digits",),
            ("dropout", "dropout(rate=0.5)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=PerLayer(Real(0.0, 1.0, open_high=True)),
            default=0.3,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
            help="the share of hidden activations dropped",
        ),
        Hyperparameter(
            name="input_rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.0,
            neutral=0.0,
            help="the share of input features dropped",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "input": "{% if input_rate %}keras.layers.Dropout({{ input_rate }}),{% endif %}",
                "post": """
{% if rate is moving %}
Dropout(steps),
{%- elif rate %}
keras.layers.Dropout({{ rate }}),
{%- endif %}""",
                "functions": """
{% if rate is moving %}
class Dropout(keras.layers.Layer):
    # drops a share of the activations that follows its schedule

    def __init__(self, steps):
        super().__init__()
        self.steps, self.seed = steps, keras.random.SeedGenerator()
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if not training:
            return x
        rate = {{ rate | string | replace("progress", "self.count / self.steps") }}
        self.count.assign(self.count + 1)
        kept = keras.random.uniform(ops.shape(x), seed=self.seed) >= rate
        return x * ops.cast(kept, "float32") / (1 - rate)
{% endif %}""",
            },
        ),
        optax=Counterpart(
            code={
                "input": "{% if input_rate %}x = drop(x, {{ input_rate }}, key, 1000){% endif %}",
                "post": "{% if rate %}x = drop(x, {{ rate }}, key, {{ layer }}){% endif %}",
            },
        ),
        pytorch=Counterpart(
            code={
                "input": "{% if input_rate %}nn.Dropout({{ input_rate | peak }}),{% endif %}",
                "post": "{% if rate %}nn.Dropout({{ rate | peak }}),{% endif %}",
                "batch": """
{% if rate is moving or input_rate is moving %}
for layer in model.modules():  # the rate follows its schedule
    if isinstance(layer, nn.Dropout):
        layer.p = {{ rate if rate is moving else input_rate }}
{% endif %}""",
            },
            refuses="{% if (rate is moving or input_rate is moving) and rate and input_rate %}inputs and hidden layers "
            "would follow one schedule{% endif %}",
        ),
    )

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Drop activations after each hidden layer's activation function, and inputs."""
        if ctx.draws is None or slot.kind not in ("input", "post"):
            return x
        rate = h["input_rate"] if slot.kind == "input" else h["rate"][slot.layer]
        return drop(x, ctx.draws.at(self.stream, slot.name).uniform(x.shape), rate)
