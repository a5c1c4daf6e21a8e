"""From raw features to what a network sees: `(inputs - shift) * scale`."""

from __future__ import annotations

import numpy as np

from bridle.data.dataset import Floats, Inputs, Integers


def standardize(inputs: Inputs, rows: Integers) -> tuple[Floats, Floats]:
    """Fit mean 0 and standard deviation 1 for every feature, on some rows.

    A feature that is constant in `rows` gets scale 0: a network cannot have learnt anything
    from it, so whatever it does elsewhere must not reach the network.

    Args:
        inputs: [n, d].
        rows: the training rows; nothing else is looked at.

    Returns:
        shift [d] and scale [d], float32, always finite.
    """
    # single precision would lose the variance of features far from zero
    part = inputs[rows].astype(np.float64)
    mean = part.mean(axis=0)
    spread = part.std(axis=0)
    # rounding leaves a trace of spread in a constant column, so equality decides
    varies = part.min(axis=0) < part.max(axis=0)
    scale = np.zeros_like(spread)
    np.divide(1.0, spread, out=scale, where=varies & (spread > 0))
    # a spread below about 1e-38 has no finite inverse in single precision
    scale[scale > np.finfo(np.float32).max] = 0.0
    return mean.astype(np.float32), scale.astype(np.float32)


def rescale(features: int, factor: float) -> tuple[Floats, Floats]:
    """Multiply every feature by the same constant, as for pixels from 0 to 255.

    Returns:
        shift [features], all 0, and scale [features], all `factor`, float32.
    """
    return np.zeros(features, np.float32), np.full(features, factor, np.float32)
