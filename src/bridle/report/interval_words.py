"""A difference and its interval in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    from bridle.statistics import Compared
    from bridle.statistics.contrasts import Contrast


def range_words(answer: Answer, c: Compared | Contrast) -> tuple[str, str]:
    """Return a difference, `+1.9`, and its interval, `0.7 to 3.1`.

    If lower is better, words say lower or higher, and the numbers have no sign.
    """
    ends = (c.difference, c.low, c.high)
    if answer.measure.lower and c.difference < 0:
        ends = (-c.difference, -c.high, -c.low)
    difference, low, high = answer.measure.interval(*ends)
    if answer.measure.lower:
        difference = difference.lstrip("+")
    return difference, f"{low.lstrip('+')} to {high.lstrip('+')}"
