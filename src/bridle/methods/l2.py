"""L2: the sum of squared weights, added to the loss."""

from __future__ import annotations

from jax import Array

from bridle.methods.base import Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.hook_types import Loss, Params, Values
from bridle.methods.known_effect import KnownEffect
from bridle.methods.papers import Paper
from bridle.methods.penalties import (
    BIASES,
    SCALE_FREE,
    STRENGTH,
    penalty_counterparts,
    square_sum,
    with_term,
)


class L2(Method):
    """Penalty λ Σw², added to the loss (without ½, as in Keras)."""

    name = "l2"
    aliases = ("ridge", "l2_penalty", "l2_regularization")
    order = Order.PENALTY
    shared = True
    clashes = dict.fromkeys(("batch_norm", "weight_standardization"), SCALE_FREE)
    family, color, marker = "penalty", "#E69F00", "^"
    usual = Usual(place=2, rank=5)
    card = Card(
        title="L2 penalty (ridge)",
        summary="Pulls every weight towards zero in proportion to its size.",
        formula="loss + λ Σw²",
        papers=(
            Paper(
                "Krogh, Anders and Hertz, John A.",
                1991,
                "A Simple Weight Decay Can Improve Generalization",
                "Advances in Neural Information Processing Systems",
                volume="4",
            ),
        ),
        when="A network overfits and no weight is known to be useless.",
        beware="Under Adam this is not weight decay: the penalty's gradient is divided by its own size. "
        "See weight_decay.",
        elsewhere={
            "Keras": "keras.regularizers.L2, 0.01 by default, without ½",
            "PyTorch": "weight_decay of torch.optim.Adam and SGD, which is λ/2 Σw², biases too; of AdamW it is "
            "decoupled decay",
            "timm": "weight_decay of its optimizers, as in PyTorch; it leaves biases and normalization out",
            "scikit-learn": "alpha of MLPClassifier and MLPRegressor, 1e-4 by default: twice λ times the examples of"
            " a batch",
        },
    )
    known_effects = (
        KnownEffect(
            "Makes weights smaller.", "shrinkage", ("digits",), ("l2", "l2(strength=0.001)")
        ),
    )
    hyperparameters = (
        STRENGTH,
        BIASES,
    )

    counterparts = penalty_counterparts(None, "strength")

    def penalty(self, params: Params, h: Values) -> Array:
        """Return λ Σw²."""
        return h["strength"] * square_sum(params, h)

    def objective(self, loss: Loss, h: Values) -> Loss:
        """Add the penalty to the loss."""
        return with_term(loss, self.name, lambda params: self.penalty(params, h))
