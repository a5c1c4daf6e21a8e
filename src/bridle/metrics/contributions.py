"""Scores of predictions, each as a mean over examples.

Every function takes logits `[n, K]` (log-probabilities up to a constant of each row), targets `[n]` and, where
examples do not all count alike, their weights `[n]`. It returns each example's part `[n]`: their mean is the
(weighted) score. Where a score is no plain mean
(weights, balanced accuracy, AUROC, calibration error), an example's part is the score plus the example's
influence on it: n times the change that a little more weight on the example makes. To first order
the parts then have the score's mean and its sampling variance, and one analysis of variance
serves every metric (Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]
Weights = npt.ArrayLike | None
"""Weights of the examples, [n], 0 or more; None if all count alike."""

BINS = 15
"""Number of bins for the calibration error, with equal numbers of examples."""

LEAST = 10
"""Minimum number of examples in a bin; with fewer examples there are fewer bins."""


def probabilities(logits: npt.ArrayLike) -> Floats:
    """Return class probabilities `[n, K]`, in double precision."""
    found: Floats = special.softmax(np.asarray(logits, np.float64), axis=1)
    return found


def weighted(values: Floats, weights: Weights = None) -> Floats:
    """Return parts `[n]` of the weighted mean of `values [n]`: the values themselves where all count alike."""
    if weights is None:
        return values
    share = share_of(weights)
    mean = (share * values).mean()
    found: Floats = mean + share * (values - mean)
    return found


def share_of(weights: npt.ArrayLike) -> Floats:
    """Return weights `[n]` scaled to a mean of 1."""
    wide = np.asarray(weights, np.float64)
    return np.asarray(wide / wide.mean())


def accuracy(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Say which examples are classified right: 1 or 0."""
    return weighted(_right(logits, targets), weights)


def _right(logits: npt.ArrayLike, targets: Integers) -> Floats:
    right: Floats = (np.asarray(logits).argmax(axis=1) == targets).astype(np.float64)
    return right


def log_loss(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Return minus the logarithm of the probability given to the true class, in nats."""
    logs = special.log_softmax(np.asarray(logits, np.float64), axis=1)
    losses: Floats = -logs[np.arange(len(targets)), targets]
    return weighted(losses, weights)


def brier(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Return the squared distance of the probabilities from the truth.

    With two classes that of one class's probability, from 0 to 1; with more the sum over classes, from
    0 to 2, as scikit-learn does. Source: Brier, "Verification of forecasts expressed in terms of
    probability", Monthly Weather Review 78, 1950.
    """
    p = probabilities(logits)
    p[np.arange(len(targets)), targets] -= 1
    return weighted((p**2).sum(axis=1) / (2 if p.shape[1] == 2 else 1), weights)


def balanced_accuracy(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Return parts of the mean over classes of the share classified right (their recall).

    Classes without a test example are left out.
    """
    right = _right(logits, targets)
    own = np.ones(len(right)) if weights is None else share_of(weights)
    keep = own > 0
    _, place, counts = np.unique(np.asarray(targets)[keep], return_inverse=True, return_counts=True)
    totals = counts if weights is None else np.bincount(place, own[keep])
    recall = np.bincount(place, own[keep] * right[keep]) / totals
    weight = len(right) / (len(totals) * totals)
    found = np.full(len(right), recall.mean())
    found[keep] += weight[place] * own[keep] * (right[keep] - recall[place])
    return found


def auroc(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Return parts of the area under the ROC curve.

    For two classes: how often an example of the second gets a higher probability of it than one of the
    first. For more: the mean over classes of each against the rest. Classes without a test example are
    left out. The parts are the placements of DeLong et al., "Comparing the areas under two or more
    correlated receiver operating characteristic curves", Biometrics 44, 1988.
    """
    logits = np.asarray(logits, np.float64)
    if logits.shape[1] == 2:
        # logits differ where probabilities near 0 and 1 would be rounded to the same number
        return _area(logits[:, 1] - logits[:, 0], np.asarray(targets) == 1, weights)
    p = probabilities(logits)
    areas = [_area(p[:, k], np.asarray(targets) == k, weights) for k in np.unique(targets)]
    found: Floats = np.mean(areas, axis=0)
    return found


def _area(score: Floats, positive: npt.NDArray[np.bool_], weights: Weights = None) -> Floats:
    """Return parts of the area for one class against the rest; NaN if one side is empty."""
    if weights is not None:
        return _weighted_area(score, positive, share_of(weights))
    n, found = len(score), np.full(len(score), np.nan)
    if not positive.any() or positive.all():
        return found
    for side, other in ((positive, ~positive), (~positive, positive)):
        others = np.sort(score[other])
        # how many of the other side lie below, ties by half
        ends = (np.searchsorted(others, score[side]), np.searchsorted(others, score[side], "right"))
        below = np.mean(ends, axis=0)
        won = below / len(others) if side is positive else 1 - below / len(others)
        area = won.mean()
        found[side] = area + n / side.sum() * (won - area)
    return found


def _weighted_area(score: Floats, positive: npt.NDArray[np.bool_], own: Floats) -> Floats:
    """Return the same for examples with weights, whose mean is 1."""
    found = np.full(len(score), np.nan)
    if not own[positive].any() or not own[~positive].any():
        return found
    for side, other in ((positive, ~positive), (~positive, positive)):
        order = np.argsort(score[other])
        others, total = score[other][order], np.r_[0.0, np.cumsum(own[other][order])]
        ends = (np.searchsorted(others, score[side]), np.searchsorted(others, score[side], "right"))
        below = np.mean([total[end] for end in ends], axis=0) / total[-1]
        won = below if side is positive else 1 - below
        area = np.average(won, weights=own[side])
        found[side] = area + len(score) * own[side] / own[side].sum() * (won - area)
    return found


def confidence(logits: npt.ArrayLike, targets: Integers) -> tuple[Floats, Floats]:
    """Return the probability of each example's predicted class `[n]`, and whether it is right `[n]`."""
    return probabilities(logits).max(axis=1), _right(logits, targets)


def equal_bins(confident: Floats, bins: int = BINS) -> list[npt.NDArray[np.intp]]:
    """Return the examples of each bin: equal numbers, in order of confidence; ties in order of rows."""
    count = max(1, min(bins, len(confident) // LEAST))
    return np.array_split(np.argsort(confident, kind="stable"), count)


def calibration_error(logits: npt.ArrayLike, targets: Integers, weights: Weights = None) -> Floats:
    """Return parts of the mean squared gap between confidence and accuracy.

    Examples are put into bins of equal numbers by the probability of their predicted class; a bin's gap
    is its mean confidence minus the share classified right. Chance alone causes gaps, so a plain
    mean of their squares would find even a perfect network uncalibrated, more so with fewer
    examples. Products of two *different* examples have no such bias (Kumar, Liang, Ma, "Verified
    uncertainty calibration", NeurIPS 2019), so a network may score slightly below 0.
    """
    confident, right = confidence(logits, targets)
    found = np.full(len(confident), np.nan)
    own = None if weights is None else share_of(weights)
    for rows in equal_bins(confident):
        if own is not None:
            found[rows] = _weighted_gap(confident[rows] - right[rows], own[rows])
        elif len(rows) > 1:
            gap = confident[rows] - right[rows]
            pairs = gap * (gap.sum() - gap) / (len(rows) - 1)
            found[rows] = 2 * pairs - pairs.mean()
    if own is not None:  # here the parts of each bin's own error; bins are weighted by their shares
        score = (own * found).mean()
        found = score + own * (found - score)
    return found


def _weighted_gap(gap: Floats, own: Floats) -> Floats:
    """Return parts of a bin's squared gap, of products of two different examples with weights."""
    pairs = own.sum() ** 2 - (own**2).sum()
    if pairs <= 0:
        return np.full(len(gap), np.nan)
    each = gap * ((own * gap).sum() - own * gap) * own.sum() / pairs
    return np.asarray(2 * each - np.average(each, weights=own))
