"""The figures of a diagnosis, in the order in which its page shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.diagnosis.diagnosis import Diagnosed
from bridle.diagnosis.trainings import Trained, on_permuted
from bridle.engine.spec import HISTORY
from bridle.errors import unknown
from bridle.report.figures.base import NotShownError
from bridle.report.figures.diagnosis import LearningCurve, Memorization, PermutedLabels
from bridle.report.figures.registry import Picture


def learning_curve(diagnosis: Diagnosed) -> LearningCurve:
    """Gather test accuracies by the number of training examples."""
    m = diagnosis.measured
    if not m.curve or m.signal is None:
        raise NotShownError("every run diverged")
    return LearningCurve(
        tuple(step.examples for step in m.curve),
        tuple(step.score.value for step in m.curve),
        tuple(max(step.score.low, 0.0) for step in m.curve),
        tuple(min(step.score.high, 1.0) for step in m.curve),
        tuple(step.scores for step in m.curve),
        m.signal.chance,
        (m.reference, m.reference_score),
    )


def permuted(diagnosis: Diagnosed) -> PermutedLabels:
    """Gather test accuracies on permuted labels."""
    m = diagnosis.measured
    if not m.retrained or m.signal is None:
        raise NotShownError("too few networks were trained on permuted labels")
    return PermutedLabels(m.permuted, m.signal.accuracy, m.signal.p)


def memorization(diagnosis: Diagnosed) -> Memorization:
    """Gather training accuracies epoch by epoch, on true and on permuted labels at the same learning rates."""
    true = diagnosis.chosen
    others = on_permuted(diagnosis.trained, true)
    if not true or not others:
        raise NotShownError("there are no runs on permuted labels")
    return Memorization(
        _column(true, "train_score"),
        _column(true, "val_score"),
        _column(others, "train_score"),
        diagnosis.measured.chance,
    )


PICTURES = (
    Picture(
        "permuted",
        "Is there signal?",
        permuted,
        PermutedLabels.caption,
        PermutedLabels.alt,
        "svg",
    ),
    Picture(
        "learning_curve",
        "Would more data help?",
        learning_curve,
        LearningCurve.caption,
        LearningCurve.alt,
        "svg",
    ),
    Picture(
        "memorization",
        "How much does it memorize?",
        memorization,
        Memorization.caption,
        Memorization.alt,
        "svg",
    ),
)


def picture(name: str) -> Picture:
    """Return the figure of that name.

    Raises:
        UserError: there is none.
    """
    known = {p.name: p for p in PICTURES}
    if name not in known:
        raise unknown("figure", name, known)
    return known[name]


def _column(chosen: list[Trained], name: str) -> Any:
    return np.stack([one.history[:, HISTORY.index(name)] for one in chosen]).astype(float)
