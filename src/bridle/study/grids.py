"""Further values of a grid: beyond its edges, and between its values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bridle.errors import UserError
from bridle.methods.composition import Composition, hyperparameter_of
from bridle.study.learning_rates import LEARNING_RATE


def spread(numbers: Sequence[float]) -> bool:
    """Say whether values span orders of magnitude and belong on a logarithmic axis."""
    return min(numbers) > 0 and max(numbers) / min(numbers) >= 30


def beyond(label: str, key: str, tried: Sequence[float], side: int, more: int = 2) -> list[float]:
    """Return the next values beyond the edge of a grid, within the hyperparameter's domain.

    Args:
        label: of the method.
        key: flat name of the hyperparameter.
        tried: its values, ascending.
        side: -1 for the low edge, 1 for the high one.
        more: how many values to add.
    """
    found: list[float] = []
    line = list(tried) if side > 0 else list(reversed(tried))
    if len(line) == 1:  # a lone value is doubled or halved
        line = [line[0] * 2.0**-side, line[0]]
    geometric = spread(line) or key == LEARNING_RATE
    for _ in range(more):
        known = line + found
        value = _next(known, geometric)
        if not _allowed(label, key, value) or value in known:
            break
        found.append(value)
    return found


def around(label: str, key: str, tried: Sequence[float], best: float) -> Iterator[float]:
    """Yield new values from the best outwards: halfway to its neighbours, in farther gaps, then beyond the edges.

    Args:
        label: of the method.
        key: flat name of the hyperparameter.
        tried: its values, ascending.
        best: one of them.
    """
    place = list(tried).index(best)
    gaps = sorted(range(len(tried) - 1), key=lambda gap: abs(gap + 0.5 - place))
    geometric = spread(tried) or key == LEARNING_RATE
    whole = key != LEARNING_RATE and all(float(value).is_integer() for value in tried)
    for gap in gaps:
        low, high = tried[gap], tried[gap + 1]
        value = math.sqrt(low * high) if geometric else (low + high) / 2
        value = float(round(value)) if whole else float(f"{value:.2g}")
        if low < value < high and _allowed(label, key, value):
            yield value
    for side in (-1, 1) if place < len(tried) / 2 else (1, -1):
        yield from beyond(label, key, tried, side)


def _next(line: Sequence[float], geometric: bool) -> float:
    """Return the next value: by the ratio over two steps on a logarithmic grid, otherwise by the last step."""
    whole = all(float(value).is_integer() for value in line)
    if geometric:
        ratio = line[-1] / line[-2]
        if not 0.099 <= ratio <= 10.1:  # on a coarse grid, the next value should not be as far away
            value = line[-1] * (3 if ratio > 1 else 1 / 3)
        elif len(line) > 2 and 0.05 <= line[-1] / line[-3] <= 20:
            value = line[-2] * line[-1] / line[-3]
        else:
            value = line[-1] * ratio
    else:
        value = 2 * line[-1] - line[-2]
        if value <= 0 < line[-1]:
            value = line[-1] / 2
    rounded = float(f"{value:.1g}" if geometric else f"{value:.2g}")
    return float(round(rounded)) if whole and rounded >= 1 else rounded


def _allowed(label: str, key: str, value: float) -> bool:
    """Say whether a hyperparameter may take `value` and does something at it."""
    if key == LEARNING_RATE:
        return value > 0
    name, _, last = key.rpartition(".")
    hyperparameter = hyperparameter_of(name or Composition.parse(label).names[0], last)
    try:
        hyperparameter.domain.check(key, value)
    except UserError:
        return False
    return bool(value != hyperparameter.neutral)
