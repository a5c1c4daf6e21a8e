"""Failed trainings: runs that finished and learned much less than the other runs of their method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.statistics.checks import Floats
from bridle.statistics.margin import WHOLE, ErrorOf

FARTHEST = 5.0
"""Minimum number of standard deviations by which a failed training lies below the median."""

LOST = 0.2
"""Minimum share of the best possible score, where there is one, that a failed training loses."""

OTHERS = 4
"""Fewest runs among which a failed one can be recognized."""


def failed(scores: Floats, error: ErrorOf = "accuracy") -> npt.NDArray[np.bool_]:
    """Say which of a method's runs failed.

    Compared with the method's own median, the error (or loss) has more than doubled, the score lies more than five
    standard deviations away (1.4826 times the median distance to the median), and at least 20 points of an accuracy
    are lost. Where most runs of a method fail, none is recognized.

    Args:
        scores: [replicates], higher is better; NaN for a run that is missing or diverged.
        error: the kind of scores, as in `compare`.
    """
    there = scores[np.isfinite(scores)]
    result = np.zeros(len(scores), bool)
    if len(there) < OTHERS or error == "plain":
        return result
    median = float(np.median(there))
    whole = None if callable(error) else WHOLE.get(error)
    own = float(error(median)) if callable(error) else (whole or 0.0) - median
    spread = 1.4826 * float(np.median(np.abs(there - median)))
    far = max(own, FARTHEST * spread, LOST * (whole or 0.0))
    return np.asarray(np.isfinite(scores) & (median - scores > far) & (far > 0), bool)
