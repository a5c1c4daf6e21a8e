"""`reliability`: the share of right predictions against their confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bridle.metrics.contributions import calibration_error, confidence
from bridle.numbers import many, signed
from bridle.report.figures.base import need_methods, need_predictions
from bridle.statistics import accuracy_interval
from bridle.statistics.checks import Floats
from bridle.study.plan import BASELINE
from bridle.verdict.answer import Answer

BINS = 10
"""Number of bins, of equal width."""

LEAST = 10
"""Minimum number of predictions in a bin; bins with fewer are left out."""


@dataclass(frozen=True)
class Reliability:
    """One method's test predictions by confidence.

    Attributes:
        method: its name, as tables write it.
        confidence: [bins] mean probability of the predicted class; bins of few predictions are left out.
        accuracy: [bins] the share of predictions that are right.
        low: [bins] lower end of the 95 % binomial interval of that share.
        high: [bins] upper end.
        share: [BINS] the share of all predictions in each bin.
        over: mean confidence minus accuracy: positive where networks are surer than right.
        gap: the root of the mean calibration error; 0 where chance alone explains the gaps.
    """

    method: str
    confidence: Floats
    accuracy: Floats
    low: Floats
    high: Floats
    share: Floats
    over: float
    gap: float


@dataclass(frozen=True)
class ReliabilityFigure:
    """Reliability diagrams as small multiples.

    Attributes:
        methods: the baseline first where there is one.
        edges: [BINS + 1] of the bins.
        replicates: the most of any method.
        shared: whether replicates share test examples, so that more replicates do not make intervals narrower.
    """

    methods: tuple[Reliability, ...]
    edges: Floats
    replicates: int
    shared: bool

    @property
    def bottom(self) -> float:
        """Where the axis of accuracies begins: at a tenth below all intervals and below a guess."""
        ends = [float(own.low.min(initial=1.0)) for own in self.methods]
        return math.floor(10 * min(*ends, float(self.edges[0]))) / 10

    @property
    def baseline(self) -> Reliability | None:
        """The baseline's, drawn in grey in every panel."""
        return next((r for r in self.methods if r.method == BASELINE), None)


def record(answer: Answer) -> ReliabilityFigure:
    """Sort the test predictions of the selected runs by confidence, all replicates together.

    Raises:
        NotShownError: no run has finished.
    """
    labels, evidence = need_methods(answer), answer.evidence
    edges = np.linspace(1 / len(need_predictions(answer).task.names), 1, BINS + 1)
    shared = evidence.design != "fresh"
    found = tuple(_of(answer, label, edges, shared) for label in labels)
    replicates = max(len(evidence.done(label)) for label in labels)
    return ReliabilityFigure(found, edges, replicates, shared)


def _of(answer: Answer, label: str, edges: Floats, shared: bool) -> Reliability:
    predictions = need_predictions(answer)
    sure, right, errors = [], [], []
    for replicate in answer.evidence.done(label):
        logits, truth = predictions.outputs(label, replicate), predictions.targets(replicate)
        one, correct = confidence(logits, truth)
        sure.append(one)
        right.append(correct)
        errors.append(calibration_error(logits, truth, predictions.weights(replicate)).mean())
    p, hits = np.concatenate(sure), np.concatenate(right)
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    there = counts >= min(LEAST, counts.max())
    mean = np.bincount(place, p, BINS)[there] / counts[there]
    accuracy = np.bincount(place, hits, BINS)[there] / counts[there]
    examples = counts[there] / (len(sure) if shared else 1)
    ends = [
        accuracy_interval(round(share * max(round(n), 1)), max(round(n), 1))
        for share, n in zip(accuracy, examples, strict=True)
    ]
    low, high = np.array(ends).T
    return Reliability(
        answer.name(label),
        mean,
        accuracy,
        # the count of one replicate is rounded, and must not put the share outside
        np.minimum(low, accuracy),
        np.maximum(high, accuracy),
        counts / counts.sum(),
        float(p.mean() - hits.mean()),
        math.sqrt(max(float(np.mean(errors)), 0.0)),
    )


def caption(record: ReliabilityFigure) -> str:
    """Say how to read the figure."""
    text = (
        "Test predictions by confidence, the probability of the class predicted, and how many of them are "
        "right. Below the diagonal networks are surer than right; the bars tell where most predictions lie. "
        f"Bins of fewer than {LEAST} are left out. Vertical lines: 95 % binomial intervals"
    )
    if record.replicates > 1:
        text += (
            f", of {many(record.replicates, 'replicate')} together"
            if not record.shared
            else " for the examples of one replicate, which the others share"
        )
    text += (
        ". Gap: how far a single network typically is from the diagonal, in points (the root of the "
        "calibration error); networks that err to both sides may lie on it together."
    )
    if record.baseline is not None and len(record.methods) > 1:
        text += " Grey in every panel: without regularization."
    return text


def alt(record: ReliabilityFigure) -> str:
    """Describe the figure to those who do not see it."""
    parts = [
        f"{r.method} {signed(100 * r.over)} points, typical gap {100 * r.gap:.1f}"
        for r in record.methods
    ]
    return f"Reliability diagrams. Mean confidence minus accuracy: {'; '.join(parts)}."
