"""What an experiment found, in words: the same for terminal, page and documents."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridle.experiments.effects import MEASURES
from bridle.experiments.outcome import (
    ABSENT,
    DEPENDS,
    FAILS,
    HOLDS,
    UNDECIDED,
    CaseResult,
    Outcome,
    PrintedResult,
    StatementResult,
)
from bridle.numbers import DASH, capital, count, fixed, listed, percent, percents, signed, tallied

_COUNTED = (
    (HOLDS, "holds", "hold"),
    (FAILS, "does not hold", "do not hold"),
    (DEPENDS, "depends on conditions", "depend on conditions"),
    (UNDECIDED, "is undecided", "are undecided"),
    (ABSENT, "cannot be tested at this scale", "cannot be tested at this scale"),
)


_COMPARED = (
    ("agrees", "agrees with ours", "agree with ours"),
    ("differs", "differs from ours", "differ from ours"),
    ("undecided", "is undecided", "are undecided"),
    ("not comparable", "is not comparable", "are not comparable"),
)


@dataclass(frozen=True)
class CaseLine:
    """A case as tables write it.

    Attributes:
        name: of the case.
        effect: with its unit.
        interval: of the effect.
        remark: what the effect must exceed, where that is not 0; and whether nothing differs.
        verdict: of the case.
        where: on what it was measured, where that was chosen.
    """

    name: str
    effect: str
    interval: str
    remark: str
    verdict: str
    where: str


@dataclass(frozen=True)
class PrintedLine:
    """A published figure beside ours.

    Attributes:
        name: of what it is.
        printed: the figure as printed.
        ours: our mean, in the same terms.
        interval: where as many further trainings as the work's would lie.
        verdict: agrees, differs, undecided or not comparable.
    """

    name: str
    printed: str
    ours: str
    interval: str
    verdict: str


def case_line(result: CaseResult, measure: str) -> CaseLine:
    """Write a case.

    Args:
        result: the case, decided.
        measure: its name.
    """
    own = MEASURES[measure]
    shown = [
        own.factor * value for value in (result.effect.estimate.difference, result.low, result.high)
    ]
    digits = _digits(own.unit, shown)
    effect, low, high = (signed(value, digits) for value in shown)
    unit = f" {own.unit}" if own.unit else ""
    least = own.factor * result.case.least
    remarks = [f"must exceed {fixed(least, max(1, digits))}{unit}"] if least else []
    remarks += ["equal in every replicate"] if result.effect.same else []
    return CaseLine(
        result.case.name,
        f"{effect}{unit}",
        f"[{low}, {high}]" if not math.isnan(result.low) else DASH,
        "; ".join(remarks),
        result.verdict,
        result.effect.where,
    )


def _digits(unit: str, shown: list[float]) -> int:
    if unit in ("points", "%", "epochs", "rates"):
        return 1
    sizes = [abs(value) for value in shown if math.isfinite(value)]
    return 1 if sizes and max(sizes) >= 100 else 2 if sizes and max(sizes) >= 1 else 3


def printed_line(result: PrintedResult) -> PrintedLine:
    """Write a published figure beside ours; test accuracies as errors, as the works do."""
    figure, where = result.printed, result.predicted
    error = "error" in figure.text
    values = (
        [1 - where.mean, 1 - where.high, 1 - where.low]
        if error
        else [
            where.mean,
            where.low,
            where.high,
        ]
    )
    mean, low, high = values
    known = not math.isnan(low)
    return PrintedLine(
        figure.name,
        figure.text,
        percent(mean, 2) if result.ours else DASH,
        percents(low, high, 2) if known else DASH,
        result.verdict,
    )


def summary(outcome: Outcome) -> str:
    """Count the verdicts on statements in a sentence."""
    found = [result.verdict for result in outcome.statements]
    parts = tallied(found, _COUNTED)
    if len(parts) == 1:
        said = parts[0].partition(" ")[2]
        if "cannot" in said and len(found) > 1:
            return f"None of the {count(len(found))} statements {said.replace('cannot', 'can')}."
        return f"All {count(len(found))} statements {said}." if len(found) > 1 else f"It {said}."
    return f"Of {count(len(found))} statements {listed(parts)}."


def agreement(outcome: Outcome) -> str:
    """Count the verdicts on published figures in a sentence; empty without figures."""
    found = [result.verdict for result in outcome.printed]
    if not found:
        return ""
    if set(found) == {"not comparable"}:
        short = outcome.experiment.scales[outcome.scale].short
        return f"Its {count(len(found))} figures are not comparable with ours: {short}."
    told = tallied(found, _COMPARED)
    return f"Of its {count(len(found))} figures {listed(told)}."


def depends_on(result: StatementResult) -> str:
    """Say in which cases a statement holds and in which it does not, where that differs."""
    named = {
        verdict: [c.case.name for c in result.cases if c.verdict == verdict]
        for verdict in (HOLDS, FAILS, UNDECIDED)
    }
    if result.verdict not in (DEPENDS, UNDECIDED) or len(result.cases) < 2:
        return ""
    told = [
        f"{words}: {', '.join(named[verdict])}"
        for verdict, words in (
            (HOLDS, "holds"),
            (FAILS, "does not hold"),
            (UNDECIDED, "undecided"),
        )
        if named[verdict]
    ]
    return f"{capital('; '.join(told))}." if len(told) > 1 else ""


def footnote(outcome: Outcome) -> str:
    """Say how to read the intervals."""
    amount = outcome.intervals
    together = f" for one case of each of {count(amount)} statements together" if amount > 1 else ""
    said = f"Intervals: 95 %{together}, over replicates."
    said += " A statement holds if its effect exceeds 0, or what is stated, in every case."
    if any("%" in MEASURES[r.statement.measure].unit for r in outcome.statements):
        said += " Where all replicates agree exactly, both ends are equal."
    return said


def printed_footnote(outcome: Outcome) -> str:
    """Say how to read the published figures."""
    return (
        "Prediction interval: where the mean of as many further trainings as the work's would lie, 95 % for all "
        f"{count(len(outcome.printed))} figures together. Undecided: the interval holds every figure of the work."
    )
