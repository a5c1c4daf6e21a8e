"""Rules from measured numbers to findings: what hinders learning, the evidence, and what to do next. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bridle.diagnosis.columns import ALONE
from bridle.diagnosis.measured import Measured
from bridle.diagnosis.quantities import last_epochs
from bridle.diagnosis.wording import Wording
from bridle.numbers import capital, many, percent
from bridle.tasks import Task

PURE = 0.05
"""Maximum share of contradicted labels in clean data, where a network is surest and a reference agrees."""

LITTLE = 0.05
"""Fall of the training loss below that of guessing, in its own unit, up to which hardly anything was learned."""

MATTERS = 0.1
"""Share of the error below which a gain is of no practical use, as in comparisons."""

WIDE = 0.05
"""Gap of training and test share that is overfitting even if the validation loss does not rise."""

FAR = 0.05
"""Lead over all other columns together from which a column that alone predicts the target is suspicious."""

_NAMED = 3
"""Maximum number of columns named in a sentence."""


@dataclass(frozen=True)
class Finding:
    """One thing that hinders learning.

    Attributes:
        kind: `no signal found`, `optimization failing`, `label among the columns` (of numbers `target …`),
            `leakage by duplicate rows`, `training cut short`, `label noise`, `underfitting`, `overfitting`,
            `too little data` or `simple classifier ahead` (of numbers `simple model ahead`).
        evidence: what was measured, in words.
        advice: what to do next.
        command: a command that does it; empty where there is none.
        cost: approximate effect on accuracy or R², as a fraction of 1; None if unknown.
    """

    kind: str
    evidence: str
    advice: str
    command: str = ""
    cost: float | None = None

    def short(self, w: Wording) -> str:
        """Return the kind, with its cost if known."""
        return self.kind if self.cost is None else f"{self.kind} ({w.gain(self.cost)})"


Rule: TypeAlias = Callable[[Measured, Wording], Iterator[Finding]]
"""Yields the findings of one kind from the measured numbers."""


def findings(m: Measured, task: Task, dataset: str, learning_rate: float = 0.005) -> list[Finding]:
    """Return what hinders learning or makes scores look better than they are; empty if nothing was found.

    No signal and a failing optimization come first, because the other findings assume networks that have learned;
    then the findings by their cost, the largest first.

    Each finding needs the lower end of an interval above 0 (or above a named size), and these lower ends hold
    together at 95 %. Label noise, overfitting and too little data are reported only if a signal is found; underfitting
    and training cut short also if only a reference found it. `task.diagnostics.without` lists the findings that make no
    sense for a task.

    Args:
        m: what was measured.
        task: what is learned.
        dataset: as it is typed after `bridle diagnose`; empty for rows that were given as arrays.
        learning_rate: the middle one of those that were tried.
    """
    w = Wording(task, dataset, learning_rate)
    first: list[Rule] = [_no_signal, _optimization]
    rules: list[Rule] = [_telling, _leakage]
    if m.signal is not None and (m.signal.found or m.reference_signal):
        rules += [_cut_short, _underfitting]
    if m.signal is not None and m.signal.found:
        rules += [_label_noise, _overfitting, _too_little_data, _simple_ahead]
    found = [finding for rule in rules for finding in rule(m, w)]
    # a stable sort: findings of equal cost stay in the order of the rules
    found.sort(key=lambda finding: -(math.inf if finding.cost is None else finding.cost))
    found = [*(finding for rule in first for finding in rule(m, w)), *found]
    kinds = {finding.kind for finding in found}
    # findings of the same shortfall: the more specific ones replace the one named first
    same = {
        "underfitting": {"optimization failing", "training cut short"},
        "training cut short": {"optimization failing"},
        w.simple_ahead: {"optimization failing", "underfitting"},
    }
    senseless = task.diagnostics.without
    return [f for f in found if not kinds & same.get(f.kind, set()) and f.kind not in senseless]


def _no_signal(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.signal is None or m.signal.found:
        return
    evidence = f"Test {w.share} is {w.number(m.signal.accuracy)}, and {_chance(m, w)}"
    bound = max(m.signal.excluded_above, m.signal.chance)
    if bound < 1:  # a share above 1 is impossible anyway
        evidence += f"; a mean {w.share} above {w.number(bound)} is excluded (95 %)"
    advice = f"Look at how features and {w.targets} were joined before anything else"
    if m.reference_signal:
        advice = (
            f"{capital(m.reference)} does find signal ({w.value(m.reference_score)}): the training of the "
            "network is at fault, not the data"
        )
    yield Finding("no signal found", f"{evidence}.", f"{advice}.")


def _optimization(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.lost:
        yield Finding(
            "optimization failing",
            f"{m.diverged} of {many(m.runs, 'run')} diverged, in {many(m.lost, 'replicate')} at every learning rate.",
            "Choose a learning rate ten times smaller, and look for very large values among the features.",
            w.again(f"--learning-rate {w.learning_rate * 0.1:.3g}"),
        )
    elif not m.learned.positive and m.learned.value < LITTLE and m.reference_signal:
        yield Finding(
            "optimization failing",
            f"At the best learning rate the training loss is hardly below that of guessing (by {w.loss(m.learned)}), "
            f"while {m.reference} reaches {w.value(m.reference_score)} on test examples.",
            "Choose a larger or smaller learning rate, another activation, or a wider network.",
            w.again(f"--learning-rate {w.learning_rate * 10:.3g}"),
        )


def _telling(m: Measured, w: Wording) -> Iterator[Finding]:
    apart = m.telling_lead.positive and m.telling_lead.value > FAR
    if not m.telling or m.telling_score < ALONE or not (apart or m.encoded):
        return
    named = ", ".join(map(repr, m.telling[:_NAMED]))
    if len(m.telling) > _NAMED:
        named += f" and {len(m.telling) - _NAMED} more"
    one = len(m.telling) == 1
    rest = w.number(m.telling_score - m.telling_lead.value)
    evidence = (
        f"{'Column' if one else 'Columns'} {named} alone {'gives' if one else 'give'} "
        f"{w.value(m.telling_score)} on test examples, all others together {rest}"
    )
    if m.encoded:
        evidence += f"; {w.own.encoded.format('it' if one else 'each')}"
    yield Finding(
        f"{w.own.label} among the columns",
        f"{evidence}.",
        f"Is {'it' if one else 'any of them'} the target under another name, or known only after it? Then leave "
        f"{'it' if one else 'them'} out.",
        cost=max(m.telling_lead.value, 0.0),
    )


def _cut_short(m: Measured, w: Wording) -> Iterator[Finding]:
    longer = max(20, 4 * m.epochs)
    after = f"after {many(m.epochs, 'epoch')}"
    if m.improving.positive and m.improved.value > MATTERS * (1 - m.test.value):
        last = last_epochs(m.epochs)
        evidence = (
            f"The network is still improving {after}: in the last {'epoch' if last == 1 else f'{last} epochs'} the "
            f"validation loss certainly fell by more than a tenth of its final value, and validation {w.share} rose by "
            f"{w.size(m.improved.value)}."
        )
        cost = m.improved.value
    elif m.unfinished.positive and m.reference_lead.positive:
        evidence = (
            f"The training loss still falls {after}, and the network knows its own training examples "
            f"({w.value(m.train.value)}) less well than {m.reference} knows test examples "
            f"({w.value(m.reference_score)})."
        )
        cost = m.reference_score - m.test.value
    else:
        return
    yield Finding(
        "training cut short",
        evidence,
        f"Train for more epochs, such as {longer}, or at a larger learning rate.",
        w.again(f"--epochs {longer}"),
        cost,
    )


def _leakage(m: Measured, w: Wording) -> Iterator[Finding]:
    half = (m.test.high - m.test.low) / 2
    if not m.inflation.positive and not m.duplicates > half:
        return
    evidence = f"{percent(m.duplicates, 1)} of the test rows are training rows too"
    if not m.near:
        evidence += ", number for number"
    elif math.isclose(m.near, m.duplicates):
        evidence += (
            ", except for differences a thousand times smaller than those between other rows"
        )
    else:
        evidence += (
            f", {percent(m.near, 1)} not number for number, but except for differences a thousand times smaller than "
            "those between other rows"
        )
    if m.conflicting:
        evidence += f" ({percent(m.conflicting, 1)} with another {w.own.label})"
    if m.inflation.positive:
        evidence += f"; without them test {w.share} is {w.points(m.inflation)} lower"
    yield Finding(
        "leakage by duplicate rows",
        f"{evidence}.",
        "Drop duplicate rows before splitting, or split so that copies stay together.",
        # if all rows are copies, the score on new rows is unknown
        cost=max(m.inflation.value, 0.0) if math.isfinite(m.inflation.value) else None,
    )


def _label_noise(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.contradicted.low > PURE:
        yield Finding(
            "label noise",
            f"Where the network is surest and {m.reference} agrees, {percent(m.contradicted.value, 1)} of the labels "
            f"of examples that neither has seen contradict them (at least {percent(m.contradicted.low, 1)}).",
            "About this share of all labels may be wrong; look at these rows. Or the features do not tell the classes "
            "apart.",
            cost=m.contradicted.value,
        )


def _underfitting(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.reference_lead.positive:
        yield Finding(
            "underfitting",
            f"The network knows its own training examples ({w.value(m.train.value)}) less well than {m.reference} "
            f"knows test examples ({w.value(m.reference_score)}): {w.points(m.reference_lead)}.",
            "Choose a wider network or more layers. Regularization would make it worse.",
            w.again("--widths 256,256"),
            m.reference_score - m.test.value,
        )


def _overfitting(m: Measured, w: Wording) -> Iterator[Finding]:
    if (m.gap.positive and m.rise.positive) or m.gap.low > WIDE:
        evidence = f"Training {w.share} is {w.points(m.gap)} above test {w.share}"
        if m.rise.positive:
            evidence += f", and after its lowest point the validation loss rises again (by {w.loss(m.rise)})"
        yield Finding(
            "overfitting",
            f"{evidence}.",
            "Regularize: see which method helps, and how strong.",
            w.compare,
            m.gap.value,
        )


def _too_little_data(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.last_step.positive and m.last_step.value > MATTERS * (1 - m.test.value):
        half, full = m.curve[-2].examples, m.curve[-1].examples
        yield Finding(
            "too little data",
            f"From {half:,} to {full:,} training examples test {w.share} rises by {w.points(m.last_step)}: the "
            "learning curve is not at its end.",
            f"More examples would help{_doubled(m, w)}. Until there are more, regularization and augmentation make "
            "the most of these.",
            w.compare,
            m.last_step.value,
        )


def _simple_ahead(m: Measured, w: Wording) -> Iterator[Finding]:
    if m.reference_gain.positive and m.reference_gain.value > MATTERS * (1 - m.test.value):
        yield Finding(
            w.simple_ahead,
            f"{capital(m.reference)} {w.gets(m.reference_score, 'the test examples')}, the network "
            f"{w.number(m.test.value)}: {w.points(m.reference_gain)}.",
            f"Use {m.reference}, or see whether a method brings the network there.",
            w.compare,
            m.reference_gain.value,
        )


def _doubled(m: Measured, w: Wording) -> str:
    """Say how much twice the examples would bring if the last three steps of the curve follow a power law."""
    errors = [1 - step.score.value for step in m.curve[-3:]]
    if len(errors) < 3 or not errors[0] > errors[1] > errors[2] > 0:
        return ""
    # with each doubling of the examples the error falls by the same share of its previous fall
    share = (errors[1] - errors[2]) / (errors[0] - errors[1])
    gain = (errors[1] - errors[2]) * share
    if share >= 1:
        return ""
    return f"; if the curve goes on like this, twice as many bring about {w.gain(gain)}"


def _chance(m: Measured, w: Wording) -> str:
    """Say how networks did on permuted targets."""
    assert m.signal is not None
    if m.retrained:
        again = f"{many(m.signal.permutations, 'training')} on permuted {w.targets}"
        above = sum(score >= m.signal.accuracy for score in m.permuted)
        least, most = w.number(min(m.permuted)), w.number(max(m.permuted))
        return f"{above} of {again} did as well or better ({least} to {most}; p = {m.signal.p:.2g})"
    return f"{w.own.chance} {w.number(m.signal.chance)} (p = {m.signal.p:.2g})"


def signal_sentence(m: Measured, w: Wording) -> str:
    """Say whether there is signal."""
    if m.signal is None:
        return "No network could be trained: every run diverged."
    chance = f"{w.test(m.signal.accuracy)}, where {w.own.chance} {w.number(m.signal.chance)}"
    if not m.signal.found:
        bound = max(m.signal.excluded_above, m.signal.chance)
        text = f"No signal found: {chance}"
        if bound < 1:  # a share above 1 is impossible anyway
            text += f"; {w.a_share} above {w.number(bound)} is excluded (95 %)"
        return f"{text}.{_firm(m)}"
    text = f"There is signal: {chance}"
    if m.retrained:
        trainings = f"{m.signal.permutations} trainings on permuted {w.targets}"
        text += f" and the best of {trainings} {w.number(max(m.permuted))}"
    return f"{text} (p = {m.signal.p:.2g}).{_firm(m)}"


def _firm(m: Measured) -> str:
    """Say how to get a firm statement if this one is not."""
    assert m.signal is not None
    return "" if m.signal.firm else " For a firm statement: --permutations 99."


def memory_sentence(m: Measured, w: Wording) -> str:
    """Say how much the network memorizes."""
    if not math.isfinite(m.memorized):
        return ""
    return (
        f"On permuted {w.targets}, where there is nothing to learn, it {w.gets(m.memorized, 'its training examples')} "
        f"({w.number(m.chance)} would be chance, the rest it knows by heart; "
        f"{w.number(m.train.value)} on true {w.targets})."
    )
