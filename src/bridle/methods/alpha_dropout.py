"""Alpha dropout: dropout that keeps the mean and variance of SELU's activations."""

from __future__ import annotations

from jax import Array
from jax import numpy as jnp

from bridle.domains import PerLayer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper

SATURATED = -1.0507009873554805 * 1.6732632423543772
"""The value that SELU approaches on the left: −λ·α."""


def alpha_drop(x: Array, uniform: Array, rate: Array | float) -> Array:
    """Set elements whose uniform number is below `rate` to SELU's left end; then restore mean 0 and variance 1."""
    kept = 1.0 - rate
    scale = 1.0 / jnp.sqrt(kept + SATURATED**2 * kept * rate)
    return scale * (jnp.where(uniform >= rate, x, SATURATED) - SATURATED * rate)


class AlphaDropout(Method):
    """Dropout for networks that normalize themselves by SELU."""

    name = "alpha_dropout"
    slows = True
    order = Order.ACTIVATIONS + 2
    family, color, marker = "noise", "#1C4A54", "o"
    card = Card(
        title="Alpha dropout",
        summary="Dropout for SELU networks: what is dropped becomes SELU's lowest value, and mean and variance of the "
        "activations stay 0 and 1.",
        formula="h ← a·(h·m + α′·(1 − m)) + b, m ~ Bernoulli(1 − rate), α′ = −1.7581, with a and b such that mean 0 "
        "and variance 1 stay",
        papers=(
            Paper(
                "Klambauer, Günter and Unterthiner, Thomas and Mayr, Andreas and Hochreiter, Sepp",
                2017,
                "Self-Normalizing Neural Networks",
                "Advances in Neural Information Processing Systems",
                volume="30",
                arxiv="1706.02515",
            ),
        ),
        when="Networks with the activation selu.",
        beware="With other activations it changes mean and variance between training and evaluation: use dropout.",
        elsewhere={
            "Keras": "keras.layers.AlphaDropout",
            "PyTorch": "torch.nn.AlphaDropout, p 0.5 by default",
        },
    )
    known_effects = (
        KnownEffect(
            "Regularizes self-normalizing networks.",
            "log_loss",
            ("selu",),
            reason="Accuracy on validation examples rises, from 87.3 to 88.0 %, but the network is surer of "
            "its errors.",
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=PerLayer(Real(0.0, 1.0, open_high=True)),
            default=0.1,
            neutral=0.0,
            grid=(0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3),
            help="the share of hidden activations dropped",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"post": "{% if rate %}keras.layers.AlphaDropout({{ rate }}),{% endif %}"},
        ),
        optax=Counterpart(
            code={
                "functions": """
def alpha_drop(x, rate, key, layer):
    # a share becomes SELU's lowest value; then mean and variance are restored
    if key is None:
        return x
    kept = jax.random.bernoulli(jax.random.fold_in(key, layer), 1 - rate, x.shape)
    low = -1.7580993408473766
    scale = 1 / jnp.sqrt((1 - rate) * (1 + low**2 * rate))
    return scale * (jnp.where(kept, x, low) - low * rate)
""",
                "post": "{% if rate %}x = alpha_drop(x, {{ rate }}, key, {{ layer }}){% endif %}",
            },
        ),
        pytorch=Counterpart(
            code={
                "post": "{% if rate %}nn.AlphaDropout({{ rate | peak }}),{% endif %}",
                "batch": """
{% if rate is moving %}
for layer in model.modules():  # the rate follows its schedule
    if isinstance(layer, nn.AlphaDropout):
        layer.p = {{ rate }}
{% endif %}""",
            },
        ),
    )

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Drop activations after each hidden layer's activation function."""
        if ctx.draws is None or slot.kind != "post":
            return x
        uniform = ctx.draws.at(self.stream, slot.name).uniform(x.shape)
        return alpha_drop(x, uniform, h["rate"][slot.layer])
