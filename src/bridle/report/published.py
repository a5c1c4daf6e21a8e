"""Figures that a reproduced work published, beside those measured here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.numbers import count, listed, percent, tallied
from bridle.statistics.checks import Floats
from bridle.statistics.prediction import agreement, predicted
from bridle.study.claims import comparable
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.measure import measure_of


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure.

    Attributes:
        method: its label here.
        metric: the name of what was measured.
        text: as printed in the work.
        value: the figure in Bridle's notation; empty if it is not a number.
        ours: the result here, with its interval or range; empty if it was not measured.
        predicted: where a further run as the work's would lie, 95 % for all figures together; empty if that is unknown.
        verdict: `agrees`, `differs` or `undecided`; empty where ours is no run of that kind.
    """

    method: str
    metric: str
    text: str
    value: str
    ours: str
    predicted: str
    verdict: str


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
    entries = study.plan.published
    numbers = [e for e in entries if "accuracy" in str(e["metric"]) or "loss" in str(e["metric"])]
    return [
        _figure(
            study,
            answer,
            entry,
            [float(e["value"]) for e in numbers if e["metric"] == entry["metric"]],
            max(1, len(numbers)),
        )
        for entry in entries
    ]


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
    parts = tallied(
        [claim.verdict for claim in found],
        (
            ("holds", "holds", "hold"),
            ("does not hold", "does not hold", "do not hold"),
            ("undecided", "is undecided", "are undecided"),
            ("not comparable", "cannot be judged here", "cannot be judged here"),
        ),
    )
    if len(parts) > 1:
        return f"Of {count(len(found))} published rankings {listed(parts)}."
    said = parts[0].partition(" ")[2]
    if len(found) == 1:
        return f"The one published ranking {said}."
    if found[0].verdict == "not comparable":
        return f"None of {count(len(found))} published rankings can be judged here."
    return f"All {count(len(found))} published rankings {said}."


def _figure(
    study: StudyReader, answer: Answer, entry: Any, values: Sequence[float], figures: int
) -> PublishedFigure:
    """Write one published figure beside ours.

    Args:
        study: the reproduction.
        answer: its answer.
        entry: of the plan.
        values: all published figures of the same metric, this one among them.
        figures: number of all published figures that are numbers.
    """
    metric, value, method = str(entry["metric"]), float(entry["value"]), str(entry["method"])
    fraction = "accuracy" in metric
    numeric = fraction or "loss" in metric

    def write(x: float) -> str:
        return percent(x, 2) if fraction else f"{x:.4g}"

    ours = _values(study, method, metric)
    if not numeric:
        row = next((r for r in answer.rows if r.method == method and metric == "weights"), None)
        zeros = "" if row is None else f"{percent(row.zeros, 1)} of the weights exactly zero"
        return PublishedFigure(answer.name(method), metric, str(entry["text"]), "", zeros, "", "")
    where = predicted(ours, 1, figures=figures)
    known = not math.isnan(where.low)
    verdict = agreement(value, where, values) if known else "undecided"
    return PublishedFigure(
        answer.name(method),
        metric,
        str(entry["text"]),
        write(value),
        write(where.mean) if len(ours) else "",
        f"{write(where.low)} to {write(where.high)}" if known else "",
        verdict if comparable(study.plan) else "not comparable",
    )


def _values(study: StudyReader, method: str, metric: str) -> Floats:
    """Return our measurements `[replicates]` of what a metric names; empty if there are none."""
    if metric == "test accuracy":
        values = study.test_scores("accuracy")[method]
        return np.asarray(values[np.isfinite(values)], np.float64)
    column = {"validation accuracy": "val_score", "validation loss": "val_loss"}.get(
        metric.removeprefix("best ")
    )
    histories = study.histories()
    own = histories[histories["method"] == method]
    if column is None or not len(own):
        return np.array([])
    groups = own.sort_values("epoch").groupby("replicate")[column]
    best = groups.max() if column == "val_score" else groups.min()
    found = best if metric.startswith("best ") else groups.last()
    values = np.asarray(found, np.float64)
    return np.asarray(values[np.isfinite(values)], np.float64)


def how_to_read(figures: Sequence[PublishedFigure]) -> str:
    """Say how to read published figures beside ours; empty if none of them is compared."""
    if not any(figure.verdict for figure in figures):
        return ""
    return (
        "Prediction interval: where a further run would lie, 95 % for all published figures together. Undecided: the "
        "interval holds every figure of the work."
    )
