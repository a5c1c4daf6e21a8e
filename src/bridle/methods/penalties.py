"""Functions that penalties share: their scope of parameters, norms, and the proximal step of L1."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice, Flag, Real
from bridle.methods.base import Hyperparameter
from bridle.methods.counterparts import Counterpart
from bridle.methods.hook_types import Batch, Context, Forward, Loss, Params, Rate, Values, is_kernel
from bridle.methods.papers import Clash, Paper

STRENGTH = Hyperparameter(
    name="strength",
    domain=Real(0.0),
    default=1e-4,
    neutral=0.0,
    grid=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    help="λ, the weight of the penalty",
)

DECAY = Hyperparameter(
    name="strength",
    domain=Real(0.0),
    default=1e-2,
    neutral=0.0,
    grid=(1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0),
    help="λ, the share of a weight lost per step and unit of learning rate",
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

SCALE_FREE = Clash(
    "a layer whose output is normalized computes the same whatever the length of its weights, so that shrinking them "
    "does not make the network simpler; it only raises the effective learning rate",
    Paper(
        "van Laarhoven, Twan",
        2017,
        "L2 Regularization versus Batch and Weight Normalization",
        arxiv="1706.05350",
        kind="misc",
    ),
)


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
    return {
        name: shrink_by_force(new[name], name, rate, strength * factor)
        for name, factor in scope(new, h).items()
    }


def shrink_by_force(new: Array, name: str, rate: Rate, force: Array | float) -> Array:
    """Soft-threshold one parameter, as `proximal_l1` describes."""
    pull = rate.per_weight[name] * force
    if name not in rate.fixed:
        return soft_threshold(new, pull)
    step, length = rate.fixed[name]
    return jnp.where(pull > length, soft_threshold(new - step, length), new)


_JAX = "{{ 'jax.tree.leaves(params)' if biases else 'kernels(params%s)' | format(where) }}"
_TORCH = "{{ 'model.parameters()' if biases else 'kernels(model%s)' | format(where) }}"


def penalty_counterparts(l1: str | None, l2: str | None) -> dict[str, Counterpart]:
    """Return what a penalty is in other frameworks.

    Args:
        l1: the weight of Σ|w|, an expression of hyperparameters; None if there is no such term.
        l2: the weight of Σw²; likewise.
    """
    found = {
        "keras": _in_keras(l1, l2),
        "optax": _counterpart(l1, l2, "jnp.sum(w**2)", "jnp.abs(w).sum()", _JAX, _PROXIMAL_IN_JAX),
        "pytorch": _counterpart(
            l1, l2, "w.square().sum()", "w.abs().sum()", _TORCH, _PROXIMAL_IN_TORCH
        ),
    }
    if l1 is None:
        found["sklearn"] = Counterpart(
            code={
                "before": f"""
# its penalty is alpha / 2 * sum of squares / examples
model.alpha = {{{{ {l2} * (2 if classes else targets) }}}} * {{{{ "ws.sum()" if weighted else "len(xs)" }}}}
"""
            },
            everywhere=True,
            refuses="{% if biases %}its alpha is of kernels alone{% endif %}",
        )
    return found


def _counterpart(
    l1: str | None, l2: str | None, squares: str, sizes: str, weights: str, proximal: str
) -> Counterpart:
    """Return the counterpart in a framework whose training step is written out."""
    loss = ""
    if l2:
        loss += f"total = total + {{{{ {l2} }}}} * sum({squares} for w in {weights})\n"
    if l1 is None:
        return Counterpart(code={"loss": loss})
    loss += "{% if update == 'subgradient' %}"
    loss += f"total = total + {{{{ {l1} }}}} * sum({sizes} for w in {weights})\n{{% endif %}}"
    return Counterpart(
        code={
            "loss": loss,
            "step": proximal.replace("{{ STRENGTH }}", f"{{{{ {l1} }}}}").replace(
                "STRENGTH", f"({l1})"
            ),
        },
        refuses="{% if update == 'proximal' and not sizes %}a proximal step needs to know how far a force moves a "
        "weight{% endif %}",
    )


def _in_keras(l1: str | None, l2: str | None) -> Counterpart:
    code = {"absolutes": l1, "squares": l2}
    return Counterpart(
        code={place: f"{{{{ {value} }}}}" for place, value in code.items() if value},
        refuses="{% if biases %}its penalty is of kernels alone{% endif %}",
        differs=""
        if l1 is None
        else "{% if update == 'proximal' %}Keras adds the L1 penalty to the loss, which gives hardly any exact zero; "
        "Bridle takes proximal steps, which do.{% endif %}",
    )


_PROXIMAL_IN_JAX = """
{% if update == 'proximal' %}
# L1 as a proximal step gives exact zeros; a term of the loss gives hardly any
size = sizes(params, state, rate)
{% set change = "lambda w, s: shrunk(w, %s * s)" | format(STRENGTH | literal) %}
{% set function = "jax.tree.map(" if biases else "on_kernels(" %}
{{ enclosed("new = " ~ function, [change, "new", "size"] + only, ")") }}
{% endif %}"""

_PROXIMAL_IN_TORCH = """
{% if update == 'proximal' %}
# L1 as a proximal step gives exact zeros; a term of the loss gives hardly any
with torch.no_grad():
    for w in {{ 'model.parameters()' if biases else 'kernels(model%s)' | format(where) }}:
        size = sizes(optimizer, w, rate)
        pull = {{ STRENGTH }} * size
        w.copy_(w.sign() * (w.abs() - pull).clamp(min=0))
{% endif %}"""
