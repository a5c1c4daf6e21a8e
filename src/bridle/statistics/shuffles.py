"""Sums over shuffled rows: how far targets and predictions go together by chance.

The fit of predictions to targets is a sum of A · B over rows plus a constant, with A from the predictions and B from
the targets: indicators of classes, or numbers (`fits`). If the targets have nothing to do with the predictions, any
order of B is as likely as the true one. Several methods are shuffled together, so that what they have in common counts
once.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from bridle.statistics.checks import Floats

USED = 0.5
"""Share of the cyclic shifts of one order that serve as shuffles."""


def shuffled(
    parts: Floats, targets: Floats, number: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return [number, methods] sums with shuffled targets, and [methods] the variance over all orders.

    The targets are put in a random order and shifted along the rows by random numbers of places. So each shuffle is a
    random order, and the sums of all shifts cost no more than a Fourier transform.

    Args:
        parts: [methods, rows, K], with mean 0 over rows.
        targets: [rows, K].
        number: of shuffles.
        rng: draws them.
    """
    methods, rows, _ = parts.shape
    found, step = np.empty((number, methods)), max(round(USED * rows), 1)
    own = fft.rfft(np.ascontiguousarray(parts.transpose(0, 2, 1))).conj()
    for start in range(0, number, step):
        theirs = fft.rfft(targets[rng.permutation(rows)].T)
        every = fft.irfft(np.einsum("mkf,kf->mf", own, theirs), rows)
        shifts = rng.integers(0, rows, len(found[start : start + step]))
        found[start : start + step] = every[:, shifts].T
    return found, spread(parts, targets)


def spread(parts: Floats, targets: Floats) -> Floats:
    """Return [methods], the variance of the sums over all orders of the targets.

    Args:
        parts: [methods, rows, K], with mean 0 over rows.
        targets: [rows, K].
    """
    around = targets - targets.mean(axis=0)
    own = np.einsum("mnk,mnl->mkl", parts, parts, optimize=True)
    found: Floats = np.einsum("mkl,kl->m", own, around.T @ around) / max(len(targets) - 1, 1)
    return found
