"""What stands below a table of methods: how to read its columns, and which margin holds."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.report import words
from bridle.verdict.answer import Answer


def footnotes(answer: Answer, columns: Sequence[str]) -> list[str]:
    """Say in one line, if there is anything to say, how to read the columns and which margin holds."""
    said = [text for text in (*notes(answer, columns), margin_note(answer)) if text]
    return [" ".join(said)] if said else []


def margin_note(answer: Answer) -> str:
    """Say which margin the verdicts hold for; empty without any."""
    if all(c.verdict.label == "no verdict" for c in answer.compared):
        return ""
    return f"Margin: {words.margin(answer)}."


def notes(answer: Answer, columns: Sequence[str]) -> list[str]:
    """Say how to read the table's columns."""
    found = []
    compared = answer.compared
    if any(c.low == c.low for c in compared) and answer.comparison is not None:
        share = f"{100 * answer.comparison.level:g} %"
        looks = answer.comparison.looks.again and answer.comparison.replicates > 1
        one = "for this comparison at all looks together" if looks else "for this comparison"
        together = (
            f"for all {len(compared)} comparisons{' and all looks' if looks else ''} together"
        )
        together = together if len(compared) > 1 else one
        if all(c.replicates == 1 for c in compared if c.low == c.low):
            together += ", from the test set's own uncertainty alone"
        unit = f", in {answer.measure.points}" if answer.measure.points else ""
        better = "; positive is better" if answer.measure.lower else ""
        found.append(f"Intervals: {share} {together}{unit}{better}.")
    if answer.unequal:
        found.append(
            f"n of {answer.evidence.replicates}: the mean over n replicates, which others may lack; order and "
            f"differences rest on those in common with {answer.spoken(answer.baseline)}."
        )
    if "gap" in columns and any(row.gap == row.gap for row in answer.rows):
        unit = f", in {answer.measure.points}" if answer.measure.points else ""
        gap = "test minus training" if answer.measure.lower else "training minus test"
        found.append(f"Gap: {gap}{unit}.")
    if "zeros" in columns:
        found.append("Zeros: weights that are exactly 0.")
    if "failed" in columns and any(row.failed for row in answer.rows):
        found.append(
            "Failed: trainings that learned hardly anything of what the method's others did."
        )
    if any(row.small for row in answer.rows):
        found.append("Small: certainly less than the margin.")
    if "setting" in columns and any("lr " in row.setting for row in answer.rows):
        found.append("lr: learning rate.")
    return found
