"""`differences`: every method against no regularization, with simultaneous intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.report.figures.base import NotShownError
from bridle.statistics.checks import Floats
from bridle.verdict.answer import Answer
from bridle.verdict.measure import Measure


@dataclass(frozen=True)
class Difference:
    """One comparison, in the shown units (such as points).

    Attributes:
        method: its name, as tables write it.
        difference: mean paired difference; positive is better.
        low: lower end of the simultaneous interval; NaN if there is none.
        high: upper end.
        pairs: [replicates] the paired differences.
        verdict: the verdict in words.
        text: the numbers as the table writes them.
    """

    method: str
    difference: float
    low: float
    high: float
    pairs: Floats
    verdict: str
    text: str


@dataclass(frozen=True)
class DifferencesFigure:
    """A forest plot.

    Attributes:
        differences: the largest first.
        margin: how large a difference must be to matter, in the shown units.
        level: joint confidence.
        measure: how the numbers are written.
        baseline: the method that the others were compared with, in words.
    """

    differences: tuple[Difference, ...]
    margin: float
    level: float
    measure: Measure
    baseline: str


def record(answer: Answer) -> DifferencesFigure:
    """Gather the comparisons of an answer, and the paired differences.

    Raises:
        NotShownError: nothing was compared.
    """
    baseline = answer.spoken(answer.baseline)
    if answer.comparison is None or not answer.compared:
        raise NotShownError(f"nothing was compared with {baseline}")
    measure, factor, scores = answer.measure, answer.measure.factor, answer.evidence.scores
    found = []
    for c in answer.compared:
        if c.difference != c.difference:
            continue
        d, low, high = measure.interval(c.difference, c.low, c.high)
        pairs = scores[c.method] - scores[answer.baseline]
        found.append(
            Difference(
                answer.name(c.method),
                factor * c.difference,
                factor * measure.possible(c.low),
                factor * measure.possible(c.high),
                factor * pairs[~np.isnan(pairs)],
                c.verdict.label,
                f"{d} [{low}, {high}]" if c.low == c.low else d,
            )
        )
    if not found:
        raise NotShownError("no method and the baseline share a finished replicate")
    return DifferencesFigure(
        tuple(found), factor * answer.comparison.margin, answer.comparison.level, measure, baseline
    )


def caption(record: DifferencesFigure) -> str:
    """Say how to read the figure."""
    text = (
        f"Right of zero is better than {record.baseline}. Dot and bar: mean difference and "
        f"{100 * record.level:g} % interval, for all comparisons together"
    )
    if any(len(d.pairs) > 1 for d in record.differences):
        text += "; small dots: single replicates"
    if all(d.verdict == "no verdict" for d in record.differences):
        return (
            text
            + ". One replicate: the bars show the test set's own uncertainty, and allow no verdict."
        )
    return (
        f"{text}. An interval that leaves zero out helps or hurts; one inside the shaded margin makes no "
        "practical difference."
    )


def alt(record: DifferencesFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [f"{d.method} {d.text}, {d.verdict}" for d in record.differences]
    return f"Differences to {record.baseline}, with intervals: {'; '.join(parts)}."
