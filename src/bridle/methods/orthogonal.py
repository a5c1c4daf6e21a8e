"""Orthogonality: units whose incoming weights do not repeat one another."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter, Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Loss, Params, Values, kernels
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import with_term


def distance(kernel: Array) -> Array:
    """Return ‖WᵀW − I‖² of a kernel as matrix W `[in, out]`; ‖WWᵀ − I‖² if it has fewer inputs than units."""
    matrix = kernel.reshape(-1, kernel.shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    gram = matrix.T @ matrix
    return jnp.square(gram - jnp.eye(len(gram))).sum()


class Orthogonal(Method):
    """Penalty λ Σ‖WᵀW − I‖²_F over all kernels."""

    name = "orthogonal"
    aliases = ("orthogonality", "soft_orthogonality", "orthogonal_regularization")
    order = Order.PENALTY + 5
    family, color, marker = "penalty", "#673937", "h"
    card = Card(
        title="Orthogonality penalty",
        summary="Pulls the incoming weights of units towards length one and right angles, so that no two units do the "
        "same.",
        formula="loss + λ Σ‖WᵀW − I‖²_F over kernels as matrices; WWᵀ where a layer has more units than inputs",
        papers=(
            Paper(
                "Bansal, Nitin and Chen, Xiaohan and Wang, Zhangyang",
                2018,
                "Can We Gain More from Orthogonality Regularizations in Training Deep CNNs?",
                "Advances in Neural Information Processing Systems",
                volume="31",
                arxiv="1810.09102",
            ),
        ),
        when="Deep networks, whose signals then neither vanish nor explode.",
        beware="It acts on the logits' layer too, and so bounds how certain the network can be.",
        elsewhere={
            "Keras": "keras.regularizers.OrthogonalRegularizer, 0.01 by default: absolute cosines of a kernel's "
            "rows, or with mode='columns' of its units; lengths are free",
            "PyTorch": "torch.nn.utils.parametrizations.orthogonal, which makes kernels exactly orthogonal",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes units' weights orthogonal.",
            "overlap",
            ("digits",),
            ("orthogonal", "orthogonal(strength=0.01)"),
        ),
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1e-3,
            neutral=0.0,
            grid=(1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 1e-1),
            help="λ, the weight of the penalty",
        ),
    )

    counterparts = in_frameworks(
        keras=Counterpart(
            code={
                "functions": """
def orthogonality(w):
    # the squared distance of WᵀW from the identity
    w = ops.reshape(w, (-1, w.shape[-1]))
    w = w if w.shape[0] >= w.shape[1] else ops.transpose(w)
    product = ops.matmul(ops.transpose(w), w)
    return {{ strength }} * ops.sum(ops.square(product - ops.eye(w.shape[1])))
""",
                "regularizer": "orthogonality",
            },
        ),
        optax=Counterpart(
            code={
                "functions": """
def distance(w):
    # the squared distance of WᵀW from the identity
    w = w.reshape(-1, w.shape[-1])
    w = w if len(w) >= w.shape[1] else w.T
    return jnp.square(w.T @ w - jnp.eye(w.shape[1])).sum()
""",
                "loss": "total = total + {{ strength }} * sum(map(distance, kernels(params{{ where }})))",
            },
        ),
        pytorch=Counterpart(
            code={
                "functions": """
def distance(w):
    # the squared distance of WᵀW from the identity
    w = w.flatten(1).T
    w = w if len(w) >= w.shape[1] else w.T
    return (w.T @ w - torch.eye(w.shape[1])).square().sum()
""",
                "loss": "total = total + {{ strength }} * sum(map(distance, kernels(model{{ where }})))",
            },
        ),
    )

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σ‖WᵀW − I‖²."""
        distances = (distance(kernel) for kernel in kernels(params).values())
        return h["strength"] * sum(distances, start=jnp.zeros(()))

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to the loss."""
        return with_term(loss, self.name, lambda params: self.penalty(params, h))
