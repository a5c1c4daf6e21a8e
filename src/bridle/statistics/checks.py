"""Checks of arguments: arrays of the right shape, levels between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from bridle.errors import Unquoted, UserError

Floats: TypeAlias = npt.NDArray[np.float64]
ArrayLike: TypeAlias = npt.ArrayLike


def array(name: str, values: ArrayLike, axes: Sequence[str]) -> Floats:
    """Return `values` as float64 with one axis for each name in `axes`.

    Args:
        name: what the caller's argument is called, for the error.
        values: numbers; NaN stands for a missing one.
        axes: what each axis counts, such as `("replicates", "examples")`.

    Raises:
        UserError: not numbers, another number of axes, an empty array, or an infinite value.
    """
    wanted = f"numbers of shape [{', '.join(axes)}]"
    try:
        given = np.asarray(values)
        result = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(argument=name, expected=wanted, received=values) from None
    if result.ndim != len(axes):
        raise UserError(
            argument=name, expected=wanted, received=Unquoted(f"shape {list(result.shape)}")
        )
    if result.size == 0:
        raise UserError(argument=name, expected=wanted, received=Unquoted("an empty array"))
    if given.dtype.kind not in "biu" and np.isinf(result).any():
        raise UserError(
            argument=name,
            expected="finite numbers or NaN (missing)",
            received=Unquoted("an infinity"),
        )
    return result


def between(name: str, value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Return `value` if it lies strictly between `low` and `high`.

    Raises:
        UserError: it does not.
    """
    if not low < value < high:
        raise UserError(
            argument=name, expected=f"a number between {low:g} and {high:g}", received=value
        )
    return float(value)


def whole_number(name: str, value: int, least: int) -> int:
    """Return `value` if it is a whole number of at least `least`.

    Raises:
        UserError: it is not.
    """
    if int(value) != value or value < least:
        raise UserError(
            argument=name, expected=f"a whole number of at least {least}", received=value
        )
    return int(value)
