"""Random numbers as a function of a key and a counter. A run's draws never depend on the runs beside it.

A key is two 32-bit words. It is built from (seed, replicate), then folded with names and step numbers:
`Draws(words).at("dropout", "dense_0").at(step).uniform(shape)`. No run and no strength enters a key, so methods
of one replicate share their draws.

The mixing function is the 32-bit integer hash "lowbias32" of Chris Wellons' hash prospector
(https://nullprogram.com/blog/2018/07/31/, public domain). The two words of the key enter before different rounds:
a single word merely added to the counter would put all streams on one cycle of 2**32, where many overlap.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

_GOLDEN = 0x9E3779B9
_TOP_24 = 2.0**-24
_TOP_23 = 2.0**-23
_CANDIDATES = 8


def mix(x: Array) -> Array:
    """Hash 32-bit words to 32-bit words, one to one (lowbias32)."""

    def folded(x: Array, shift: int) -> Array:
        return lax.bitwise_xor(x, lax.shift_right_logical(x, np.uint32(shift)))

    # lax rather than jax.numpy's operators, which take long to trace: every name in a key is hashed
    x = lax.mul(folded(x, 16), np.uint32(0x7FEB352D))
    x = lax.mul(folded(x, 15), np.uint32(0x846CA68B))
    return folded(x, 16)


def word(name: str) -> int:
    """Return a hash of a name in 32 bits, the same on every machine and in every session."""
    return int.from_bytes(hashlib.blake2s(name.encode(), digest_size=4).digest(), "little")


def replicate_key(seed: int, replicate: int) -> np.ndarray:
    """Return the two words `[2]` that determine everything random in a replicate."""
    # a fixed count of words: SeedSequence pads with zeros, so (3 + 5·2³², 0) would otherwise equal (3, 5)
    words = [seed % 2**32, seed // 2**32, replicate]
    return np.random.SeedSequence(words).generate_state(2, np.uint32)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Draws:
    """A source of random numbers: two key words `[2]` of type uint32."""

    key: Array

    def at(self, *places: str | int | Array) -> Draws:
        """Return the source for a name or a number below this one."""
        first, second = self.key[0], self.key[1]
        for place in places:
            number = np.uint32(word(place)) if isinstance(place, str) else place
            value = jnp.asarray(number).astype(jnp.uint32) + jnp.uint32(_GOLDEN)
            first = mix(first ^ mix(value ^ second))
            second = mix(second + jnp.uint32(_GOLDEN) ^ mix(value + first))
        return Draws(jnp.stack([first, second]))

    def bits(self, shape: tuple[int, ...] = ()) -> Array:
        """Draw 32 random bits for every element of `shape`."""
        counter = lax.iota(jnp.uint32, math.prod(shape)).reshape(shape)
        return mix(mix(counter + self.key[0]) ^ self.key[1])

    def uniform(self, shape: tuple[int, ...] = ()) -> Array:
        """Draw from [0, 1). Only the top 24 bits are used: with all 32, rounding could give 1.0."""
        return (self.bits(shape) >> 8).astype(jnp.float32) * _TOP_24

    def normal(self, shape: tuple[int, ...] = ()) -> Array:
        """Draw from the standard normal distribution, by its inverse; at most 5.3 in size.

        Only the top 23 bits are used: with 24, adding one half could round to 1.0, whose normal is infinite.
        """
        return jnp.sqrt(2.0) * lax.erf_inv(2.0 * self._open(shape) - 1.0)

    def bernoulli(self, p: Array | float, shape: tuple[int, ...] = ()) -> Array:
        """Draw true with probability `p`."""
        return self.uniform(shape) < p

    def log_gamma(self, a: Array | float, shape: tuple[int, ...] = ()) -> Array:
        """Draw logarithms of gamma variates of shape `a > 0`, which broadcasts to `shape`, and scale 1.

        G·U^(1/a) with G of shape a + 1 by rejection (Marsaglia and Tsang 2000, "A simple method for generating gamma
        variables", ACM TOMS 26). Each candidate is accepted with a probability of at least 0.95; of eight drawn at once
        the first accepted one is taken, so the work is bounded and the same in every lane, and only in one case of 10¹⁰
        none is. In logarithms, because for small `a` most variates are smaller than a float can be.
        """
        d = jnp.asarray(a, jnp.float32) + (1.0 - 1.0 / 3.0)
        many = (_CANDIDATES, *shape)
        x = self.at("normal").normal(many)
        root = 1.0 + x / jnp.sqrt(9.0 * d)
        log_cube = 3.0 * jnp.log(jnp.maximum(root, 1e-20))
        bound = 0.5 * x * x + d * (1.0 - root**3 + log_cube)
        accepted = (root > 0.0) & (jnp.log(self.at("accept")._open(many)) < bound)
        chosen = jnp.zeros(shape)
        for candidate in reversed(range(_CANDIDATES)):
            chosen = jnp.where(accepted[candidate], log_cube[candidate], chosen)
        return jnp.log(d) + chosen + jnp.log(self.at("boost")._open(shape)) / a

    def beta(self, a: Array | float, b: Array | float, shape: tuple[int, ...] = ()) -> Array:
        """Draw from the beta distribution with parameters `a, b > 0`, which broadcast to `shape`."""
        first, second = self.at("a").log_gamma(a, shape), self.at("b").log_gamma(b, shape)
        return jax.nn.sigmoid(first - second)

    def dirichlet(self, a: Array, shape: tuple[int, ...] = ()) -> Array:
        """Draw `[*shape, K]` from the Dirichlet distribution with parameters `a [K] > 0`; each draw sums to 1."""
        return jax.nn.softmax(self.log_gamma(a, (*shape, *a.shape)), axis=-1)

    def _open(self, shape: tuple[int, ...]) -> Array:
        """Draw from (0, 1), by the top 23 bits."""
        return ((self.bits(shape) >> 9).astype(jnp.float32) + 0.5) * _TOP_23

    def permutation(self, n: int) -> Array:
        """Draw an order of `range(n)`, `[n]` of type int32.

        Up to 65,536 rows, random high bits and the row number share one word, whose sort is four times as
        fast as an argsort on a CPU; equal high bits (at most one pair in 65,536) stay in row order.
        """
        width = max(1, (n - 1).bit_length())
        if width > 16:
            return jnp.argsort(self.bits((n,))).astype(jnp.int32)
        low = jnp.uint32(2**width - 1)
        packed = (self.bits((n,)) & ~low) | lax.iota(jnp.uint32, n)
        rows: Array = jnp.sort(packed) & low
        return rows.astype(jnp.int32)
