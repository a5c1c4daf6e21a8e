"""Figures that a reproduced work published, beside those measured here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.numbers import count, listed, percent, percents
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure.

    Attributes:
        method: its label here.
        metric: the name of what was measured.
        text: as printed in the work.
        value: the figure in Bridle's notation; empty if it is not a number.
        ours: the result here, with its interval or range; empty if it was not measured.
    """

    method: str
    metric: str
    text: str
    value: str
    ours: str


@dataclass(frozen=True)
class ClaimLine:
    """One published ranking with our evidence, in words.

    Attributes:
        text: the claim in words.
        difference: better minus worse, with its interval.
        verdict: holds, does not hold, undecided, or not comparable.
    """

    text: str
    difference: str
    verdict: str


def figures(study: StudyReader, answer: Answer) -> list[PublishedFigure]:
    """Return the published figures beside ours."""
    return [_figure(study, answer, entry) for entry in study.plan.published]


def claims(answer: Answer) -> list[ClaimLine]:
    """Return published rankings with our evidence, by accuracy in any study."""
    found, accuracy = [], measure_of("accuracy")
    for c in answer.claims:
        d, low, high = accuracy.interval(c.difference, c.low, c.high)
        known = math.isfinite(c.low)
        found.append(ClaimLine(c.claim.text, f"{d} [{low}, {high}]" if known else d, c.verdict))
    return found


def sentences(answer: Answer) -> list[str]:
    """Return how many published rankings hold, and how the study differs from the work; empty without claims."""
    found, there = claims(answer), answer.evidence.rankings
    if not found or there is None:
        return []
    said = [summary(found)]
    if there.short:
        said.append(
            f"That takes at least a tenth of that work's training; here are {listed(there.short)}."
        )
    elif any(claim.verdict == "not comparable" for claim in found):
        said.append("Of a method that did nothing here no ranking can be judged.")
    if there.otherwise:
        what = "They are" if len(found) > 1 else "It is"
        otherwise = listed(there.otherwise)
        said.append(
            f"{what} from {there.work} (bridle reproduce {there.work}); otherwise here: {otherwise}."
        )
    return said


def lines(answer: Answer) -> list[str]:
    """Return the same, and each ranking with our difference of test accuracy and its verdict; empty without claims."""
    return sentences(answer) + [
        f"{claim.text}: {claim.difference} points, {claim.verdict}." for claim in claims(answer)
    ]


def footnote(answer: Answer) -> str:
    """Say how to read the differences."""
    amount = len(answer.claims)
    looks = answer.evidence.looks.again and answer.evidence.replicates > 1
    if amount > 1:
        together = f" for all {count(amount)} rankings{' and all looks' if looks else ''} together"
    else:
        together = " for all looks together" if looks else ""
    return f"Intervals: 95 %{together}, in points of test accuracy."


def summary(found: Sequence[ClaimLine]) -> str:
    """Count the verdicts in a sentence; empty without claims."""
    if not found:
        return ""
    parts = []
    for verdict, one, more in (
        ("holds", "holds", "hold"),
        ("does not hold", "does not hold", "do not hold"),
        ("undecided", "is undecided", "are undecided"),
        ("not comparable", "cannot be judged here", "cannot be judged here"),
    ):
        amount = sum(claim.verdict == verdict for claim in found)
        if amount:
            parts.append(f"{count(amount)} {one if amount == 1 else more}")
    if len(parts) > 1:
        return f"Of {count(len(found))} published rankings {listed(parts)}."
    said = parts[0].partition(" ")[2]
    if len(found) == 1:
        return f"The one published ranking {said}."
    if found[0].verdict == "not comparable":
        return f"None of {count(len(found))} published rankings can be judged here."
    return f"All {count(len(found))} published rankings {said}."


def _figure(study: StudyReader, answer: Answer, entry: Any) -> PublishedFigure:
    metric, value = str(entry["metric"]), float(entry["value"])
    fraction = "accuracy" in metric
    numeric = fraction or "loss" in metric
    shown = percent(value, 2) if fraction else f"{value:.4g}" if numeric else ""
    return PublishedFigure(
        answer.name(str(entry["method"])),
        metric,
        str(entry["text"]),
        shown,
        _ours(study, answer, str(entry["method"]), metric),
    )


def _ours(study: StudyReader, answer: Answer, method: str, metric: str) -> str:
    """Return our measurement of what `metric` names."""
    if answer.comparison is not None and metric == f"test {answer.measure.metric}":
        base = answer.comparison.baseline
        score = (
            answer.comparison.baseline_score
            if method == base
            else answer.comparison[method].score
            if method in answer.evidence.methods
            else None
        )
        if score is not None and math.isfinite(score.mean):
            text = percent(score.mean, 2)
            if math.isfinite(score.low):
                text += f" ({percents(score.low, score.high, 2)})"
            return text
    column = {"validation accuracy": "val_score", "validation loss": "val_loss"}.get(
        metric.removeprefix("best ")
    )
    if column is None:
        if metric == "weights":
            row = next((row for row in answer.rows if row.method == method), None)
            return "" if row is None else f"{percent(row.zeros, 1)} of the weights exactly zero"
        return ""
    histories = study.histories()
    own = histories[histories["method"] == method]
    if not len(own):
        return ""
    return _best(own, column, metric.startswith("best "))


def _best(histories: pd.DataFrame, column: str, best: bool) -> str:
    """Return the mean over replicates of the best (or last) epoch, and the range."""
    groups = histories.sort_values("epoch").groupby("replicate")[column]
    if not best:
        values = np.asarray(groups.last(), np.float64)
    else:
        values = np.asarray(groups.max() if column == "val_score" else groups.min(), np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""

    def write(value: float) -> str:
        return percent(value, 2) if column == "val_score" else f"{value:.4f}"

    text = write(float(values.mean()))
    if len(values) > 1:
        text += f" (single replicates {write(float(values.min()))} to {write(float(values.max()))})"
    return text
