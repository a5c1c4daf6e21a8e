"""From numbers to words: where the trouble lies, with the evidence, and what to do next. Pure rules."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bridle.diagnosis.columns import ALONE
from bridle.diagnosis.measured import Measured
from bridle.diagnosis.quantities import Quantity, last_epochs
from bridle.numbers import decimals_for, fixed, many, percent

PURE = 0.05
"""Where labels are clean, fewer than these are wrong where a network is surest and a reference agrees."""

LITTLE = 0.05
"""Nats: where training losses lie no further below that of guessing on average, hardly anything is learned."""

MATTERS = 0.1
"""A gain by less than this share of the error is of no practical use, as in comparisons."""


WIDE = 0.05
"""A training accuracy that is surely so far above test accuracy is overfitting, whatever the losses do."""

FAR = 0.05
"""A column that alone tells the label is suspicious where all others together are so far behind."""

_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """One thing that hinders learning.

    Attributes:
        kind: `no signal found`, `optimization failing`, `label among the columns`, `leakage by duplicate rows`,
            `training cut short`, `label noise`, `underfitting`, `overfitting`, `too little data` or
            `simple classifier ahead`.
        evidence: what was measured, in words.
        advice: what to do next.
        command: a command that does it; empty where there is none.
        cost: by how much it changes accuracy, about, as a fraction of 1; None where that is not known.
    """

    kind: str
    evidence: str
    advice: str
    command: str = ""
    cost: float | None = None

    @property
    def short(self) -> str:
        """The kind, and its size in points where it is known."""
        if self.cost is None:
            return self.kind
        return f"{self.kind} ({fixed(100 * self.cost)} points)"


Rule: TypeAlias = Callable[[Measured, str], Iterator[Finding]]
"""Finds one thing in what was measured of a data set, which is written as a shell takes it."""


def findings(m: Measured, dataset: str, learning_rate: float = 0.005) -> list[Finding]:
    """Return what hinders learning or flatters it; empty where nothing was found.

    No signal and a failing optimization come first, because all else is measured on networks that have learned;
    then what changes accuracy most.

    Each finding needs the lower end of an interval above 0 (or above a named size), and these lower ends hold
    together at 95 %. Where no signal is found, nothing is said of label noise, overfitting and want of data: they
    are ways to miss a signal that is there. Underfitting is, where a reference found the signal.

    Args:
        m: what was measured.
        dataset: as it is typed after `bridle diagnose`; empty for rows that were given as arrays.
        learning_rate: the middle one of those that were tried.
    """
    typed = f"bridle diagnose {_quoted(dataset)}" if dataset else ""
    slower, faster = (f"{learning_rate * factor:.3g}" for factor in (0.1, 10))
    rates = {
        name: f"{typed} --learning-rate {rate}"
        for name, rate in (("slower", slower), ("faster", faster))
    }
    commands = rates if dataset else dict.fromkeys(rates, "")
    first: list[Rule] = [_no_signal, lambda m, dataset: _optimization(m, commands)]
    rules: list[Rule] = [_telling, _leakage]
    if m.signal is not None and (m.signal.found or m.reference_signal):
        rules += [_cut_short, _underfitting]
    if m.signal is not None and m.signal.found:
        rules += [_label_noise, _overfitting, _too_little_data, _simple_ahead]
    quoted = _quoted(dataset)
    found = [finding for rule in rules for finding in rule(m, quoted)]
    # a stable sort: what costs as much stays in the order of the rules
    found.sort(key=lambda finding: -(math.inf if finding.cost is None else finding.cost))
    found = [*(finding for rule in first for finding in rule(m, quoted)), *found]
    kinds = {finding.kind for finding in found}
    # the same shortfall of the network, said by the finding that knows more about it
    same = {
        "underfitting": {"optimization failing", "training cut short"},
        "training cut short": {"optimization failing"},
        "simple classifier ahead": {"optimization failing", "underfitting"},
    }
    return [f for f in found if not kinds & same.get(f.kind, set())]


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


def _telling(m: Measured, dataset: str) -> Iterator[Finding]:
    apart = m.telling_lead.positive and m.telling_lead.value > FAR
    if not m.telling or m.telling_score < ALONE or not (apart or m.encoded):
        return
    named = ", ".join(map(repr, m.telling[:_NAMED]))
    if len(m.telling) > _NAMED:
        named += f" and {len(m.telling) - _NAMED} more"
    one = len(m.telling) == 1
    rest = percent(m.telling_score - m.telling_lead.value, 1)
    evidence = (
        f"{'Column' if one else 'Columns'} {named} alone {'gives' if one else 'give'} "
        f"{percent(m.telling_score, 1)} on test examples, all others together {rest}"
    )
    if m.encoded:
        evidence += f"; {'it has' if one else 'each has'} the same value in all examples of a class"
    yield Finding(
        "label among the columns",
        f"{evidence}.",
        f"Is {'it' if one else 'any of them'} the target under another name, or known only after it? Then leave "
        f"{'it' if one else 'them'} out.",
        cost=max(m.telling_lead.value, 0.0),
    )


def _cut_short(m: Measured, dataset: str) -> Iterator[Finding]:
    longer = max(20, 4 * m.epochs)
    after = f"after {many(m.epochs, 'epoch')}"
    if m.improving.positive and m.improved.value > MATTERS * (1 - m.test.value):
        last = last_epochs(m.epochs)
        evidence = (
            f"The network is still improving {after}: in the last {'epoch' if last == 1 else f'{last} epochs'} the "
            "validation loss surely fell by more than a tenth of what is left, and validation accuracy rose by "
            f"{fixed(100 * m.improved.value)} points."
        )
        cost = m.improved.value
    elif m.unfinished.positive and m.reference_lead.positive:
        evidence = (
            f"The training loss still falls {after}, and the network knows its own training examples "
            f"({percent(m.train.value, 1)}) less well than {m.reference} knows test examples "
            f"({percent(m.reference_score, 1)})."
        )
        cost = m.reference_score - m.test.value
    else:
        return
    yield Finding(
        "training cut short",
        evidence,
        f"Train for more epochs, such as {longer}, or at a larger learning rate.",
        f"bridle diagnose {dataset} --epochs {longer}" if dataset else "",
        cost,
    )


def _leakage(m: Measured, dataset: str) -> Iterator[Finding]:
    half = (m.test.high - m.test.low) / 2
    if not m.inflation.positive and not m.duplicates > half:
        return
    evidence = f"{percent(m.duplicates, 1)} of the test rows are training rows too"
    if not m.near:
        evidence += ", number for number"
    elif math.isclose(m.near, m.duplicates):
        evidence += ", but for differences a thousand times smaller than those between other rows"
    else:
        evidence += (
            f", {percent(m.near, 1)} not number for number, but with differences a thousand times smaller than those "
            "between other rows"
        )
    if m.conflicting:
        evidence += f" ({percent(m.conflicting, 1)} with another label)"
    if m.inflation.positive:
        evidence += f"; without them test accuracy is {_points(m.inflation)} lower"
    yield Finding(
        "leakage by duplicate rows",
        f"{evidence}.",
        "Drop duplicate rows before splitting, or split so that copies stay together.",
        # where all rows are copies, nobody knows what new ones would give
        cost=max(m.inflation.value, 0.0) if math.isfinite(m.inflation.value) else None,
    )


def _label_noise(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.contradicted.low > PURE:
        yield Finding(
            "label noise",
            f"Where the network is surest and {m.reference} agrees, {percent(m.contradicted.value, 1)} of the labels "
            f"of examples that neither has seen say otherwise (at least {percent(m.contradicted.low, 1)}).",
            "About so many labels may be wrong everywhere; look at these rows. Or the features do not "
            "tell the classes apart.",
            cost=m.contradicted.value,
        )


def _underfitting(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.reference_lead.positive:
        yield Finding(
            "underfitting",
            f"The network knows its own training examples ({percent(m.train.value, 1)}) less well than {m.reference} "
            f"knows test examples ({percent(m.reference_score, 1)}): {_points(m.reference_lead)}.",
            "Choose a wider network or more layers. Regularization would make it worse.",
            f"bridle diagnose {dataset} --widths 256,256" if dataset else "",
            m.reference_score - m.test.value,
        )


def _overfitting(m: Measured, dataset: str) -> Iterator[Finding]:
    if (m.gap.positive and m.rise.positive) or m.gap.low > WIDE:
        evidence = f"Training accuracy is {_points(m.gap)} above test accuracy"
        if m.rise.positive:
            evidence += (
                f", and after its lowest point the validation loss rises again (by {_nats(m.rise)})"
            )
        yield Finding(
            "overfitting",
            f"{evidence}.",
            "Regularize: see which method helps, and how strong.",
            f"bridle compare {dataset}" if dataset else "",
            m.gap.value,
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
            m.last_step.value,
        )


def _simple_ahead(m: Measured, dataset: str) -> Iterator[Finding]:
    if m.reference_gain.positive and m.reference_gain.value > MATTERS * (1 - m.test.value):
        yield Finding(
            "simple classifier ahead",
            f"{m.reference.capitalize()} gets {percent(m.reference_score, 1)} of the test examples right, the network "
            f"{percent(m.test.value, 1)}: {_points(m.reference_gain)}.",
            f"Use {m.reference}, or see whether a method brings the network there.",
            f"bridle compare {dataset}" if dataset else "",
            m.reference_gain.value,
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
