"""Spectral normalization: an upper bound on the largest singular value of each layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Integer, Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Context, Params, Slot, Values, Variables, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.pieces import parametrized

if TYPE_CHECKING:
    from bridle.draws import Draws


def unit(x: Array) -> Array:
    """Return a vector `[n]` scaled to norm 1."""
    return x / jnp.maximum(jnp.sqrt(jnp.square(x).sum()), 1e-12)


def power_iteration(matrix: Array, vector: Array, iterations: int) -> Array:
    """Return the right singular vector `[out]` of `matrix [in, out]` that belongs to its largest singular value."""
    for _ in range(iterations):
        vector = unit(matrix.T @ unit(matrix @ vector))
    return vector


def stretch(matrix: Array, vector: Array) -> Array:
    """Return ‖matrix·vector‖₂; its gradient at 0 is 0."""
    square = jnp.square(matrix @ vector).sum()
    return jnp.where(square > 0.0, jnp.sqrt(jnp.where(square > 0.0, square, 1.0)), 0.0)


class SpectralNorm(Method):
    """Divides every kernel by its spectral norm where that exceeds a limit, in training and evaluation alike."""

    name = "spectral_norm"
    aliases = ("spectral_normalization",)
    order = Order.WEIGHTS
    family, color, marker = "weights", "#7799CC", "H"
    card = Card(
        title="Spectral normalization",
        summary="Bounds how much each layer can stretch its input, and so how fast the network's output can change.",
        formula="W ← W/max(1, σ(W)/limit) in the forward pass, σ by power iteration from the vector of the step before",
        papers=(
            Paper(
                "Miyato, Takeru and Kataoka, Toshiki and Koyama, Masanori and Yoshida, Yuichi",
                2018,
                "Spectral Normalization for Generative Adversarial Networks",
                "International Conference on Learning Representations",
                arxiv="1802.05957",
            ),
            Paper(
                "Gouk, Henry and Frank, Eibe and Pfahringer, Bernhard and Cree, Michael J.",
                2021,
                "Regularisation of Neural Networks by Enforcing Lipschitz Continuity",
                "Machine Learning",
                volume="110",
                kind="article",
                about="a limit other than 1",
            ),
        ),
        when="Smooth outputs and robustness to noise on the inputs are wanted.",
        beware="It bounds the logits' layer too, and so how certain the network can be. Stored kernels are those "
        "before the division. Kernels of convolutions are taken as matrices of window times channels, as in the paper.",
        elsewhere={
            "Keras": "keras.layers.SpectralNormalization, which always divides, so that every spectral norm is 1",
            "PyTorch": "torch.nn.utils.parametrizations.spectral_norm, which always divides, so that every spectral "
            "norm is 1, and begins with 15 power iterations",
        },
    )
    known_effects = (
        KnownEffect("Makes the network smooth in its inputs.", "sensitivity", ("digits",)),
    )
    hyperparameters = (
        Hyperparameter(
            name="limit",
            domain=Real(0.0, open_low=True, infinite=True),
            default=1.0,
            neutral=math.inf,
            grid=(0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0),
            help="the largest spectral norm of a layer",
        ),
        Hyperparameter(
            name="iterations",
            domain=Integer(1, 100),
            default=1,
            help="power iterations in each training pass",
            static=True,
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "aside": "vectors",
                "initial": """
for number, name in enumerate(shapes):
    drawn = jax.random.normal(jax.random.fold_in(key, 8000 + number), shapes[name][-1:])
    statistics[f"{name}/vector"] = drawn / jnp.linalg.norm(drawn)
""",
                "functions": """
def bounded_stretch(params, statistics, train, layers=None):
    # no layer stretches its inputs by more than {{ limit }}
    params, statistics = dict(params), dict(statistics)
    for name in [name for name in layers or params if "kernel" in params[name]]:
        w, vector = params[name]["kernel"], statistics[f"{name}/vector"]
        matrix = w.reshape(-1, w.shape[-1])
        if train:
            fixed = jax.lax.stop_gradient(matrix)
            for _ in range({{ iterations }}):
                vector = fixed.T @ (fixed @ vector)
                vector = vector / jnp.maximum(jnp.linalg.norm(vector), 1e-30)
            statistics[f"{name}/vector"] = vector
        size = jnp.linalg.norm(matrix @ vector)
        bounded = w / jnp.maximum(1, size / {{ limit }})
        params[name] = {**params[name], "kernel": bounded}
    return params, statistics
""",
                "weights": """
bounded = bounded_stretch(params, statistics, key is not None{{ where }})
params, statistics = bounded
""",
            },
        ),
        pytorch=Counterpart(
            code={
                "modules": """
class SpectralNorm(nn.Module):
    # lets a layer stretch its inputs by at most {{ limit }}

    def __init__(self, w):
        super().__init__()
        self.register_buffer("vector", F.normalize(torch.randn(len(w)), dim=0))

    def forward(self, w):
        matrix = w.flatten(1)
        if self.training:
            with torch.no_grad():
                for _ in range({{ iterations }}):
                    inner = F.normalize(matrix.T @ self.vector, dim=0)
                    self.vector = F.normalize(matrix @ inner, dim=0)
        return w / ((matrix.T @ self.vector).norm() / {{ limit }}).clamp(min=1)
""",
                "prepared": parametrized("SpectralNorm(layer.weight)"),
            },
        ),
    )

    def parameters(self, slots: Sequence[Slot], first: Params, draws: Draws) -> Variables:
        """Draw a vector `[out]` for every kernel, from which power iteration begins."""
        vectors = {
            self._vector(name): unit(draws.at(name).normal(kernel.shape[-1:]))
            for name, kernel in first.items()
            if is_kernel(name)
        }
        return Variables({}, vectors)

    def weights(self, params: Params, h: Values, ctx: Context) -> Params:
        """Bound every kernel; training passes move its vector on."""
        bounded = dict(params)
        for name, kernel in params.items():
            place = self._vector(name)
            if place not in ctx.statistics:
                continue
            matrix = kernel.reshape(-1, kernel.shape[-1])
            vector = ctx.statistics[place]
            if ctx.train:
                fixed = jax.lax.stop_gradient(matrix)
                vector = power_iteration(fixed, vector, self.static["iterations"])
                ctx.statistics[place] = vector
            bounded[name] = kernel / jnp.maximum(1.0, stretch(matrix, vector) / h["limit"])
        return bounded

    def _vector(self, kernel: str) -> str:
        return f"{self.name}/{kernel}/vector"
