"""Weight noise: train with normal noise on the weights."""

from __future__ import annotations

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import noisy_in_jax, noisy_in_torch


class WeightNoise(Method):
    """Adds normal noise to every kernel in each training pass; the weights themselves stay as they are."""

    name = "weight_noise"
    aliases = ("synaptic_noise", "gaussian_weight_noise")
    order = Order.WEIGHTS + 2
    family, color, marker = "weights", "#C20A78", "D"
    card = Card(
        title="Weight noise",
        summary="Adds noise to the weights in every training step, which favours solutions that small changes of "
        "the weights do not spoil.",
        formula="gradient at W + σ·ε, ε ~ N(0, 1) drawn for each weight and step; evaluation uses W",
        papers=(
            Paper(
                "Murray, Alan F. and Edwards, Peter J.",
                1994,
                "Enhanced MLP Performance and Fault Tolerance Resulting from Synaptic Weight Noise During "
                "Training",
                "IEEE Transactions on Neural Networks",
                volume="5",
                kind="article",
            ),
            Paper(
                "Graves, Alex",
                2011,
                "Practical Variational Inference for Neural Networks",
                "Advances in Neural Information Processing Systems",
                volume="24",
            ),
        ),
        when="Flat solutions are wanted, and weights that may be stored coarsely.",
        beware="σ is in units of the weights: layers with small weights (wide ones) feel it more.",
        elsewhere={},
    )
    known_effects = (
        KnownEffect("Finds flat minima.", "sharpness", ("digits",), options={"share": 0.2}),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=0.05,
            neutral=0.0,
            grid=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
            help="σ, the standard deviation of the noise",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": noisy_in_jax(
                    "noisy", "size", "drawn = jax.random.normal(own, w.shape)", "w + size * drawn"
                ),
                "weights": """
if key is not None:
    params = noisy(params, {{ strength }}, key{{ where }})
""",
            },
        ),
        pytorch=Counterpart(
            code=noisy_in_torch(
                "WeightNoise", "\n        return w + {{ strength }} * torch.randn_like(w)\n"
            ),
        ),
    )

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Add noise to every kernel."""
        if ctx.draws is None:
            return params
        draws = ctx.draws.at(self.stream)

        def noisy(name: str, kernel: Array) -> Array:
            return kernel + h["strength"] * draws.at(name).normal(kernel.shape)

        return {
            name: noisy(name, value) if is_kernel(name) else value for name, value in params.items()
        }
