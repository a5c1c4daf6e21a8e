"""DropConnect: zero random weights while training."""

from __future__ import annotations

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.dropout import drop
from bridle.methods.hook_types import Context, Params, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import noisy_in_jax, noisy_in_torch


class DropConnect(Method):
    """Drops elements of every kernel in each training pass, the same ones for a whole batch."""

    name = "drop_connect"
    slows = True
    order = Order.WEIGHTS + 1
    family, color, marker = "noise", "#1C2C54", "^"
    card = Card(
        title="DropConnect",
        summary="Zeroes a random share of the weights in every training step: dropout of connections instead of units.",
        formula="W ← W·M/(1 − rate), M ~ Bernoulli(1 − rate) for each weight and step, in training only",
        papers=(
            Paper(
                "Wan, Li and Zeiler, Matthew and Zhang, Sixin and LeCun, Yann and Fergus, Rob",
                2013,
                "Regularization of Neural Networks Using DropConnect",
                "International Conference on Machine Learning",
            ),
        ),
        when="Wide fully connected layers that overfit.",
        beware="The paper draws weights for each example and averages Gaussian samples in evaluation; here a batch "
        "shares its weights, and evaluation uses their mean. Biases are never dropped.",
        elsewhere={
            "Keras": "none: drop_connect_rate of its EfficientNets is what stochastic_depth does",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes the network depend less on single units.",
            "removal",
            ("digits",),
            ("drop_connect", "drop_connect(rate=0.5)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="rate",
            domain=Real(0.0, 1.0, open_high=True),
            default=0.3,
            neutral=0.0,
            grid=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
            help="the share of weights dropped",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": noisy_in_jax(
                    "dropped",
                    "rate",
                    "kept = jax.random.bernoulli(own, 1 - rate, w.shape)",
                    "w * kept / (1 - rate)",
                ),
                "weights": """
if key is not None:
    params = dropped(params, {{ rate }}, key{{ where }})
""",
            },
        ),
        pytorch=Counterpart(
            code=noisy_in_torch(
                "DropConnect",
                """
        kept = torch.rand_like(w) >= {{ rate }}
        return w * kept / {{ 1 - rate }}
""",
            ),
        ),
    )

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Drop weights of every kernel."""
        if ctx.draws is None:
            return params
        draws = ctx.draws.at(self.stream)

        def dropped(name: str, kernel: Array) -> Array:
            return drop(kernel, draws.at(name).uniform(kernel.shape), h["rate"])

        return {
            name: dropped(name, value) if is_kernel(name) else value
            for name, value in params.items()
        }
