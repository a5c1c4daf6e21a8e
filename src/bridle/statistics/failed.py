"""Failed trainings: runs that finished, and learned hardly anything of what their method learns otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.statistics.checks import Floats
from bridle.statistics.margin import WHOLE, ErrorOf

FARTHEST = 5.0
"""A failed training lies farther below the median than so many standard deviations, told from the median distance."""

LOST = 0.2
"""Of scores with a best one, at least this share of it is lost."""

OTHERS = 4
"""Of fewer runs none is told from the others."""


def failed(scores: Floats, error: ErrorOf = "accuracy") -> npt.NDArray[np.bool_]:
    """Say which of a method's runs failed.

    One rule for all scores: against the method's own median, the error (or loss) has more than doubled, the score lies
    farther off than five standard deviations of the method's runs (1.4826 times their median distance to the median),
    and at least 20 points of an accuracy are lost. A method most of whose runs fail has no others to tell them by.

    Args:
        scores: [replicates], higher is better; NaN for a run that is missing or diverged.
        error: what scores are, as of `compare`.
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
