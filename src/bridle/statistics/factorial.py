"""Two-level experiments: which combinations of things that are on or off are tried, and the contrasts of their scores.

All 2^k combinations of k factors are a full factorial. A fraction holds 2^m of them: with one column of m bits for
each factor, a factor is on where its column and the number of the combination share an odd number of ones. Such
combinations form a linear code. If no sum of fewer than r columns is zero, the fraction has *resolution* r: 5 tells
all effects of single factors and of pairs from one another, 4 tells effects of single factors from those of pairs,
but not pairs from pairs (Box and Hunter, "The 2^(k−p) fractional factorial designs", Technometrics 3, 1961).

Columns are the smallest numbers that keep the resolution, a lexicographic code (Conway and Sloane, "Lexicographic
codes: error-correcting codes from game theory", IEEE Transactions on Information Theory 32, 1986). Up to 17 factors
it needs no more combinations than the textbooks' fractions.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from bridle.errors import UserError
from bridle.statistics.checks import Floats

Levels = npt.NDArray[np.bool_]
"""[combinations, factors]: which factors are on."""

PAIRS, SINGLES = 5, 4
"""Resolutions: pairs of factors are told apart; only single factors are told from pairs."""


def full(factors: int) -> Levels:
    """Return all combinations of `factors`, from none to all; the first factor changes fastest."""
    numbers = np.arange(2**factors)
    return np.asarray((numbers[:, None] >> np.arange(factors)) % 2 == 1)


def fraction(factors: int, resolution: int = PAIRS) -> Levels:
    """Return the smallest fraction with a resolution; the first of its combinations has nothing on.

    Args:
        factors: how many.
        resolution: 4 or 5.

    Raises:
        UserError: there is no such resolution.
    """
    if resolution not in (SINGLES, PAIRS):
        raise UserError(
            argument="resolution", expected=f"{SINGLES} or {PAIRS}", received=resolution
        )
    bits = 1
    while len(columns := _columns(bits, factors, resolution)) < factors:
        bits += 1
    numbers = np.arange(2**bits)
    shared = numbers[:, None] & np.array(columns)
    return np.array([[value.bit_count() % 2 == 1 for value in row] for row in shared.tolist()])


def _columns(bits: int, most: int, resolution: int) -> list[int]:
    """Return up to `most` columns of so many bits of which fewer than `resolution` never sum to zero."""
    found: list[int] = []
    sums = {0}  # of up to resolution − 2 columns
    for column in range(1, 2**bits):
        if len(found) == most:
            break
        if column not in sums:
            found.append(column)
            sums = {
                _sum(some)
                for size in range(resolution - 1)
                for some in itertools.combinations(found, size)
            }
    return found


def _sum(columns: tuple[int, ...]) -> int:
    total = 0
    for column in columns:
        total ^= column
    return total


def single(levels: Levels, factor: int) -> Floats:
    """Return the weights [combinations] of a factor's main effect: the mean with it minus the mean without it."""
    return _mean(levels[:, factor]) - _mean(~levels[:, factor])


def pair(levels: Levels, first: int, second: int) -> Floats:
    """Return the weights [combinations] of an interaction: what two factors give together beyond the sum of both alone.

    It is the effect of the first where the second is on, minus its effect where the second is off. Some textbooks
    call half of it the interaction.
    """
    a, b = levels[:, first], levels[:, second]
    return _mean(a & b) - _mean(a & ~b) - _mean(~a & b) + _mean(~a & ~b)


def _mean(chosen: Levels) -> Floats:
    return np.asarray(chosen / chosen.sum(), np.float64)
