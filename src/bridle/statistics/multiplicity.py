"""P-values of several tests, adjusted."""

from __future__ import annotations

import numpy as np

from bridle.errors import UserError
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike, Floats


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values of several tests (Holm 1979, Scandinavian Journal of Statistics 6).

    For ranks over data sets. The intervals and verdicts of a comparison have their own adjusted
    p-values, which agree with them; see `simultaneous`.

    Args:
        p_values: [tests], each between 0 and 1; a NaN stays NaN and counts as no test.

    Raises:
        UserError: a value is outside 0 to 1.
    """
    p = checks.array("p_values", p_values, ("tests",))
    there = ~np.isnan(p)
    if ((p[there] < 0) | (p[there] > 1)).any():
        raise UserError(argument="p_values", expected="numbers from 0 to 1", received=p.tolist())
    order = np.argsort(np.where(there, p, np.inf), kind="stable")[: there.sum()]
    # written here because statsmodels runs a full garbage collection at every call, 50 ms or far more
    steps = np.arange(len(order), 0, -1) * p[order]
    adjusted = np.full(p.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
