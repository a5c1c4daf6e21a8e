"""Max-norm: an upper bound on the norm of each unit's incoming weights."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Params, Rate, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


def unit_norms(kernel: Array) -> Array:
    """Return the norm `[out]` of each unit's incoming weights in `kernel [..., in, out]`."""
    return jnp.sqrt(jnp.square(kernel).sum(axis=tuple(range(kernel.ndim - 1))))


def bounded(kernel: Array, limit: Array | float) -> Array:
    """Scale each unit's incoming weights in `kernel [..., in, out]` to a norm of at most `limit`."""
    norms = unit_norms(kernel)
    return kernel * jnp.minimum(1.0, limit / jnp.maximum(norms, 1e-30))


class MaxNorm(Method):
    """Projects the incoming weights of each unit or filter onto a ball after every step."""

    name = "max_norm"
    aliases = ("max_norm_constraint",)
    order = Order.CONSTRAINT
    family, color, marker = "weights", "#A05A2C", "8"
    card = Card(
        title="Max-norm constraint",
        summary="Lets no unit's incoming weights grow beyond a limit, and leaves shorter ones alone.",
        formula="w ← w·min(1, limit/‖w‖₂) after each step, for the incoming weights w of each unit or filter",
        papers=(
            Paper(
                "Srebro, Nathan and Shraibman, Adi",
                2005,
                "Rank, Trace-Norm and Max-Norm",
                "Conference on Learning Theory",
            ),
            Paper(
                "Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex and Sutskever, Ilya and "
                "Salakhutdinov, Ruslan",
                2014,
                "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
                "Journal of Machine Learning Research",
                volume="15",
                kind="article",
                about="in networks",
            ),
        ),
        when="Large learning rates, and together with dropout.",
        beware="The limit acts on the logits' layer too, and so bounds how certain the network can be. Its scale "
        "depends on the number of inputs and on their size.",
        elsewhere={
            "Keras": "keras.constraints.MaxNorm, 2 by default; of convolutions with axis=[0, 1, 2]",
            "PyTorch": "torch.renorm, once after each step; max_norm of torch.nn.Embedding",
        },
    )
    known_effects = (
        KnownEffect("Bounds the norm of every unit's weights.", "longest", ("digits",)),
    )
    hyperparameters = (
        Hyperparameter(
            name="limit",
            domain=Real(0.0, open_low=True, infinite=True),
            default=1.0,
            neutral=math.inf,
            grid=(0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0),
            help="the largest norm of a unit's incoming weights",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={"constraint": "keras.constraints.MaxNorm({{ limit }}, axis=AXES)"},
        ),
        optax=Counterpart(
            code={
                "functions": """
def bounded(w):
    return w * jnp.minimum(1, {{ limit }} / jnp.maximum(incoming(w), 1e-30))
""",
                "step": "new = on_kernels(bounded, new{{ where }})",
            },
        ),
        pytorch=Counterpart(
            code={
                "step": """
with torch.no_grad():  # the incoming weights of a unit or filter
    for w in kernels(model{{ where }}):
        w.copy_(torch.renorm(w, p=2, dim=0, maxnorm={{ limit }}))
""",
            },
        ),
        sklearn=Counterpart(
            code={
                "step": """
# the incoming weights of a unit
for w in {{ coefs }}:
    w *= np.minimum(1, {{ limit }} / np.maximum(np.linalg.norm(w, axis=0), 1e-30))
""",
            },
        ),
    )

    def update(self, new: Params, old: Params, rate: Rate, h: Values) -> Params:
        """Bound every kernel."""
        return {
            name: bounded(value, h["limit"]) if is_kernel(name) else value
            for name, value in new.items()
        }
