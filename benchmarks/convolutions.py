"""Formulations of a 3×3 convolution and of 2×2 max pooling, timed as training meets them.

    python benchmarks/convolutions.py [FORMULATION …]

Each row: milliseconds of processor time of one lane for forward and backward pass, inside a loop, on one thread.
The gradient in the images is left out where they have one channel, as a first layer never needs it.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridle.engine.devices import Device

os.environ.update(Device("cpu", 0).environment())  # before JAX starts

import jax
import jax.numpy as jnp
from jax import Array, lax

from bridle.engine.compiler import compiler_options
from bridle.networks.convolution import convolve, max_pool

LAYERS = {
    "digits, layer 1": (32, 8, 1, 16),
    "digits, layer 2": (32, 4, 16, 32),
    "MNIST, layer 1": (128, 28, 1, 16),
    "MNIST, layer 2": (128, 14, 16, 32),
}
"""Examples of a batch, side, channels, filters."""

LANES = (1, 4, 8)
STEPS, SECONDS = 3, 1.0

WINDOW = list(itertools.product(range(3), range(3)))


def shifted(x: Array) -> list[Array]:
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return [padded[:, i : i + x.shape[1], j : j + x.shape[2]] for i, j in WINDOW]


def plain(x: Array, kernel: Array) -> Array:
    return lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def patches(x: Array, kernel: Array) -> Array:
    wide = jnp.concatenate(shifted(x), -1).reshape(-1, 9 * x.shape[-1])
    return (wide @ kernel.reshape(wide.shape[-1], -1)).reshape(*x.shape[:-1], -1)


def nine_products(x: Array, kernel: Array) -> Array:
    products = (image @ kernel[i, j] for image, (i, j) in zip(shifted(x), WINDOW, strict=True))
    return jnp.asarray(sum(products))


def reduce_window(x: Array) -> Array:
    return jnp.asarray(lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"))


def reshape_max(x: Array) -> Array:
    batch, side, _, channels = x.shape
    return x.reshape(batch, side // 2, 2, side // 2, 2, channels).max((2, 4))


CONVOLUTIONS: dict[str, Callable[[Array, Array], Array]] = {
    "vmap of lax.conv": plain,
    "patches and one product": patches,
    "nine products": nine_products,
    "bridle": convolve,
}
POOLINGS: dict[str, Callable[[Array], Array]] = {
    "reduce_window": reduce_window,
    "reshape and max": reshape_max,
    "bridle": max_pool,
}


def milliseconds(step: Callable[[Any], Any], start: Any, lanes: int) -> float:
    """Return the best processor time of a step and lane, `STEPS` of them in a loop."""
    loop = jax.jit(lambda start: lax.fori_loop(0, STEPS, lambda _, state: step(state), start))
    compiled = loop.lower(start).compile(compiler_options())
    jax.block_until_ready(compiled(start))
    best, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        before = time.process_time()
        jax.block_until_ready(compiled(start))
        best = min(best, time.process_time() - before)
    return 1e3 * best / STEPS / lanes


def descend(loss: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a step of gradient descent, whose backward pass cannot be left out."""
    return lambda state: jax.tree.map(lambda x, g: x - 1e-6 * g, state, jax.grad(loss)(state))


def convolution(
    function: Callable[[Array, Array], Array], shape: tuple[int, ...], lanes: int
) -> float:
    batch, side, channels, filters = shape
    key = jax.random.PRNGKey(0)
    x = jax.random.normal(key, (lanes, batch, side, side, channels))
    kernel = 0.1 * jax.random.normal(key, (lanes, 3, 3, channels, filters))
    mapped = jax.vmap(function)
    if channels == 1:
        return milliseconds(descend(lambda k: (mapped(x, k) ** 2).mean()), kernel, lanes)
    return milliseconds(descend(lambda s: (mapped(*s) ** 2).mean()), (x, kernel), lanes)


def pooling(function: Callable[[Array], Array], shape: tuple[int, ...], lanes: int) -> float:
    batch, side, _, filters = shape
    x = jax.random.normal(jax.random.PRNGKey(0), (lanes, batch, side, side, filters))
    mapped = jax.vmap(function)
    return milliseconds(descend(lambda x: (jax.nn.relu(mapped(x)) ** 2).mean()), x, lanes)


def main() -> None:
    wanted = sys.argv[1:]
    kinds: list[tuple[str, Mapping[str, Any], Callable[[Any, tuple[int, ...], int], float]]] = [
        ("convolution", CONVOLUTIONS, convolution),
        ("max pooling", POOLINGS, pooling),
    ]
    for title, forms, measure in kinds:
        print(f"{title:36}" + "".join(f"{f'{lanes} lanes':>10}" for lanes in LANES))
        for layer, shape in LAYERS.items():
            for name, function in forms.items():
                if not wanted or name in wanted:
                    times = [measure(function, shape, lanes) for lanes in LANES]
                    cells = "".join(f"{each:10.3f}" for each in times)
                    print(f"{layer}: {name:{34 - len(layer)}}{cells}", flush=True)


if __name__ == "__main__":
    main()
