"""Random numbers of a replicate: a function of seed, replicate and purpose alone."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_WORD = 2**32


def generator(seed: int, number: int, purpose: str) -> np.random.Generator:
    """Return the random numbers for one purpose within one replicate.

    Args:
        seed: of the study, below 2**64.
        number: of the replicate, below 2**32.
        purpose: what they are for, such as `"split"`; other purposes get independent numbers.
    """
    digest = hashlib.sha256(purpose.encode()).digest()
    # every part has a fixed number of words, so that different keys stay different;
    # Python's own hash() would differ from process to process
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    key = [seed % _WORD, seed // _WORD, number, *words]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def relabelled(
    labels: NDArray[np.int32], share: float, classes: int, random: np.random.Generator
) -> NDArray[np.int32]:
    """Return labels of which each is, with probability `share`, drawn anew from all classes.

    Args:
        labels: `[n]`.
        share: from 0 to 1; a drawn label may be the old one.
        classes: number of classes.
        random: where the draw comes from.
    """
    anew = random.random(len(labels)) < share
    drawn = random.integers(classes, size=len(labels))
    return np.where(anew, drawn, labels).astype(np.int32)
