"""From raw features to what a network sees: `(inputs - shift) * scale`."""

from __future__ import annotations

import numpy as np

from bridle.data.dataset import Floats, Inputs, Integers
from bridle.errors import UserError
from bridle.tables.preparation import LARGEST_SCALE


def standardize(inputs: Inputs, rows: Integers) -> tuple[Floats, Floats]:
    """Fit mean 0 and standard deviation 1 for every feature, on some rows.

    A feature that is constant in `rows` gets scale 0: a network cannot learn anything from it, so its
    values in other rows must not reach the network.

    Args:
        inputs: [n, d].
        rows: the training rows; no others are used.

    Returns:
        shift [d] and scale [d], float32, always finite.
    """
    # single precision would lose the variance of features far from zero
    part = inputs[rows].astype(np.float64)
    mean = part.mean(axis=0)
    spread = part.std(axis=0)
    # rounding leaves a tiny spread in a constant column, so equality decides
    varies = part.min(axis=0) < part.max(axis=0)
    scale = np.zeros_like(spread)
    np.divide(1.0, spread, out=scale, where=varies & (spread > 0))
    scale[scale > LARGEST_SCALE] = 0.0
    return mean.astype(np.float32), scale.astype(np.float32)


def rescale(features: int, low: float, high: float) -> tuple[Floats, Floats]:
    """Bring every feature from `low` to `high` to a range from 0 to 1, as for pixels from 0 to 255.

    Returns:
        shift [features], all `low`, and scale [features], all 1 / (high - low), float32.
    """
    shift = np.full(features, low, np.float32)
    return shift, np.full(features, 1 / (high - low), np.float32)


def relative(weights: Floats | None, rows: Integers) -> Floats | None:
    """Return weights `[n]` of examples divided by their mean over some rows; None if all count alike.

    Args:
        weights: [n], 0 or more.
        rows: the training rows.

    Raises:
        UserError: all training rows have weight 0.
    """
    if weights is None:
        return None
    mean = float(weights[rows].mean(dtype=np.float64))
    if mean <= 0:
        raise UserError(
            argument="Weights of the examples",
            verb="not be",
            expected="0 for all training rows",
            advice="Give some of them a weight above 0.",
        )
    return (weights / mean).astype(np.float32)
