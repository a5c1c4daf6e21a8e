"""The answer of an experiment in a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridle.experiments.outcome import Outcome
from bridle.lines import wrapped
from bridle.report import experiment_words as words
from bridle.report.experiment_page import effect_in_words


def show(outcome: Outcome, console: Console, page: Path) -> None:
    """Print the question, the answer, the statements, and the published figures beside ours.

    Args:
        outcome: what was found.
        console: where to.
        page: the page's path.
    """

    def paragraph(text: str) -> None:
        for line in wrapped(text, min(console.width, 110)):
            console.print(line, soft_wrap=True)
        console.print()

    paragraph(outcome.experiment.question)
    said = (words.summary(outcome), words.agreement(outcome))
    paragraph(" ".join(sentence for sentence in said if sentence))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("statement", "verdict", "effect in a telling case"):
        table.add_column(column)
    for result in outcome.statements:
        table.add_row(result.statement.text, result.verdict, effect_in_words(result))
    console.print(table)
    console.print()
    if outcome.printed:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("figure", "published", "ours", "prediction interval", "verdict"):
            table.add_column(column, justify="right" if column == "ours" else "left")
        for line in map(words.printed_line, outcome.printed):
            table.add_row(line.name, line.printed, line.ours, line.interval, line.verdict)
        console.print(table)
        console.print()
        paragraph(words.printed_footnote(outcome))
    paragraph(words.footnote(outcome))
    console.print(f"Look: {page}", soft_wrap=True)
