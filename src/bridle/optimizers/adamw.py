"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jax import Array

from bridle.methods.card import Card
from bridle.methods.hook_types import Params, Rate
from bridle.methods.papers import Paper
from bridle.optimizers.adam import Adam, adam_counterparts
from bridle.optimizers.base import decay, decayed


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam that also takes lr·λ·w off every weight, biases included, as Loshchilov and Hutter's Algorithm 2."""

    name = "adamw"
    card = Card(
        title="AdamW",
        summary="Adam with decoupled weight decay: every weight also shrinks by a fixed share in each step.",
        formula="w ← w − lr·(m̂/(√v̂ + ε) + λ·w), with λ the weight_decay",
        papers=(
            Paper(
                "Loshchilov, Ilya and Hutter, Frank",
                2019,
                "Decoupled Weight Decay Regularization",
                "International Conference on Learning Representations",
                arxiv="1711.05101",
            ),
        ),
        when="To compare methods on top of the decay that everything is trained with, or to repeat such a work.",
        beware="All methods are trained with this decay, none too, and its strength is not tuned. To learn whether "
        "decay helps, and how strong it should be, compare the method weight_decay under adam: that is the same decay, "
        "tuned, by default of kernels alone.",
        elsewhere={
            "Keras": "keras.optimizers.AdamW, weight_decay 0.004 by default; epsilon as in its Adam",
            "PyTorch": "torch.optim.AdamW, weight_decay 0.01 and eps 1e-8 by default",
            "Optax": "optax.adamw, weight_decay 1e-4 and eps 1e-8 by default",
        },
    )

    weight_decay: float = decay(0.01)

    counterparts = adam_counterparts("AdamW", "adamw")

    def step(
        self, params: Params, grads: Params, state: Any, learning_rate: Array, count: Array
    ) -> tuple[Params, Any, Rate]:
        """Take one step of Adam, and one of decay; the rate is Adam's."""
        new, state, rate = super().step(params, grads, state, learning_rate, count)
        if self.weight_decay:
            new = decayed(new, params, learning_rate * self.weight_decay)
        return new, state, rate
