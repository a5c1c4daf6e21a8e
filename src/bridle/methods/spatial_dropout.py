"""Spatial dropout: zero whole channels of images while training."""

from __future__ import annotations

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.dropout import drop
from bridle.methods.hook_types import Architecture, Context, Params, Slot, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.suits import unless_convolved
from bridle.tasks import Task


class SpatialDropout(Method):
    """Drops channels after convolutions, for each example by itself; dense layers are left alone."""

    name = "spatial_dropout"
    aliases = ("dropout2d", "spatial_dropout_2d")
    slows = True
    order = Order.ACTIVATIONS + 3
    family, color, marker = "noise", "#10558E", "P"
    card = Card(
        title="Spatial dropout",
        summary="Drops whole channels of a convolution: neighbouring pixels carry the same information, so dropping "
        "single ones hides nothing.",
        formula="h[:, :, c] ← h[:, :, c]·m/(1 − rate), m ~ Bernoulli(1 − rate) for each example and channel",
        papers=(
            Paper(
                "Tompson, Jonathan and Goroshin, Ross and Jain, Arjun and LeCun, Yann and Bregler, Christoph",
                2015,
                "Efficient Object Localization Using Convolutional Networks",
                "IEEE Conference on Computer Vision and Pattern Recognition",
                arxiv="1411.4280",
            ),
        ),
        when="Convolutional networks that overfit.",
        beware="With few channels much is lost at once: use small rates. Dense layers need dropout beside it.",
        elsewhere={
            "Keras": "keras.layers.SpatialDropout2D",
            "PyTorch": "torch.nn.Dropout2d, p 0.5 by default",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network depend less on single channels.",
            "removal",
            ("convolutions",),
            ("spatial_dropout", "spatial_dropout(rate=0.3)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.1,
            neutral=0.0,
            grid=(0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
            help="the share of channels dropped",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "post": "{% if kind == 'conv' %}keras.layers.SpatialDropout2D({{ rate }}),{% endif %}"
            },
        ),
        optax=Counterpart(
            code={
                "functions": """
def drop_channels(x, rate, key, layer):
    if key is None:
        return x
    own, size = jax.random.fold_in(key, layer), (len(x), 1, 1, x.shape[-1])
    return x * jax.random.bernoulli(own, 1 - rate, size) / (1 - rate)
""",
                "post": "{% if kind == 'conv' %}x = drop_channels(x, {{ rate }}, key, {{ layer }}){% endif %}",
            },
        ),
        pytorch=Counterpart(
            code={
                "post": "{% if kind == 'conv' %}nn.Dropout2d({{ rate | peak }}),{% endif %}",
                "batch": """
{% if rate is moving %}
for layer in model.modules():  # the rate follows its schedule
    if isinstance(layer, nn.Dropout2d):
        layer.p = {{ rate }}
{% endif %}""",
            },
        ),
    )

    def refuses(self, network: Architecture, task: Task) -> str | None:
        """Refuse networks without convolutions."""
        return unless_convolved(network, "it drops channels of convolutions")

    def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
        """Drop channels after each convolution's activation and pooling."""
        if ctx.draws is None or slot.kind != "post" or x.ndim != 4:
            return x
        size = (x.shape[0], 1, 1, x.shape[-1])
        return drop(x, ctx.draws.at(self.stream, slot.name).uniform(size), h["rate"])
