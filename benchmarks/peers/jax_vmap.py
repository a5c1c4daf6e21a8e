"""JAX as its users write a population: `jit(vmap(train))` on one device, scans over steps and epochs, `jax.random`.

Networks with and without dropout are two calls, as Bridle's programs are, so that neither pays for the other.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.peers import jobs
from benchmarks.peers.serve import Measure, serve, timed

SIZES = (2, 128, 128, 1)
Params = list[tuple[Array, Array]]


def init(key: Array) -> Params:
    params = []
    for n_in, n_out in itertools.pairwise(SIZES):
        key, own = jax.random.split(key)
        limit = math.sqrt(6 / (n_in + n_out))
        kernel = jax.random.uniform(own, (n_in, n_out), minval=-limit, maxval=limit)
        params.append((kernel, jnp.zeros(n_out)))
    return params


def forward(params: Params, x: Array, rate: Array, key: Array | None) -> Array:
    for kernel, bias in params[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
        if key is not None:
            key, own = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(own, 1 - rate, x.shape), x / (1 - rate), 0.0)
    kernel, bias = params[-1]
    return (x @ kernel + bias)[:, 0]


def cross_entropy(logits: Array, labels: Array) -> Array:
    return jax.nn.softplus(logits) - labels * logits


def prepare(
    data: str,
    batch: int,
    epochs: int,
    learning_rate: float,
    runs: int,
    width: int,
    random: str = "threefry2x32",
) -> Measure:
    """Return what trains `runs` networks, `width` at a time, half of them with dropout."""
    jax.config.update("jax_default_prng_impl", random)
    (x, y), (xv, yv) = (
        (jnp.asarray(a), jnp.asarray(b, jnp.float32)) for a, b in jobs.examples(data)
    )
    steps = -(-len(x) // batch)

    def train_one(key: Array, l1: Array, l2: Array, rate: Array, dropout: bool) -> Any:
        def loss(params: Params, rows: Array, weight: Array, key: Array) -> Array:
            logits = forward(params, x[rows], rate, key if dropout else None)
            data_loss = (cross_entropy(logits, y[rows]) * weight).sum() / weight.sum()
            if dropout:
                return data_loss
            penalty = sum(l1 * jnp.abs(k).sum() + l2 * jnp.square(k).sum() for k, _ in params)
            return data_loss + penalty

        def step(carry: Any, at: tuple[Array, Array]) -> tuple[Any, None]:
            params, first, second, count, key = carry
            key, own = jax.random.split(key)
            grads = jax.grad(loss)(params, *at, own)
            count = count + 1
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)
            size = learning_rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
            params = jax.tree.map(
                lambda p, m, v: p - size * m / (jnp.sqrt(v) + 1e-7), params, first, second
            )
            return (params, first, second, count, key), None

        def epoch(carry: Any, _: None) -> tuple[Any, tuple[Array, Array]]:
            params, first, second, count, key = carry
            key, own = jax.random.split(key)
            order = jax.random.permutation(own, len(x))
            order = jnp.pad(order, (0, steps * batch - len(x))).reshape(steps, batch)
            weight = (jnp.arange(steps * batch) < len(x)).astype(jnp.float32)
            carry, _ = jax.lax.scan(
                step, (params, first, second, count, key), (order, weight.reshape(steps, batch))
            )
            logits = forward(carry[0], xv, rate, None)
            measured = cross_entropy(logits, yv).mean(), ((logits > 0) == yv).mean()
            return carry, measured

        key, own = jax.random.split(key)
        params = init(own)
        zeros = jax.tree.map(jnp.zeros_like, params)
        carry, history = jax.lax.scan(epoch, (params, zeros, zeros, 0.0, key), None, epochs)
        return carry[0], history

    population = [
        jax.jit(jax.vmap(functools.partial(train_one, dropout=dropout)))
        for dropout in (False, True)
    ]
    chunks = []
    for function, kind in zip(population, (jobs.PENALTIES, jobs.DROPOUTS), strict=True):
        settings = list(itertools.islice(itertools.cycle(kind), width))
        columns = [
            np.array([getattr(s, key) for s in settings], np.float32)
            for key in ("l1", "l2", "dropout")
        ]
        chunks += [(function, columns)] * (runs // 2 // width)

    def train() -> int:
        for i, (function, columns) in enumerate(chunks):
            keys = jax.random.split(jax.random.key(i), width)
            jax.block_until_ready(function(keys, *columns))
        return len(chunks) * width * epochs * steps

    return lambda: timed(train)


if __name__ == "__main__":
    serve(prepare)
