"""Answers in notebooks: verdict, recommendation, a caution, a small table and what to do next."""

from __future__ import annotations

from bridle.diagnosis.diagnosis import Diagnosed
from bridle.markup import block, code, paragraph, table
from bridle.numbers import many
from bridle.report import brief, diagnosis_page, footnotes, rank_words, terminal, words
from bridle.report.recommendation import recommendation
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several

_WIDTH = 110
"""Number of characters that a row of a table may have."""

_ROWS = 8
"""Maximum number of methods in a table."""


def of_answer(answer: Answer, whole: str) -> str:
    """Return an answer as HTML.

    Args:
        answer: the answer.
        whole: what shows the methods that are left out, such as `study.leaderboard()`.
    """
    advised, step = recommendation(answer), brief.next_step(answer)
    shape = terminal.fitting(answer, _WIDTH)
    shown = answer.rows[:_ROWS]
    found = ""
    if shown:
        titles = [terminal.title(answer, column) for column in shape.columns]
        texts = [terminal.cells(answer, row) for row in shown]
        found = table(
            titles,
            [[one[column] for column in shape.columns] for one in texts],
            [terminal.title(answer, column) for column in terminal.RIGHT],
            [at for at, row in enumerate(shown) if row.verdict == "helps"],
        )
    left = len(answer.rows) - len(shown)
    caution = brief.caution(answer)
    return block(
        paragraph(words.header(answer), faint=True),
        paragraph(" ".join(brief.verdict(answer))),
        paragraph("" if advised is None else advised.words, strong=True),
        paragraph(f"! {caution}" if caution else ""),
        found,
        paragraph(f"{many(left, 'more method')}: {whole}" if left else "", faint=True),
        *(paragraph(line, faint=True) for line in footnotes.footnotes(answer, shape.columns)),
        paragraph("" if step is None else f"Next: {step.about and step.about + ': '}{step.text}"),
        code("" if step is None else step.action),
    )


def of_several(several: Several) -> str:
    """Return the ranks over several data sets, and what each says, as HTML."""
    ranking = several.ranking
    titles, rows = terminal.rank_cells(several) if ranking is not None else ([], [])
    return block(
        paragraph("" if ranking is None else " ".join(rank_words.sentences(ranking))),
        table(titles, rows, terminal.RIGHT_OF_RANKS) if rows else "",
        *map(paragraph, brief.each(several)),
    )


def of_diagnosis(found: Diagnosed) -> str:
    """Return a diagnosis as HTML: its words, its findings with what to do, and its numbers."""
    return block(
        paragraph(diagnosis_page.header(found), faint=True),
        paragraph(found.summary),
        *(
            part
            for finding in found.found
            for part in (
                paragraph(finding.kind, strong=True),
                paragraph(f"{finding.evidence} {finding.advice}"),
                code(finding.command),
            )
        ),
        table(["", " ", "  "], diagnosis_page.numbers(found.measured, found.wording), [" "]),
    )
