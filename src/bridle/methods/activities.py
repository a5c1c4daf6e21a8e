"""Functions that penalties on activations share."""

from __future__ import annotations

from collections.abc import Callable

from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter
from bridle.methods.hook_types import Context, Slot

STRENGTH = Hyperparameter(
    name="strength",
    domain=Real(0.0),
    default=1e-3,
    neutral=0.0,
    grid=(1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
    help="λ, the weight of the penalty",
)


def penalize(
    name: str, slot: Slot, x: Array, ctx: Context, of: Callable[[Array], Array], strength: Array
) -> None:
    """Add a penalty on activations to the loss: summed over the units of an example, averaged over examples.

    Args:
        name: the method's.
        slot: where the activations are; only those after an activation function count.
        x: the activations `[B, ..., features]`.
        ctx: of the step.
        of: the penalty of each element.
        strength: the weight of the penalty.
    """
    if ctx.train and slot.kind == "post":
        each = of(x).reshape(len(x), -1).sum(-1)
        mean = (each * ctx.weight).sum() / ctx.weight.sum()
        ctx.terms[f"{name}/{slot.name}"] = strength * mean
