"""Scores of predicted numbers, each as a mean over examples, like `contributions` for classes.

Every function takes predictions and targets `[n, T]`, both in the targets' units, and returns each example's part
`[n]`. The score of several targets is the mean of their scores, as scikit-learn's `uniform_average`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.metrics.contributions import Floats, Weights, share_of


def rmse(predictions: npt.ArrayLike, targets: npt.ArrayLike, weights: Weights = None) -> Floats:
    """Return parts of the root mean squared error, in the targets' unit."""
    squares = np.square(_errors(predictions, targets))
    own = _own(squares, weights)
    mean = (own * squares).mean(axis=0)
    root = np.sqrt(mean)
    # the slope of the root; if every error is 0 there is nothing to add
    slope = np.divide(0.5, root, out=np.zeros_like(root), where=root > 0)
    return _over_targets(root + own * (squares - mean) * slope)


def mae(predictions: npt.ArrayLike, targets: npt.ArrayLike, weights: Weights = None) -> Floats:
    """Return parts of the mean absolute error, in the targets' unit."""
    sizes = np.abs(_errors(predictions, targets))
    if weights is None:
        return _over_targets(sizes)
    own = _own(sizes, weights)
    mean = (own * sizes).mean(axis=0)
    return _over_targets(mean + own * (sizes - mean))


def r2(predictions: npt.ArrayLike, targets: npt.ArrayLike, weights: Weights = None) -> Floats:
    """Return parts of the coefficient of determination, 1 − Σ(y − p)²/Σ(y − ȳ)²; NaN if a target is constant.

    ȳ is the mean of the test targets themselves, so that the mean of training targets scores slightly below 0.
    """
    truth = np.asarray(targets, np.float64)
    squares = np.square(_errors(predictions, targets))
    own = _own(squares, weights)
    around = np.square(truth - (own * truth).mean(axis=0))
    left, whole = (own * squares).mean(axis=0), (own * around).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(whole > 0, 1 - left / whole, np.nan)
        return _over_targets(score + own * (left * around / whole**2 - squares / whole))


def _errors(predictions: npt.ArrayLike, targets: npt.ArrayLike) -> Floats:
    return np.asarray(predictions, np.float64) - np.asarray(targets, np.float64)


def _own(values: Floats, weights: Weights) -> Floats:
    """Return the weights `[n, 1]`, their mean 1."""
    return np.ones((len(values), 1)) if weights is None else share_of(weights)[:, None]


def _over_targets(parts: Floats) -> Floats:
    return np.asarray(parts.mean(axis=1))
