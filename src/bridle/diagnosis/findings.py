"""From numbers to words: where the trouble lies, with the evidence, and what to do next. Pure rules."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridle.diagnosis.measured import Measured, Quantity
from bridle.report.numbers import decimals_for, fixed, many, percent

PURE = 0.05
"""Where labels are clean, fewer than these are wrong where a network is surest and a reference agrees."""

LITTLE = 0.05
"""Nats: where training losses lie no further below that of guessing on average, hardly anything is learned."""

MATTERS = 0.1
"""A gain by less than this share of the error is of no practical use, as in comparisons."""


@dataclass(frozen=True)
class Finding:
    """One thing that hinders learning.

    Attributes:
        kind: `no signal found`, `optimization failing`, `leakage by duplicate rows`, `label noise`, `underfitting`,
            `overfitting` or `too little data`.
        evidence: what was measured, in words.
        advice: what to do next.
        command: a command that does it; empty where there is none.
    """

    kind: str
    evidence: str
    advice: str
    command: str = ""


def findings(
    m: Measured, dataset: str, learning_rate: float = 0.005, epochs: int = 60
) -> list[Finding]:
    """Return what hinders learning, the most fundamental first; empty where nothing was found.

    Each finding needs the lower end of an interval above 0 (or above a named size), and these lower ends hold
    together at 95 %. Where no signal is found, nothing is said of label noise, overfitting and want of data: they
    are ways to miss a signal that is there. Underfitting is, where a reference found the signal.

    Args:
        m: what was measured.
        dataset: as it is typed after `bridle diagnose`; empty for rows that were given as arrays.
        learning_rate: the middle one of those that were tried.
        epochs: that were trained.
    """
    typed = f"bridle diagnose {_quoted(dataset)}" if dataset else ""
    slower, faster = (f"{learning_rate * factor:.3g}" for factor in (0.1, 10))
    trainings = {
        "slower": f"{typed} --learning-rate {slower}",
        "faster": f"{typed} --learning-rate {faster}",
        "longer": f"{typed} --epochs {2 * epochs}",
    }
    commands = trainings if dataset else dict.fromkeys(trainings, "")
    rules = [_no_signal, lambda m, dataset: _optimization(m, commands), _leakage]
    if m.signal is not None and (m.signal.found or m.reference_signal):
        rules.append(_underfitting)
    if m.signal is not None and m.signal.found:
        rules += [_label_noise, _overfitting, _too_little_data]
    found = [finding for rule in rules for finding in rule(m, _quoted(dataset))]
    kinds = {finding.kind for finding in found}
    # a network whose optimization fails fits badly too: that is the same finding
    return [f for f in found if f.kind != "underfitting" or "optimization failing" not in kinds]


def _no_signal(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.signal is None or m.signal.found:
        return
    evidence = f"Test accuracy is {percent(m.signal.accuracy, 1)}, and {_chance(m)}"
    bound = max(m.signal.excluded_above, m.signal.chance)
    if bound < 1:  # to exclude more than all says nothing
        evidence += f"; a mean accuracy above {percent(bound, 1)} is excluded (95 %)"
    advice = "Look at how features and labels were joined before anything else"
    if m.reference_signal:
        advice = (
            f"{m.reference.capitalize()} does find signal ({percent(m.reference_score, 1)}): the training of the "
            "network is at fault, not the data"
        )
    yield Finding("no signal found", f"{evidence}.", f"{advice}.")


def _optimization(m: Measured, commands: Mapping[str, str]) -> Iterator[Finding]:
    if m.lost:
        yield Finding(
            "optimization failing",
            f"{m.diverged} of {many(m.runs, 'run')} diverged, in {many(m.lost, 'replicate')} at every learning rate.",
            "Choose a learning rate ten times smaller, and look for very large values among the features.",
            commands["slower"],
        )
    elif not m.learned.positive and m.learned.value < LITTLE and m.reference_signal:
        yield Finding(
            "optimization failing",
            f"At the best learning rate the training loss is hardly below that of guessing (by {_nats(m.learned)}), "
            f"where {m.reference} reaches {percent(m.reference_score, 1)} on test examples.",
            "Choose a larger or smaller learning rate, another activation, or a wider network.",
            commands["faster"],
        )
    elif m.unfinished.positive and m.reference_lead.positive:
        yield Finding(
            "optimization failing",
            "The training loss still falls at the end, and the network knows its own training examples "
            f"({percent(m.train.value, 1)}) less well than {m.reference} knows test examples "
            f"({percent(m.reference_score, 1)}): the training is cut short.",
            "Train for more epochs, or at a larger learning rate.",
            commands["longer"],
        )


def _leakage(m: Measured, dataset: str) -> Iterator[Finding]:
    half = (m.test.high - m.test.low) / 2
    if not m.inflation.positive and not m.duplicates > half:
        return
    evidence = (
        f"{percent(m.duplicates, 1)} of the test rows are training rows too, number for number"
    )
    if m.conflicting:
        evidence += f" ({percent(m.conflicting, 1)} with another label)"
    if m.inflation.positive:
        evidence += f"; without them test accuracy is {_points(m.inflation)} lower"
    yield Finding(
        "leakage by duplicate rows",
        f"{evidence}.",
        "Drop duplicate rows before splitting, or split so that copies stay together.",
    )


def _label_noise(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.contradicted.low > PURE:
        yield Finding(
            "label noise",
            f"Where the network is surest and {m.reference} agrees, {percent(m.contradicted.value, 1)} of the labels "
            f"of examples that neither has seen say otherwise (at least {percent(m.contradicted.low, 1)}).",
            "About so many labels may be wrong everywhere; look at these rows. Or the features do not "
            "tell the classes apart.",
        )


def _underfitting(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.reference_lead.positive:
        yield Finding(
            "underfitting",
            f"The network knows its own training examples ({percent(m.train.value, 1)}) less well than {m.reference} "
            f"knows test examples ({percent(m.reference_score, 1)}): {_points(m.reference_lead)}.",
            "Choose a wider network or more layers. Regularization would make it worse.",
            f"bridle diagnose {dataset} --widths 256,256" if dataset else "",
        )


def _overfitting(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.gap.positive and m.rise.positive:
        yield Finding(
            "overfitting",
            f"Training accuracy is {_points(m.gap)} above test accuracy, and after its lowest point the "
            f"validation loss rises again (by {_nats(m.rise)}).",
            "Regularize: see which method helps, and how strong.",
            f"bridle compare {dataset}" if dataset else "",
        )


def _too_little_data(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.last_step.positive and m.last_step.value > MATTERS * (1 - m.test.value):
        half, full = m.curve[-2].examples, m.curve[-1].examples
        yield Finding(
            "too little data",
            f"From {half:,} to {full:,} training examples test accuracy rises by {_points(m.last_step)}: the learning "
            "curve is not at its end.",
            f"More examples would help{_doubled(m)}. Until there are more, regularization and augmentation make the "
            "most of these.",
            f"bridle compare {dataset}" if dataset else "",
        )


def _doubled(m: Measured) -> str:
    """Say what a power law of the error would promise of twice the examples, where three steps follow one."""
    errors = [1 - step.score.value for step in m.curve[-3:]]
    if len(errors) < 3 or not errors[0] > errors[1] > errors[2] > 0:
        return ""
    # the error falls by ever the same share of its last fall each time the examples double
    share = (errors[1] - errors[2]) / (errors[0] - errors[1])
    gain = (errors[1] - errors[2]) * share
    if share >= 1:
        return ""
    return (
        f"; if the curve goes on as it does, twice as many bring about {fixed(100 * gain)} points"
    )


def _chance(m: Measured) -> str:
    """Say what permuted labels gave."""
    assert m.signal is not None
    if m.retrained:
        again = f"{many(m.signal.permutations, 'training')} on permuted labels"
        above = sum(score >= m.signal.accuracy for score in m.permuted)
        least, most = percent(min(m.permuted), 1), percent(max(m.permuted), 1)
        return f"{above} of {again} did as well or better ({least} to {most}; p = {m.signal.p:.2g})"
    return f"chance gives {percent(m.signal.chance, 1)} (p = {m.signal.p:.2g})"


def signal_sentence(m: Measured) -> str:
    """Say whether there is signal."""
    if m.signal is None:
        return "No network could be trained: every run diverged."
    if not m.signal.found:
        bound = max(m.signal.excluded_above, m.signal.chance)
        text = (
            f"No signal found: {percent(m.signal.accuracy, 1)} test accuracy, where chance gives "
        )
        text += percent(m.signal.chance, 1)
        if bound < 1:  # to exclude more than all says nothing
            text += f"; an accuracy above {percent(bound, 1)} is excluded (95 %)"
        return f"{text}.{_firm(m)}"
    text = f"There is signal: {percent(m.signal.accuracy, 1)} test accuracy, where chance gives "
    text += percent(m.signal.chance, 1)
    if m.retrained:
        text += f" and the best of {m.signal.permutations} trainings on permuted labels {percent(max(m.permuted), 1)}"
    return f"{text} (p = {m.signal.p:.2g}).{_firm(m)}"


def _firm(m: Measured) -> str:
    """Say what would make the statement firm, where it is not."""
    assert m.signal is not None
    return "" if m.signal.firm else " For a firm statement: --permutations 99."


def memory_sentence(m: Measured) -> str:
    """Say how much the network memorizes."""
    if not math.isfinite(m.memorized):
        return ""
    return (
        f"On permuted labels, where there is nothing to learn, it gets {percent(m.memorized, 1)} of its training "
        f"examples right ({percent(m.chance, 1)} would be chance, the rest it knows by heart; "
        f"{percent(m.train.value, 1)} on true labels)."
    )


def _points(quantity: Quantity) -> str:
    value, low, high = 100 * quantity.value, 100 * quantity.low, 100 * quantity.high
    decimals = decimals_for((value, low, high))
    return f"{fixed(value, decimals)} points (at least {fixed(low, decimals)})"


def _nats(quantity: Quantity) -> str:
    return f"{quantity.value:.3g} (at least {quantity.low:.2g})"


def _quoted(dataset: str) -> str:
    return shlex.quote(dataset)
