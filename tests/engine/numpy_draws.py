"""The random numbers of `bridle.draws`, written a second time in NumPy."""

from __future__ import annotations

import hashlib
from typing import SupportsInt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfinv

GOLDEN = np.uint32(0x9E3779B9)


def lowbias32(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.uint64)
    x = x ^ (x >> np.uint64(16))
    x = (x * np.uint64(0x7FEB352D)) % np.uint64(2**32)
    x = x ^ (x >> np.uint64(15))
    x = (x * np.uint64(0x846CA68B)) % np.uint64(2**32)
    return (x ^ (x >> np.uint64(16))).astype(np.uint32)


def added(a: SupportsInt, b: ArrayLike) -> np.ndarray:
    return ((np.uint64(int(a)) + np.asarray(b, np.uint64)) % np.uint64(2**32)).astype(np.uint32)


class NumpyDraws:
    def __init__(self, first: SupportsInt, second: SupportsInt) -> None:
        self.first, self.second = np.uint32(int(first)), np.uint32(int(second))

    @classmethod
    def of(cls, seed: int, replicate: int) -> NumpyDraws:
        words = [seed % 2**32, seed // 2**32, replicate]
        return cls(*np.random.SeedSequence(words).generate_state(2, np.uint32))

    def at(self, *places: str | int) -> NumpyDraws:
        first, second = np.asarray(self.first), np.asarray(self.second)
        for place in places:
            if isinstance(place, str):
                digest = hashlib.blake2s(place.encode(), digest_size=4).digest()
                place = int.from_bytes(digest, "little")
            value = added(place, GOLDEN)
            first = lowbias32(first ^ lowbias32(value ^ second))
            second = lowbias32(added(second, GOLDEN) ^ lowbias32(added(value, first)))
        return NumpyDraws(first, second)

    def bits(self, shape: tuple[int, ...]) -> np.ndarray:
        counter = np.arange(np.prod(shape, dtype=int))
        return lowbias32(lowbias32(added(self.first, counter)) ^ self.second).reshape(shape)

    def uniform(self, shape: tuple[int, ...]) -> np.ndarray:
        return (self.bits(shape) >> np.uint32(8)) / 2.0**24

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        centred = ((self.bits(shape) >> np.uint32(9)) + 0.5) / 2.0**23
        return np.asarray(np.sqrt(2.0) * erfinv(2.0 * centred - 1.0))

    def permutation(self, n: int) -> np.ndarray:
        width = max(1, (n - 1).bit_length())
        bits = self.bits((n,))
        if width > 16:
            return np.argsort(bits, kind="stable")
        return np.lexsort((np.arange(n), bits >> np.uint32(width)))
