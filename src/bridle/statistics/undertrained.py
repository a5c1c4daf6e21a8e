"""Whether networks were trained for long enough, or validation would still have improved with more epochs.

What counts is what tuning would have reached at each epoch: in every replicate the best configuration by its
validation data, chosen anew at each epoch. The curve of the configuration chosen in the end would not do:
a slow learning rate that has just caught up with a fast one is still improving, while what tuning reaches is not.

Improvement is measured at the end of training, per doubling of the epochs (`gains`): the slope over the last third of
the epochs against their logarithm. So it says what twice as many epochs would bring if it went on like that; as a rule
it goes on more slowly. Where the learning rate falls, the end of training is the end of the epochs with at least half
of the full rate: afterwards steps shrink, so that nothing improves however short training was.

A method is undertrained in two cases (`undertrained`). Its validation score or loss improves beyond chance, and the
score by the margin or more for a doubling: the loss shows that something still improves, as it is far less noisy than a
score that counts right answers; the score shows whether it matters, as losses fall long after scores have come to rest,
and rise while scores improve. Or the loss improves beyond chance and ever faster: then training has hardly begun, and
the score may not have moved yet. How often this errs, and the alternatives: docs/evidence/undertrained.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from scipy import special

from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats
from bridle.statistics.designs import Estimate, fresh
from bridle.statistics.moderated import moderated
from bridle.statistics.multiplicity import holm

END = 2 / 3
"""Where the end of training begins, as a share of the epochs."""

LEAST = 4
"""Fewest epochs that count as the end, if there are as many."""

TESTS = 3
"""Number of tests of which each may find a method undertrained."""

FULL = 0.5
"""Share of the full learning rate down to which epochs count."""


def gains(curves: ArrayLike, rates: ArrayLike | None = None) -> Floats:
    """Return how much values improve per doubling of the epochs, at the end of training.

    Args:
        curves: [..., epochs], higher is better.
        rates: [epochs], the learning rate in each as a share of its maximum; by default it is constant. See `ending`.

    Returns:
        [...]; NaN where a curve has a NaN or a single epoch.
    """
    values = np.asarray(curves, float)
    return _slopes(values, ending(values.shape[-1], rates))


def speedups(curves: ArrayLike, rates: ArrayLike | None = None) -> Floats:
    """Return how much larger the gains at the end of training are than in as many doublings before.

    Args:
        curves: as of `gains`.
        rates: likewise.

    Returns:
        [...]; NaN where training has too few epochs for a stretch before the end.
    """
    values = np.asarray(curves, float)
    end = ending(values.shape[-1], rates)
    before = slice(max(min(end.start // 2, end.start - LEAST), 0), end.start)
    return _slopes(values, end) - _slopes(values, before)


def ending(epochs: int, rates: ArrayLike | None = None) -> slice:
    """Return the epochs, from 0, over which improvement is measured.

    Args:
        epochs: of training.
        rates: as of `gains`.
    """
    last = epochs
    if rates is not None:
        given = np.asarray(rates, float)
        last = int(np.flatnonzero(given >= FULL * given.max())[-1]) + 1
    return slice(max(min(int(END * last), last - LEAST), 0), last)


def too_short(gains: Mapping[str, ArrayLike]) -> bool:
    """Say whether training has too few epochs to measure the gain of any run.

    Args:
        gains: for each method [replicates], NaN where it is unknown; without any nothing is said.
    """
    return bool(gains) and all(np.isnan(own).all() for own in gains.values())


def _slopes(values: Floats, stretch: slice) -> Floats:
    """Return the slopes of [..., epochs] against the epochs' logarithm to the base 2."""
    if stretch.stop - stretch.start < 2:
        return np.full(values.shape[:-1], np.nan)
    doublings = np.log2(np.arange(stretch.start, stretch.stop) + 1.0)
    doublings -= doublings.mean()
    # relative to the last, so that the slope of equal values is exactly 0
    own = values[..., stretch] - values[..., stretch.stop - 1 : stretch.stop]
    slopes: Floats = own @ (doublings / (doublings @ doublings))
    return slopes


def undertrained(
    scores: Mapping[str, ArrayLike],
    losses: Mapping[str, ArrayLike],
    faster: Mapping[str, ArrayLike],
    margin: float,
    level: float = 0.95,
) -> dict[str, bool | None]:
    """Say of each method whether more epochs would have improved it.

    Each test is one-sided and paired within runs, with the t distribution over replicates and variances drawn towards
    those of the other methods (`moderated`). There are three tests to be found by, and all methods are tested together:
    Bonferroni's rule for the tests, Holm's for the methods. Splits that overlap are treated as fresh ones: both ends of
    a curve are measured on the same rows, and their difference varied between tables by no more than splits of one
    table let expect.

    Args:
        scores: for each method [replicates] the gains of the validation score; NaN where it has no run.
        losses: likewise those of the validation loss, positive where it falls.
        faster: likewise its speedups.
        margin: how large a gain of the score must be to matter.
        level: confidence of all methods together.

    Returns:
        None for a method with fewer than two replicates.

    Raises:
        UserError: `level` is out of range.
    """
    return _judged(_all_estimates(scores, losses, faster), margin, level)


def undertrained_up_to(
    scores: Mapping[str, ArrayLike],
    losses: Mapping[str, ArrayLike],
    faster: Mapping[str, ArrayLike],
    level: float = 0.95,
) -> dict[str, float]:
    """Return for each method the largest margin by which it is undertrained; −∞ if by none.

    Args:
        scores: as of `undertrained`, likewise the others.
        losses: likewise.
        faster: likewise.
        level: likewise.
    """
    estimates = _all_estimates(scores, losses, faster)
    found = dict.fromkeys(scores, -math.inf)
    # a larger margin leaves out tests, and what is found changes only where it passes a gain
    gained = {e.difference for e in estimates[0].values() if e.difference > 0}
    for margin in sorted(gained | {0.0, math.inf}):
        judged = _judged(estimates, margin, level)
        found |= {name: margin for name, improving in judged.items() if improving}
    return found


_Estimates: TypeAlias = tuple[dict[str, Estimate], dict[str, Estimate], dict[str, Estimate]]


def _all_estimates(
    scores: Mapping[str, ArrayLike],
    losses: Mapping[str, ArrayLike],
    faster: Mapping[str, ArrayLike],
) -> _Estimates:
    return _estimates(scores), _estimates(losses), _estimates(faster)


def _judged(estimates: _Estimates, margin: float, level: float) -> dict[str, bool | None]:
    alpha = 1 - checks.between("level", level)
    of_scores, of_losses, of_faster = estimates
    able = [name for name, estimate in of_scores.items() if estimate.replicates > 1]
    found: dict[str, bool | None] = dict.fromkeys(of_scores)
    if not able:
        return found
    chances = []
    for name in able:
        falling, gain = _p(of_losses[name]), of_scores[name].difference
        least = max(falling, _p(of_faster[name]))
        if gain > 0 and gain >= margin:
            least = min(least, falling, _p(of_scores[name]))
        chances.append(min(1.0, TESTS * least))
    return found | {name: bool(p < alpha) for name, p in zip(able, holm(chances), strict=True)}


def _estimates(gains: Mapping[str, ArrayLike]) -> dict[str, Estimate]:
    return moderated({name: fresh(values) for name, values in gains.items()})


def _p(estimate: Estimate) -> float:
    """Return the one-sided p-value of an improvement; 1 without spread to judge it by."""
    if not estimate.known:
        return 1.0
    return float(special.stdtr(estimate.df, -estimate.difference / estimate.standard_error))
