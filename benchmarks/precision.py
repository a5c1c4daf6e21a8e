"""Matrix products in both precisions, on one thread: `python benchmarks/precision.py` prints GFLOP/s by shape."""

from __future__ import annotations

import os
import time

from bridle.engine.devices import Device

os.environ.update(Device("cpu", 0).environment())  # before JAX starts

import jax
import jax.numpy as jnp
import numpy as np

from bridle.engine.compiler import compiler_options
from bridle.networks.dense import PRECISIONS, product

SHAPES = ((8, 32, 128, 128), (1, 128, 784, 512), (1, 128, 512, 256))
"""Lanes, examples, units before and after."""

INNER, REPEATS = 100, 9


def rate(shape: tuple[int, int, int, int], precision: str) -> float:
    """Return the best of some measurements, in floating-point operations a second."""
    lanes, batch, units, outputs = shape
    x = jnp.asarray(np.random.default_rng(0).random((lanes, batch, units)), jnp.float32)
    kernel = jnp.asarray(np.random.default_rng(1).random((lanes, units, outputs)), jnp.float32)

    def again(i: jax.Array, x: jax.Array) -> jax.Array:
        y = jax.vmap(lambda x, kernel: product(x, kernel, precision))(x, kernel)
        return x + 1e-9 * y[..., :1, :1]

    loop = jax.jit(lambda x: jax.lax.fori_loop(0, INNER, again, x))
    compiled = loop.lower(x).compile(compiler_options())
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        jax.block_until_ready(compiled(x))
        seconds.append(time.process_time() - started)
    return 2 * lanes * batch * units * outputs * INNER / min(seconds)


if __name__ == "__main__":
    for shape in SHAPES:
        found = ", ".join(f"{p} {rate(shape, p) / 1e9:.0f} GFLOP/s" for p in PRECISIONS)
        print("×".join(map(str, shape)), found)
