"""What normalizations of single examples share: a learned scale and offset for every slot before an activation."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array

from bridle.domains import Real
from bridle.methods.base import Hyperparameter
from bridle.methods.counterparts import Counterpart
from bridle.methods.hook_types import Params, Slot, Variables

EPSILON = Hyperparameter(
    name="epsilon",
    domain=Real(0.0, open_low=True),
    default=1e-5,
    help="added to the variance",
)


def learned(name: str, slots: Sequence[Slot], offset: bool = True) -> Variables:
    """Return the scales, 1 at the start, and offsets, 0, of a method: one of each for every feature of a slot.

    Args:
        name: the method's.
        slots: of the network.
        offset: whether there are offsets.
    """
    params: Params = {}
    for slot in slots:
        if slot.kind == "pre":
            params[f"{name}/{slot.name}/scale"] = jnp.ones(slot.features)
            if offset:
                params[f"{name}/{slot.name}/offset"] = jnp.zeros(slot.features)
    return Variables(params, {})


def standardized(x: Array, groups: int, epsilon: Array) -> Array:
    """Return `x [B, ..., features]` with mean 0 and variance 1 in each group of features of each example.

    Args:
        x: activations.
        groups: so many groups of neighbouring features; moments are over a group's features and all pixels.
        epsilon: added to the variance.
    """
    split = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    within = (*range(1, x.ndim - 1), x.ndim)
    centred = split - split.mean(axis=within, keepdims=True)
    variance = jnp.square(centred).mean(axis=within, keepdims=True)
    return (centred * jax.lax.rsqrt(variance + epsilon)).reshape(x.shape)


def normalized_in_jax(name: str, groups: str, before: str = "") -> Counterpart:
    """Return a normalization of single examples in JAX.

    Args:
        name: the method's.
        groups: of features, a template.
        before: what that template needs before it.
    """
    return Counterpart(
        code={
            "functions": f"""
def {name}(x, layer, groups):
    # each example's groups of features, with all pixels
    split = x.reshape(*x.shape[:-1], groups, -1)
    within = (*range(1, x.ndim - 1), x.ndim)
    centred = split - split.mean(within, keepdims=True)
    variance = jnp.square(centred).mean(within, keepdims=True)
    x = (centred / jnp.sqrt(variance + {{{{ epsilon }}}})).reshape(x.shape)
    return x * layer["scale"] + layer["offset"]
""",
            "initial": f"""
{{{{ enclosed("for name, units in {{", normed, "}}.items():") }}}}
    own = {{"scale": jnp.ones(units), "offset": jnp.zeros(units)}}
    params[f"{{name}}/{name}"] = own
""",
            "pre": f'{before}x = {name}(x, params["{{{{ name }}}}/{name}"], {groups})',
        }
    )
