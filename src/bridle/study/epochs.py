"""How many epochs are enough: read off the learning curves of a pilot. Arrays in, numbers and words out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.numbers import many, number
from bridle.statistics.checks import Floats

CEILING, TIMES = 1000, 10
"""Maximum number of epochs that a pilot chooses: this many, and this many times the data set's own number."""

SMOOTHED = 0.2
"""Share of the epochs so far that a smoothed curve averages."""

WATCHED = 1 / 3
"""Share of a pilot's epochs that must bring no improvement before it ends."""

MATTERS = 0.05
"""Share of the error below which an improvement does not matter: half of the default margin."""

CHANCE = 0.5
"""Standard errors of a validation accuracy below which an improvement may be chance."""

FALLING = 0.5
"""Share of the epochs of a constant learning rate that are enough where it falls (docs/evidence/epochs.md)."""

_READABLE = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Pilot:
    """How a plan's number of epochs is found, and what was found.

    Attributes:
        ceiling: the maximum number of epochs that the pilot may choose.
        found: whether the number was found; until then the plan holds the data set's own number.
        slowest: the setting that needed the most epochs, in words; empty if there was none to read.
        stopped: the epoch after which it stopped improving; `None` if it never did.
    """

    ceiling: int
    found: bool = False
    slowest: str = ""
    stopped: int | None = None


@dataclass(frozen=True)
class Curve:
    """The validation errors of one setting.

    Attributes:
        name: the setting in words.
        epochs: `[n]`, after which the errors were measured, ascending.
        errors: `[n]`, smoothed; lower is better.
        tolerance: an improvement smaller than this does not count.
    """

    name: str
    epochs: npt.NDArray[np.int64]
    errors: Floats
    tolerance: float


def ceiling(usual: int) -> int:
    """Return the maximum that a pilot chooses, from the data set's own number of epochs."""
    return max(usual, min(CEILING, TIMES * usual))


def stages(usual: int) -> list[int]:
    """Return how long a pilot trains: each stage twice as long as the one before, the last as long as the ceiling.

    Args:
        usual: the data set's own number of epochs.
    """
    most = ceiling(usual)
    found = [2 * usual]
    while found[-1] < most:
        found.append(2 * found[-1])
    return [*found[:-1], most]


def smoothed(values: Sequence[float] | Floats) -> Floats:
    """Return for each epoch the mean of the last fifth of the epochs up to it; not finite from the first such value."""
    values = np.asarray(values, np.float64)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    lengths = np.ceil(SMOOTHED * ends).astype(int)
    return np.asarray((sums[ends] - sums[ends - lengths]) / lengths)


def tolerance(errors: Floats, examples: int | None) -> float:
    """Return the improvement of an error that does not count.

    Args:
        errors: smoothed.
        examples: number of validation examples, if the error is the share of wrong answers among them.
    """
    best = float(errors.min())
    if examples is None:
        return MATTERS * abs(best)
    share = (best * examples + 1) / (examples + 2)  # also where no answer is wrong
    return max(MATTERS * best, CHANCE * math.sqrt(share * (1 - share) / examples))


def stops(curve: Curve) -> int:
    """Return the first number of epochs whose error is within the tolerance of the best."""
    near = curve.errors <= curve.errors.min() + curve.tolerance
    return int(curve.epochs[int(np.argmax(near))])


def enough(curves: Sequence[Curve], trained: int, most: int) -> Pilot | None:
    """Return what a pilot found; `None` if it must train longer to tell.

    Args:
        curves: of its settings. Those of diverged runs say nothing and are left out.
        trained: for how many epochs it trained.
        most: the ceiling.
    """
    read = [one for one in curves if len(one.errors) and np.isfinite(one.errors).all()]
    if not read:
        return Pilot(most, found=True)
    slowest = max(read, key=stops)
    last = stops(slowest)
    if last <= (1 - WATCHED) * trained:
        return Pilot(most, found=True, slowest=slowest.name, stopped=last)
    return Pilot(most, found=True, slowest=slowest.name) if trained >= most else None


def number_of_epochs(pilot: Pilot, usual: int, share: float = 1.0) -> int:
    """Return the number of epochs that follows from a pilot: a readable one, and at least half of the usual.

    Args:
        pilot: of a constant learning rate.
        usual: the data set's own number of epochs.
        share: how many of the pilot's epochs the schedule of the comparison needs.
    """
    if not pilot.slowest:
        return usual
    if pilot.stopped is None:
        return pilot.ceiling
    return min(pilot.ceiling, readable(max(math.ceil(share * pilot.stopped), -(-usual // 2))))


def readable(epochs: int) -> int:
    """Return the next number with few digits: 10, 15, 20, 30, 40, 60, 80, 100, 150 and so on."""
    unit: int = 10 ** (len(str(epochs)) - 1)
    return next(math.ceil(unit * step) for step in _READABLE if unit * step >= epochs)


def words(pilot: Pilot, epochs: int, share: float = 1.0) -> str:
    """Return the sentence on how many epochs there are, and why; arguments as of `number_of_epochs`."""
    if not pilot.slowest:
        return f"{many(epochs, 'epoch')}, as usual for these data: every network of the pilot diverged."
    if pilot.stopped is None:
        return (
            f"{many(epochs, 'epoch')}, the most that a pilot chooses here: {pilot.slowest} was still improving. "
            f"To train longer, give the number of epochs yourself, such as {2 * epochs}."
        )
    falls = " at a constant rate, and a falling one needs half as many" if share < 1 else ""
    return (
        f"{many(epochs, 'epoch')}, by a pilot: {pilot.slowest} stopped improving after "
        f"{number(pilot.stopped)}{falls}."
    )
