"""Words for what a proper score decides where the score that a study was planned for does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridle.numbers import capital, count, listed
from bridle.report.interval_words import range_words
from bridle.verdict.answer import Answer

if TYPE_CHECKING:
    from bridle.statistics import Compared

NAMED = 3
"""Maximum number of methods named beside the first."""


def decided(answer: Answer) -> list[Compared]:
    """Return the comparisons that the proper score decides and the planned one does not, best first."""
    if answer.proper is None or answer.chance is not None:
        return []
    undecided = {c.method for c in answer.compared if c.verdict.label == "undecided"}
    return [
        c
        for c in answer.proper.compared
        if c.method in undecided and c.verdict.label in ("helps", "hurts")
    ]


def sentences(answer: Answer) -> list[str]:
    """Say in one sentence what the proper score decides; empty if that is nothing."""
    found = decided(answer)
    if not found or answer.proper is None:
        return []
    helping = [c for c in found if c.verdict.label == "helps"]
    hurting = [c for c in reversed(found) if c.verdict.label == "hurts"]
    said = [_effects(answer.proper, own) for own in (helping, hurting) if own]
    metric = answer.proper.measure.metric
    return [
        f"{capital(metric)}, which also counts how sure predictions are, decides more: {'; '.join(said)}."
    ]


def _effects(proper: Answer, found: Sequence[Compared]) -> str:
    """Write `dropout helps (lower by 0.02: 0.01 to 0.03), and so do l2 and mixup`."""
    first, *rest = found
    difference, interval = range_words(proper, first)
    way = "lower" if (first.difference > 0) == proper.measure.lower else "higher"
    verb = "helps" if first.verdict.label == "helps" else "hurts"
    small = ", by less than the margin" if first.verdict.small else ""
    text = f"{proper.spoken(first.method)} {verb}{small} "
    text += f"({way} by {difference.lstrip('+')}: {interval})"
    if not rest:
        return text
    names = [proper.spoken(c.method) for c in rest[:NAMED]]
    if len(rest) > NAMED:
        names.append(f"{count(len(rest) - NAMED)} more")
    return f"{text}, and so {'does' if len(rest) == 1 else 'do'} {listed(names)}"
