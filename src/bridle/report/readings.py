"""The leaderboard in every metric, as the page shows it, and what the verdicts at another margin rest on.

A verdict is a step in the margin: where an interval's further end lies within it, a difference is small. So the page
follows `statistics.verdicts.verdict_of` and `statistics.undertrained` with two numbers for each method.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bridle.metrics import metric as read_metric
from bridle.metrics import of_task
from bridle.numbers import DASH, capital
from bridle.report import footnotes, terminal, words
from bridle.report.advice import needed
from bridle.report.figures import differences
from bridle.report.figures.base import NotShownError
from bridle.report.palette import looks
from bridle.statistics import Compared
from bridle.statistics.checks import Floats
from bridle.statistics.margin import WHOLE, Margin
from bridle.statistics.undertrained import undertrained_up_to
from bridle.study.plan import BASELINE
from bridle.study.progress import alike, least_gain
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.measure import Measure, measure_of
from bridle.verdict.study_evidence import evidence_of

_COLUMNS = ("setting", "gap", "zeros", "failed")


@dataclass(frozen=True)
class Unit:
    """A unit in which a margin may be given.

    Numbers are texts, which keep every digit.

    Attributes:
        kind: as of `Margin`.
        words: what follows the number.
        whole: what a share or points are a share of, in score units.
        gain: the same for the gain of a validation score by which a method counts as undertrained; in other units than
            a share the gain itself, or empty where it is as large as the margin.
    """

    kind: str
    words: str
    whole: str
    gain: str


@dataclass(frozen=True)
class Turn:
    """Where a method's verdict changes with the margin.

    Attributes:
        clear: `helps` or `hurts`, whatever the margin; empty otherwise.
        judged: whether there is a verdict.
        reach: the smallest margin that its interval lies within, in score units, with every digit.
        improving: the largest gain at which it counts as undertrained; likewise.
    """

    clear: str
    judged: bool
    reach: str
    improving: str


@dataclass(frozen=True)
class MetricReading:
    """A study read by one metric.

    Attributes:
        metric: as it is typed.
        title: as people choose it.
        methods: names in the order of the table.
        measure: how scores are written.
        scores: [replicates] of each method, as shown.
        differences: the forest plot; None if nothing was compared.
        margin: the number and the kind of the margin that the table holds for.
        units: in which another may be given; the margin's own among them.
        turns: for each method.
        said: which metric and which margin count.
    """

    metric: str
    title: str
    methods: tuple[str, ...]
    measure: Measure
    scores: tuple[Floats, ...]
    differences: differences.DifferencesFigure | None
    margin: tuple[float, str]
    units: tuple[Unit, ...]
    turns: tuple[Turn, ...]
    said: str


def answers(study: StudyReader, answer: Answer) -> Iterator[Answer]:
    """Yield the answer, then the answers in all other metrics that need predictions alone."""
    yield answer
    for metric in of_task(study.dataset.task.kind):
        if metric.name != study.plan.metric and not metric.noise:
            yield conclude(evidence_of(study, metric))


def reading(study: StudyReader, answer: Answer) -> MetricReading:
    """Return how an answer is read by its metric, and by other margins."""
    improving = undertrained_up_to(
        answer.evidence.score_gains,
        answer.evidence.loss_gains,
        answer.evidence.loss_speedups,
        answer.evidence.level,
    )
    by_name = {c.method: c for c in answer.compared}
    factor, scores = answer.measure.factor, answer.evidence.scores
    planned = answer.evidence.metric == study.plan.primary
    return MetricReading(
        answer.evidence.metric,
        answer.measure.metric + (" (planned)" if planned else ""),
        tuple(row.name for row in answer.rows),
        answer.measure,
        tuple(factor * scores[row.method] for row in answer.rows),
        _forest(answer),
        (answer.evidence.margin.value, answer.evidence.margin.kind),
        tuple(_units(study, answer)),
        tuple(
            _turn(by_name.get(row.method), improving.get(row.method, -math.inf))
            for row in answer.rows
        ),
        _said(study, answer),
    )


def _forest(answer: Answer) -> differences.DifferencesFigure | None:
    try:
        return differences.record(answer)
    except NotShownError:
        return None


def _turn(c: Compared | None, improving: float) -> Turn:
    label = "no verdict" if c is None else c.verdict.label
    return Turn(
        label if label in ("helps", "hurts") else "",
        label != "no verdict",
        _digits(math.inf if c is None else max(-c.low, c.high)),
        _digits(improving),
    )


def _digits(value: float) -> str:
    """Return every digit of a number, as JavaScript reads it."""
    return repr(float(value)).replace("inf", "Infinity")


def _units(study: StudyReader, answer: Answer) -> Iterator[Unit]:
    """Yield the units in which a margin in this metric may be given."""
    if answer.comparison is None:
        return
    evidence, asked = answer.evidence, answer.evidence.margin.kind
    metric, recorded = read_metric(evidence.metric), study.dataset.task.metric
    base, reached = answer.comparison.baseline_score.mean, study.improvement.reached
    plan = replace(study.plan, metric=metric.name)

    def gain(margin: Margin) -> float:
        return least_gain(replace(plan, margin=str(margin)), recorded, reached)

    error = Margin(100.0, "share").absolute(evidence.error, base)
    share = gain(Margin(100.0, "share"))
    yield Unit(
        "share", f"% of the baseline's {answer.measure.error}", _digits(error), _digits(share)
    )
    own = "" if alike(plan, recorded) else _digits(gain(Margin()))
    if metric.percent or asked == "points":
        yield Unit("points", "points", _digits(WHOLE["accuracy"]), own)
    if not metric.percent or asked == "score":
        yield Unit("score", answer.measure.points if not metric.percent else "of 1", "1.0", own)


def _said(study: StudyReader, answer: Answer) -> str:
    """Say which metric and which margin count, and which others are shown."""
    plan, planned = study.plan, measure_of(study.plan.primary)
    stated = words.asked(Margin.parse(plan.stated), planned)
    text = (
        f"What counts was stated before training: {planned.metric}, with a margin of {stated}. Another margin shows "
        "how far verdicts depend on it."
    )
    if answer.evidence.metric != plan.primary:
        text += (
            f" {capital(answer.measure.metric)} is read beside it: intervals hold together within one metric, and "
            "every further metric is a further chance to err."
        )
    elif plan.margin != plan.stated and answer.evidence.metric == plan.metric:
        text += f" This page was written for a margin of {words.asked(answer.evidence.margin, planned)}."
    return text


def board(answer: Answer) -> dict[str, Any]:
    """Return the leaderboard as texts, with colours and remarks for the page."""
    return {
        "rows": _rows(answer),
        "metric": answer.measure.metric,
        "compared": answer.comparison is not None,
        "gaps": any(row.gap == row.gap for row in answer.rows),
        "failures": any(row.failed for row in answer.rows),
        "notes": " ".join(footnotes.notes(answer, _COLUMNS)),
        "margin": footnotes.margin_note(answer),
    }


def _rows(answer: Answer) -> list[dict[str, Any]]:
    rows, shown = [], looks(row.name for row in answer.rows)
    by_name = {c.method: c for c in answer.compared}
    for row in answer.rows:
        texts: dict[str, Any] = dict(terminal.cells(answer, row))
        c = by_name.get(row.method)
        remarks = []
        if row.chosen is not None and row.chosen.others:
            remarks.append(f"chosen in {row.chosen.times} of {row.replicates} replicates")
        verdict = "" if c is None else row.verdict
        if c is not None and row.verdict == "undecided":
            wanted = needed(answer, c)
            texts["needed"] = f"{wanted} could decide" if wanted else ""
        texts |= {
            "rank": DASH if row.rank is None else row.rank,
            "train": answer.measure.score(row.train_score),
            "color": shown[row.name].color,
            "verdict_class": verdict.replace(" ", "-"),
            "sorts": {
                "score": _sorted(row.score),
                "difference": _sorted(0.0 if row.method == BASELINE else row.difference),
                "wins": "" if row.wins is None or not row.pairs else row.wins / row.pairs,
                "gap": _sorted(row.gap),
                "zeros": _sorted(row.zeros),
            },
            "remark": "; ".join(remarks),
            "baseline": row.method == BASELINE,
            "leading": row.leading and row.verdict == "helps",
        }
        texts.setdefault("needed", "")
        rows.append(texts)
    return rows


def _sorted(value: float) -> str:
    """Return a number to sort by, of which NaN is none."""
    return f"{value:.9g}" if value == value else ""
