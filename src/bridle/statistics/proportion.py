"""The interval of one network's accuracy."""

from __future__ import annotations

import math

from scipy import special

from bridle.errors import UserError
from bridle.statistics import checks


def accuracy_interval(correct: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for the accuracy of *one* trained network on test examples like these.

    It says nothing about another training.

    Args:
        correct: examples predicted correctly.
        total: examples tested.
        level: confidence.

    Raises:
        UserError: counts or level make no sense.
    """
    checks.between("level", level)
    checks.whole_number("total", total, 1)
    checks.whole_number("correct", correct, 0)
    if correct > total:
        raise UserError(argument="correct", expected=f"at most total = {total}", received=correct)
    wrong, share = total - correct, correct / total
    z = float(special.ndtri(1 - (1 - level) / 2))
    half = z * math.sqrt(share * (1 - share) * total + z * z / 4)
    low = (correct + z * z / 2 - half) / (total + z * z) if correct else 0.0
    high = (correct + z * z / 2 + half) / (total + z * z) if wrong else 1.0
    return float(low), float(high)
