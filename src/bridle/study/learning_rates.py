"""The learning rates of a comparison: a few that every method shares, and finer ones between them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bridle.domains import Real
from bridle.errors import UserError
from bridle.numbers import listed, number
from bridle.wording import argument, subject

LEARNING_RATE = "learning_rate"

FACTORS = (1.0, 3.0, 0.3, 10.0, 0.1)
"""Factors on the default learning rate, in the order in which a growing number of configurations takes them."""

RATES = 3
"""Default number of shared learning rates."""

LEAST_STRENGTHS = 2
"""Fewest strengths at each of several shared learning rates (docs/evidence/halving.md)."""

_domain = Real(0.0, open_low=True)


def shared_rates(
    default: float, given: float | None, grid: Mapping[str, Any], most: int | None
) -> tuple[float, ...]:
    """Return the learning rates that every method tries, ascending.

    Args:
        default: the data set's.
        given: the one that the user pins for every method.
        grid: values to try; those of `learning_rate` replace the factors on the default.
        most: number of configurations of every method; few configurations share fewer learning rates.

    Raises:
        UserError: a rate is not positive, or they are given in two places.
    """
    wanted = grid.get(LEARNING_RATE)
    if given is not None:
        if wanted is not None:
            raise UserError(
                f"{argument('learning_rate', given)} keeps the learning rate of every method fixed, and "
                f"{subject('grid')} {LEARNING_RATE} gives several to choose from. Leave one of them out."
            )
        return (_domain.check(LEARNING_RATE, given),)
    if wanted is not None:
        return tuple(sorted(checked_rates(LEARNING_RATE, wanted[LEARNING_RATE])))
    return usual_rates(
        default, RATES if most is None else max(1, min(RATES, most // LEAST_STRENGTHS))
    )


def usual_rates(default: float, amount: int) -> tuple[float, ...]:
    """Return an amount of learning rates around the default one, ascending; the default is in the middle."""
    rates = sorted(float(f"{default * factor:.3g}") for factor in FACTORS[:amount])
    return finer(rates, max(amount, len(rates)))


def middle(rates: Sequence[float]) -> float:
    """Return the rate in the middle; of the usual rates that is the default."""
    return rates[(len(rates) - 1) // 2]


def rates_in_words(rates: Sequence[float]) -> str:
    """Return `learning rate 0.01`, or `learning rates 0.003, 0.01 and 0.03`."""
    return f"learning {'rate' if len(rates) == 1 else 'rates'} {listed([number(r) for r in rates])}"


def finer(rates: Sequence[float], amount: int) -> tuple[float, ...]:
    """Return an amount of learning rates that contains `rates` and divides the gaps between them evenly.

    They stay within the range of `rates`: a method with a strength to tune goes no further either.
    Where no numbers lie between two neighbours there are fewer.

    Args:
        rates: ascending.
        amount: at least as many; a single rate has no gap and stays alone.
    """
    gaps = len(rates) - 1
    if not gaps:
        return tuple(rates)
    more = amount - len(rates)
    found = [rates[0]]
    for place, (low, high) in enumerate(itertools.pairwise(rates)):
        inside = np.geomspace(low, high, more // gaps + (place < more % gaps) + 2)[1:-1].tolist()
        found += [*_written(inside, low, high), high]
    return tuple(dict.fromkeys(found))


def _written(rates: Sequence[float], low: float, high: float) -> list[float]:
    """Return rates with as few digits, three at least, as keep them apart from one another and their neighbours."""
    for digits in range(3, 17):
        found = [float(f"{rate:.{digits}g}") for rate in rates]
        if all(one < other for one, other in itertools.pairwise([low, *found, high])):
            return found
    return list(rates)


def checked_rates(place: str, values: Any) -> list[float]:
    """Return the learning rates given in a place, without repetitions.

    Raises:
        UserError: one is not positive, or there is none.
    """
    every = [values] if isinstance(values, str) or not isinstance(values, Sequence) else values
    if not every:
        raise UserError(f"The grid of {place} is empty; give at least one value.")
    return list(dict.fromkeys(_domain.check(place, value) for value in every))
