"""L2: the sum of squared weights, added to the loss."""

from __future__ import annotations

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Batch, Card, Context, Hyperparameter, Loss, Method, Params, Values
from bridle.methods.penalties import BIASES, square_sum


class L2(Method):
    """Penalty λ Σw², added to the loss (without ½, as in Keras)."""

    name = "l2"
    shared = True
    card = Card(
        title="L2 penalty (ridge)",
        summary="Pulls every weight towards zero in proportion to its size.",
        formula="loss + λ Σw²",
        paper="Krogh and Hertz 1991, A Simple Weight Decay Can Improve Generalization, NeurIPS 4",
        when="A network overfits and no weight is known to be useless.",
        beware="Under Adam this is not weight decay: the penalty's gradient is divided by its own size. "
        "See weight_decay.",
    )
    hyperparameters = (
        Hyperparameter(
            name="strength",
            domain=Real(0.0),
            default=1e-4,
            neutral=0.0,
            grid=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
            help="λ, the weight of the penalty",
        ),
        BIASES,
    )

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σw²."""
        return h["strength"] * square_sum(params, h)

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to the loss."""

        def penalized(params: Params, batch: Batch, ctx: Context) -> Array:
            value = loss(params, batch, ctx)
            ctx.terms[self.name] = self.penalty(params, h)
            return value

        return penalized
