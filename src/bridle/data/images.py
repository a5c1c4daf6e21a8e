"""Images: the axis of the channels, and the range of the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.data.dataset import Channels, Inputs
from bridle.errors import UserError

USUAL = (1, 3, 4)
"""Usual numbers of channels: grey, colours, colours with opacity."""

LEAST_SPREAD = 0.05
"""Smallest standard deviation of all pixels, as a share of their range, for the range to be used as it is."""

_ROWS = 1000


def channels(shape: tuple[int, int, int], asked: Any = None) -> Channels:
    """Return which axis of images holds their channels: the last, or the first as in PyTorch.

    An axis qualifies if it has a usual number of channels, and if the other two axes are equal. If
    no axis qualifies, the shortest one holds the channels.

    Args:
        shape: of one image.
        asked: the user's choice, `first` or `last`; None leaves it to the shape.

    Raises:
        UserError: the shape is ambiguous.
    """
    if asked is not None:
        if asked not in ("first", "last"):
            raise UserError(argument="channels", expected="'first' or 'last'", received=asked)
        chosen: Channels = asked
        return chosen
    first, middle, last = shape
    for_last = (last in USUAL) + (first == middle)
    for_first = (first in USUAL) + (middle == last)
    if for_last == for_first == 0:
        for_last, for_first = last < min(first, middle), first < min(middle, last)
    if for_last != for_first:
        return "last" if for_last > for_first else "first"
    sides = "×".join(map(str, shape))
    raise UserError(
        f"Each of the images in X has the shape {sides}, which does not say whether the first or the last number "
        "counts its channels. Say so: data = bridle.data.from_arrays(X, y, channels='last'), or 'first', and give "
        "that as the data: bridle.compare(data)."
    )


def as_bytes(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the pixels as uint8 if all are whole numbers from 0 to 255, so that equal images are the same data."""
    if pixels.dtype == np.uint8 or not pixels.size:
        return pixels
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8)
    low, high = pixels.min(), pixels.max()
    if not (low >= 0 and high <= 255):  # also where a value is missing
        return pixels
    whole = pixels.astype(np.uint8)
    return whole if np.array_equal(whole, pixels) else pixels


def pixel_range(inputs: Inputs) -> tuple[float, float] | None:
    """Return the lowest and highest value of a set of images, which are scaled to 0 and 1.

    Returns:
        None if a few values far from all others determine the range, so that most pixels would hardly differ.
    """
    low, high = float(inputs.min()), float(inputs.max())
    if not high > low:
        return None
    total = squares = 0.0
    for start in range(0, len(inputs), _ROWS):  # without a second copy of all images
        part = (inputs[start : start + _ROWS].astype(np.float64) - low) / (high - low)
        total += float(part.sum())
        squares += float(np.square(part).sum())
    mean = total / inputs.size
    spread = max(squares / inputs.size - mean**2, 0.0) ** 0.5
    return (low, high) if spread >= LEAST_SPREAD else None
