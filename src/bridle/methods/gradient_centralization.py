"""Gradient centralization: gradients whose mean over each unit's inputs is zero."""

from __future__ import annotations

from typing import Any

from bridle.methods.base import Method, Order
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import Batch, Context, Gradient, Params, Values, is_kernel
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper


class GradientCentralization(Method):
    """Subtracts from the gradient of each unit's incoming weights its mean."""

    name = "gradient_centralization"
    aliases = ("centralized_gradients",)
    order = Order.CLIPPING + 3
    family, color, marker = "gradient", "#5E0B65", "^"
    card = Card(
        title="Gradient centralization",
        summary="Keeps the sum of each unit's incoming weights where it began, by moving them against one another "
        "only.",
        formula="g ← g − mean(g) for the incoming weights of each unit or filter",
        papers=(
            Paper(
                "Yong, Hongwei and Huang, Jianqiang and Hua, Xiansheng and Zhang, Lei",
                2020,
                "Gradient Centralization: A New Optimization Technique for Deep Neural Networks",
                "European Conference on Computer Vision",
                arxiv="2004.01461",
            ),
        ),
        when="Many inputs to each unit.",
        beware="With few inputs much of the gradient is lost; of a single input all of it. It is on or off.",
        elsewhere={
            "Optax": "optax.centralize",
        },
    )
    known_effects = (
        KnownEffect(
            "Speeds up training.",
            "epochs",
            ("plain steps",),
            options={"rate": 0},
            reason="It points that way; whole epochs are too coarse to show a tenth less.",
        ),
    )

    counterparts = in_frameworks(
        optax=Counterpart(
            code={
                "functions": """
def centred(grad):
    # the gradients of a unit's incoming weights have the mean 0
    return grad - grad.mean(axis=tuple(range(grad.ndim - 1)), keepdims=True)
""",
                "gradient": "grads = on_kernels(centred, grads)",
            },
        ),
        pytorch=Counterpart(
            code={
                "gradient": """
# the gradients of a unit's incoming weights have the mean 0
for w in kernels(model):
    w.grad.sub_(w.grad.mean(dim=tuple(range(1, w.ndim)), keepdim=True))
""",
            },
        ),
    )

    def gradient(self, gradient: Gradient, h: Values) -> Gradient:
        """Centre the gradient of every kernel `[..., in, out]`."""

        def centred(params: Params, batch: Batch, ctx: Context) -> tuple[Params, Any]:
            grads, statistics = gradient(params, batch, ctx)
            found = {
                name: grad - grad.mean(axis=tuple(range(grad.ndim - 1)), keepdims=True)
                if is_kernel(name)
                else grad
                for name, grad in grads.items()
            }
            return found, statistics

        return centred
