"""Functions that penalties share: their scope of parameters, norms, and the proximal step of L1."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice, Flag, Real
from bridle.methods.base import Hyperparameter
from bridle.methods.hook_types import Batch, Context, Forward, Loss, Params, Rate, Values, is_kernel

STRENGTH = Hyperparameter(
    name="strength",
    domain=Real(0.0),
    default=1e-4,
    neutral=0.0,
    grid=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    help="λ, the weight of the penalty",
)

BIASES = Hyperparameter(
    name="biases",
    domain=Flag(),
    default=False,
    neutral=False,
    help="act on biases and normalization parameters too, not on kernels alone",
)
UPDATE = Hyperparameter(
    name="update",
    domain=Choice(("proximal", "subgradient")),
    default="proximal",
    neutral="proximal",
    help="proximal: soft-threshold after each step, exact zeros; subgradient: add it to the loss",
)
SUBGRADIENT = 1.0


def with_term(loss: Loss, name: str, term: Callable[[Params], Array]) -> Loss:
    """Return a loss that adds `term(params)` to the loss terms, under `name`."""

    def penalized(params: Params, batch: Batch, ctx: Context) -> Forward:
        forward = loss(params, batch, ctx)
        ctx.terms[name] = term(params)
        return forward

    return penalized


def scope(params: Params, h: Values) -> dict[str, Array | float]:
    """Return a factor for each parameter: 1 for kernels, 1 for the others only where `biases` is true."""
    return {name: 1.0 if is_kernel(name) else h["biases"] for name in params}


def absolute_sum(params: Params, h: Values) -> Array:
    """Return Σ|w| over the parameters in scope."""
    return sum(
        (factor * jnp.abs(params[name]).sum() for name, factor in scope(params, h).items()),
        start=jnp.zeros(()),
    )


def square_sum(params: Params, h: Values) -> Array:
    """Return Σw² over the parameters in scope."""
    return sum(
        (factor * jnp.square(params[name]).sum() for name, factor in scope(params, h).items()),
        start=jnp.zeros(()),
    )


def soft_threshold(x: Array, threshold: Array | float) -> Array:
    """Move `x` towards zero by `threshold` and stop at exactly zero: the proximal step of t·|x|."""
    # the fastest form on a CPU
    return jnp.where(jnp.abs(x) < threshold, 0.0, x - jnp.copysign(threshold, x))


def proximal_l1(new: Params, rate: Rate, strength: Array, h: Values) -> Params:
    """Soft-threshold each parameter in scope by its own step size times `strength`.

    If steps have a fixed length, the stronger of penalty and averaged gradient directs the step, and a step that the
    penalty directs ends at zero. So under every optimizer a weight stays at zero as long as its averaged gradient is
    smaller than `strength`.
    """

    def one(name: str, force: Array | float) -> Array:
        pull = rate.per_weight[name] * force
        if name not in rate.fixed:
            return soft_threshold(new[name], pull)
        step, length = rate.fixed[name]
        return jnp.where(pull > length, soft_threshold(new[name] - step, length), new[name])

    return {name: one(name, strength * factor) for name, factor in scope(new, h).items()}
