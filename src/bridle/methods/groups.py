"""Groups of weights that become zero together: which there are, and their proximal step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Choice
from bridle.methods.base import Hyperparameter
from bridle.methods.counterparts import Counterpart, in_frameworks
from bridle.methods.hook_types import EMBEDDINGS, Params, Rate, kernels, layers

ITERATIONS = 8
"""Newton steps of a proximal step; the first is exact where all weights of a group have one step size."""

TINY = 1e-30

BY = Hyperparameter(
    name="by",
    domain=Choice(("feature", "unit")),
    default="feature",
    help="feature: the weights that leave an input feature are a group; unit: those that enter a hidden unit",
    static=True,
)


def grouped(params: Params, by: str) -> Iterator[tuple[str, int]]:
    """Yield the kernels `[..., in, out]` that hold groups, each with the axis that counts its groups.

    Args:
        params: parameters by name.
        by: `feature`, rows of the first layer's kernel; `unit`, columns of all kernels but the last layer's.
    """
    found = layers(params)
    if by == "feature":
        yield found[0], params[found[0]].ndim - 2
    else:
        for name, kernel in kernels(params).items():
            if name != found[-1] and not name.startswith(EMBEDDINGS):
                yield name, kernel.ndim - 1


def norms(x: Array, axis: int) -> Array:
    """Return the norm of each group, with the axes of a group kept as 1; the gradient at 0 is 0."""
    square = jnp.square(x).sum(axis=_within(x, axis), keepdims=True)
    return jnp.where(square > 0.0, jnp.sqrt(jnp.where(square > 0.0, square, 1.0)), 0.0)


def root_size(x: Array, axis: int) -> float:
    """Return the square root of a group's number of weights, by which the paper scales its penalty."""
    return float((x.size / x.shape[axis]) ** 0.5)


def shrunk(x: Array, step: Array, force: Array | float, axis: int) -> Array:
    """Return the w that minimizes Σ(w − x)²/(2·step) + force·‖w‖₂ in each group.

    Every weight has its own step size, as under Adam. The minimum is x·n/(n + step·force) for the n ≥ 0 that is its
    own norm: the root of 1/‖x/(n + step·force)‖ − 1, which is concave in n, so that Newton's steps from below rise to
    it. Where ‖x/step‖ ≤ force the group is exactly zero. With one step size this is the block soft threshold (Yuan and
    Lin 2006).

    Args:
        x: the weights after the optimizer's step.
        step: of each weight, of the shape of `x`.
        force: the weight of the norm.
        axis: that counts the groups.
    """
    within = _within(x, axis)
    pull = step * force
    moved = pull > 0.0
    fixed = ((x != 0.0) & ~moved).any(within, keepdims=True)  # what cannot move keeps its group
    zero = jnp.square(x / jnp.where(moved, pull, 1.0)).sum(within, keepdims=True) <= 1.0
    longest = jnp.sqrt(jnp.square(x).sum(within, keepdims=True))

    def newton(_: int, n: Array) -> Array:
        below = jnp.maximum(n + pull, TINY)
        squares = jnp.square(x / below)
        size = jnp.maximum(squares.sum(within, keepdims=True), TINY)
        slope = jnp.maximum((squares / below).sum(within, keepdims=True), TINY)
        return jnp.clip(n + (jnp.sqrt(size) - 1.0) * size / slope, 0.0, longest)

    # no element exceeds the norm, so this is below it, and no ratio overflows
    start = jnp.maximum(jnp.abs(x) - pull, 0.0).max(within, keepdims=True)
    n = jax.lax.fori_loop(0, ITERATIONS, newton, start)
    kept = n / jnp.maximum(n + pull, TINY)
    return jnp.where(moved, jnp.where(zero & ~fixed, 0.0, x * kept), x)


def proximal_step(new: Array, name: str, rate: Rate, force: Array, axis: int) -> Array:
    """Shrink the groups of one kernel by their own step sizes.

    Where steps have a fixed length (lion, muon), a group that the penalty moves farther than the step is shrunk by that
    length from where it was.
    """
    step = rate.per_weight[name]
    if name not in rate.fixed:
        return shrunk(new, step, force, axis)
    taken, length = rate.fixed[name]
    size = root_size(new, axis)
    each = (step * force).mean(axis=_within(new, axis), keepdims=True) / size
    turned = shrunk(new - taken, jnp.ones_like(new), length * size, axis)
    return jnp.where(each > length, turned, new)


def _within(x: Array, axis: int) -> tuple[int, ...]:
    return tuple(i for i in range(x.ndim) if i != axis % x.ndim)


def group_counterparts(group: str, single: str) -> Mapping[str, Counterpart]:
    """Return what a penalty on groups of weights is in other frameworks: a term of the loss.

    Args:
        group: the weight of the groups' norms, an expression of hyperparameters.
        single: likewise of Σ|w|; empty if there is no such term.
    """

    def code(start: str, weights: str, norms: str, sizes: str) -> str:
        lines = f"""
{start}
# the weights {{{{ "that leave a feature" if by == "feature" else "that enter a hidden unit" }}}} are a group
for w in {weights}:
    length = w.shape[1] ** 0.5 * {norms}
    total = total + {{{{ {group} }}}} * length
"""
        if single:
            lines += f"    total = total + {{{{ {single} }}}} * {sizes}\n"
        return lines

    shared: dict[str, Any] = {
        "refuses": "{% if embedding %}the first layer reads an embedding, not features{% endif %}",
        "differs": "The penalty is added to the loss, which gives hardly any group of exact zeros; Bridle takes "
        "proximal steps, which do.",
    }
    jax = """
{% if by == "feature" %}
first = params[{{ hidden[0] }}]["kernel"]
groups = [jnp.moveaxis(first, -2, 0).reshape(first.shape[-2], -1)]
{% else %}
{{ enclosed("names = [", hidden, "]") }}
own = [params[name]["kernel"] for name in names]
groups = [w.reshape(-1, w.shape[-1]).T for w in own]
{% endif %}"""
    torch = """
{% if by == "feature" %}
groups = [kernels(model)[0].transpose(0, 1).flatten(1)]
{% else %}
groups = [w.flatten(1) for w in kernels(model)[:-1]]
{% endif %}"""
    norms = "jnp.sqrt(jnp.square(w).sum(axis=1) + 1e-12).sum()"
    return in_frameworks(
        optax=Counterpart(code={"loss": code(jax, "groups", norms, "jnp.abs(w).sum()")}, **shared),
        pytorch=Counterpart(
            code={"loss": code(torch, "groups", "w.norm(dim=1).sum()", "w.abs().sum()")}, **shared
        ),
    )
