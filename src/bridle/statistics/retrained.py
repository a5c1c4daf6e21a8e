"""Test for signal by training again on permuted labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.errors import Unquoted, UserError
from bridle.statistics import checks
from bridle.statistics.checks import ArrayLike
from bridle.statistics.signal import FIRM, LEAST, Signal
from bridle.statistics.ties import at_least


def signal_retrained(
    score: float,
    permuted: ArrayLike | Sequence[float],
    level: float = 0.95,
    excluded_above: float = float("nan"),
) -> Signal:
    """Test for signal by repeating the whole procedure, selection included, on permuted labels.

    Args:
        score: accuracy with the true labels.
        permuted: [repetitions], accuracy of each repetition with permuted labels; at least 19.
        level: confidence.
        excluded_above: the bound that belongs to `score`, from `accuracy_excluded`.

    Raises:
        UserError: fewer than 19 repetitions, or a score is missing.
    """
    scores = checks.array("permuted", permuted, ("repetitions",))
    checks.between("level", level)
    checks.whole_number("the number of repetitions on permuted labels", len(scores), LEAST)
    if np.isnan(scores).any() or not np.isfinite(score):
        raise UserError(
            argument="permuted and score",
            verb="hold",
            expected="an accuracy each",
            received=Unquoted("NaN"),
        )
    # equal shares of right predictions may differ in their last digits, because means are taken in another order
    p = (1 + int(np.count_nonzero(at_least(scores, score)))) / (1 + len(scores))
    chance = float(scores.mean())
    # 19 repetitions reach p = 0.05 but nothing smaller, so that counts as found
    found = bool(at_least(1 - level, p))
    return Signal(found, score, chance, p, excluded_above, len(scores), len(scores) >= FIRM)
