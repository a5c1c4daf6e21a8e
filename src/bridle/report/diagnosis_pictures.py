"""The figures of a diagnosis, in the order in which its page shows them."""

from __future__ import annotations

from bridle.diagnosis.diagnosis import Diagnosed
from bridle.diagnosis.quantities import shares_by_epoch
from bridle.diagnosis.trainings import Trained, on_permuted
from bridle.errors import unknown
from bridle.report.figures.base import NotShownError
from bridle.report.figures.diagnosis import LearningCurve, Memorization, PermutedTargets
from bridle.report.figures.registry import Picture
from bridle.statistics.checks import Floats


def learning_curve(diagnosis: Diagnosed) -> LearningCurve:
    """Gather shares of test examples by the number of training examples."""
    m = diagnosis.measured
    if not m.curve or m.signal is None:
        raise NotShownError("every run diverged")
    w = diagnosis.wording
    return LearningCurve(
        w,
        tuple(step.examples for step in m.curve),
        tuple(step.score.value for step in m.curve),
        tuple(max(step.score.low, w.own.lowest) for step in m.curve),
        tuple(min(step.score.high, 1.0) for step in m.curve),
        tuple(step.scores for step in m.curve),
        m.signal.chance,
        (m.reference, m.reference_score),
    )


def permuted(diagnosis: Diagnosed) -> PermutedTargets:
    """Gather shares of test examples on permuted targets."""
    m = diagnosis.measured
    if not m.retrained or m.signal is None:
        raise NotShownError(
            f"too few networks were trained on permuted {diagnosis.wording.targets}"
        )
    return PermutedTargets(diagnosis.wording, m.permuted, m.signal.accuracy, m.signal.p)


def memorization(diagnosis: Diagnosed) -> Memorization:
    """Gather training shares epoch by epoch, on true and on permuted targets at the same learning rates."""
    true = diagnosis.chosen
    others = on_permuted(diagnosis.trained, true)
    if not true or not others:
        raise NotShownError(f"there are no runs on permuted {diagnosis.wording.targets}")
    return Memorization(
        diagnosis.wording,
        _shares(diagnosis, true, "train"),
        _shares(diagnosis, true, "val"),
        _shares(diagnosis, others, "train"),
        diagnosis.measured.chance,
    )


PICTURES = (
    Picture(
        "permuted",
        "Is there signal?",
        permuted,
        PermutedTargets.caption,
        PermutedTargets.alt,
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


def _shares(diagnosis: Diagnosed, runs: list[Trained], part: str) -> Floats:
    dataset, seed = diagnosis.dataset, diagnosis.plan.seed
    drawn = {number: dataset.replicate(number, seed) for number in {r.run.replicate for r in runs}}
    splits = [drawn[one.run.replicate] for one in runs]
    return shares_by_epoch(dataset.task, runs, part, splits)
