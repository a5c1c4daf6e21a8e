"""Scores of predictions, each as a mean over examples.

Every function takes logits `[n, K]` (log-probabilities up to a constant of each row) and targets
`[n]`, and returns each example's part `[n]`: their mean is the score. Where a score is no plain mean
(balanced accuracy, AUROC, calibration error), an example's part is the score plus the example's
influence on it, n times the change that a little more weight on the example makes. So to first order
the parts have not only the score's mean but its sampling variance too, and one analysis of variance
serves every metric (Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]

BINS = 15
"""Of equal numbers of examples, for the calibration error."""

LEAST = 10
"""A bin holds at least so many examples, or there are fewer bins."""


def probabilities(logits: npt.ArrayLike) -> Floats:
    """Return class probabilities `[n, K]`, in double precision."""
    found: Floats = special.softmax(np.asarray(logits, np.float64), axis=1)
    return found


def accuracy(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Say which examples are classified right: 1 or 0."""
    right: Floats = (np.asarray(logits).argmax(axis=1) == targets).astype(np.float64)
    return right


def log_loss(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Return minus the logarithm of the probability given to the true class, in nats."""
    logs = special.log_softmax(np.asarray(logits, np.float64), axis=1)
    found: Floats = -logs[np.arange(len(targets)), targets]
    return found


def brier(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Return the squared distance of the probabilities from the truth.

    With two classes that of one class's probability, from 0 to 1; with more the sum over classes, from
    0 to 2, as scikit-learn does. Source: Brier, "Verification of forecasts expressed in terms of
    probability", Monthly Weather Review 78, 1950.
    """
    p = probabilities(logits)
    p[np.arange(len(targets)), targets] -= 1
    found: Floats = (p**2).sum(axis=1) / (2 if p.shape[1] == 2 else 1)
    return found


def balanced_accuracy(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Return parts of the mean over classes of the share classified right (their recall).

    Classes without a test example are left out.
    """
    right = accuracy(logits, targets)
    present, place, counts = np.unique(targets, return_inverse=True, return_counts=True)
    recall = np.bincount(place, right) / counts
    weight = len(targets) / (len(present) * counts)
    found: Floats = recall.mean() + weight[place] * (right - recall[place])
    return found


def auroc(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Return parts of the area under the ROC curve.

    For two classes: how often an example of the second gets a higher probability of it than one of the
    first. For more: the mean over classes of each against the rest. Classes without a test example are
    left out. The parts are the placements of DeLong et al., "Comparing the areas under two or more
    correlated receiver operating characteristic curves", Biometrics 44, 1988.
    """
    logits = np.asarray(logits, np.float64)
    if logits.shape[1] == 2:
        # logits keep apart what probabilities near 0 and 1 would round together
        return _area(logits[:, 1] - logits[:, 0], np.asarray(targets) == 1)
    p = probabilities(logits)
    areas = [_area(p[:, k], np.asarray(targets) == k) for k in np.unique(targets)]
    found: Floats = np.mean(areas, axis=0)
    return found


def _area(score: Floats, positive: npt.NDArray[np.bool_]) -> Floats:
    """Return parts of the area for one class against the rest; NaN where one side is empty."""
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


def confidence(logits: npt.ArrayLike, targets: Integers) -> tuple[Floats, Floats]:
    """Return the probability of each example's predicted class `[n]`, and whether it is right `[n]`."""
    return probabilities(logits).max(axis=1), accuracy(logits, targets)


def equal_bins(confident: Floats, bins: int = BINS) -> list[npt.NDArray[np.intp]]:
    """Return the examples of each bin: equal numbers, in order of confidence; ties in order of rows."""
    count = max(1, min(bins, len(confident) // LEAST))
    return np.array_split(np.argsort(confident, kind="stable"), count)


def calibration_error(logits: npt.ArrayLike, targets: Integers) -> Floats:
    """Return parts of the mean squared gap between confidence and accuracy.

    Examples are put into bins of equal numbers by the probability of their predicted class; a bin's gap
    is its mean confidence minus the share classified right. Chance alone makes gaps, so that a plain
    mean of their squares would find even a perfect network uncalibrated, the more the fewer examples
    there are. Products of two *different* examples have no such bias (Kumar, Liang, Ma, "Verified
    uncertainty calibration", NeurIPS 2019): a network may so come out slightly below 0.
    """
    confident, right = confidence(logits, targets)
    found = np.full(len(confident), np.nan)
    for rows in equal_bins(confident):
        if len(rows) > 1:
            gap = confident[rows] - right[rows]
            pairs = gap * (gap.sum() - gap) / (len(rows) - 1)
            found[rows] = 2 * pairs - pairs.mean()
    return found
