"""What a document says of a study, of runs trained elsewhere, or of several data sets."""

from __future__ import annotations

from collections.abc import Mapping

from bridle.numbers import many
from bridle.report import ablation_words, brief, footnotes, published, summaries, terminal, words
from bridle.report.advice import advice
from bridle.report.facts import again, extensions, settings_tried
from bridle.report.figures import differences
from bridle.report.figures.base import NotShownError, StudyReading
from bridle.report.figures.ranks import alt, caption
from bridle.report.figures.ranks import record as ranks_record
from bridle.report.figures.registry import EVERY, collect, picture, ranks_figure
from bridle.report.manuscript.blocks import (
    Block,
    Commands,
    Figure,
    Items,
    Manuscript,
    Paragraph,
    Section,
    Strong,
    TableBlock,
    paragraph,
)
from bridle.report.manuscript.methods import over_data_sets, statistics, trained
from bridle.report.recommendation import recommendation
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several

_WIDTH = 120
"""Number of characters that a row of the leaderboard may have."""

RESULT = "differences"
"""The figure that stands beside the leaderboard."""


def of_study(study: StudyReader, answer: Answer, pictures: bool = False) -> Manuscript:
    """Return the document of a study.

    Args:
        study: the study.
        answer: its answer.
        pictures: whether figures are drawn, for a writer that shows them.
    """
    return Manuscript(
        words.title(answer),
        words.header(answer),
        abstract(answer),
        (
            Section("Methods", (*trained(study, answer), *statistics(answer))),
            Section("Results", (*results(answer, pictures), *_published(study, answer))),
            *(further(study, answer) if pictures else ()),
            Section("Limitations", limitations(answer)),
            Section("The same again", tuple(_repeating(study, answer))),
        ),
        _made_by(study.versions),
    )


def of_runs(answer: Answer, pictures: bool = False) -> Manuscript:
    """Return the document of runs that were trained with anything; arguments as of `of_study`."""
    return Manuscript(
        words.title(answer),
        words.header(answer),
        abstract(answer),
        (
            Section("Methods", statistics(answer)),
            Section("Results", results(answer, pictures)),
            Section("Limitations", limitations(answer)),
        ),
        _made_by({}),
    )


def of_several(
    several: Several, studies: Mapping[str, StudyReader] | None = None, pictures: bool = False
) -> Manuscript:
    """Return the document of several data sets.

    Args:
        several: the answers and the ranks.
        studies: of each data set, where there are some.
        pictures: whether figures are drawn.
    """
    studies = studies or {}
    waiting = sum(not study.complete for study in studies.values())
    said = summaries.over_datasets(several, waiting, len(studies))
    sections = [Section("Ranks over data sets", _ranks(several, pictures))]
    for name, answer in several.answers.items():
        blocks: list[Block] = [*trained(studies[name], answer)] if name in studies else []
        blocks += [*statistics(answer), *results(answer, pictures), *limitations(answer)]
        sections.append(Section(several.titles[name], tuple(blocks)))
    versions = next(iter(studies.values())).versions if studies else {}
    return Manuscript(
        "Which regularization helps over these data sets?",
        f"{many(len(several.answers), 'data set')} · {many(len(several.methods), 'method')}",
        (paragraph(*_joined(said)), *map(paragraph, brief.each(several))),
        tuple(sections),
        _made_by(versions),
    )


def abstract(answer: Answer) -> tuple[Paragraph, ...]:
    """Return the verdict, what to use now, and the most serious reason to doubt it."""
    first, *more = brief.verdict(answer)
    advised, caution = recommendation(answer), brief.caution(answer)
    found = [paragraph(Strong(first), *(f" {text}" for text in more))]
    if advised is not None:
        found.append(paragraph(advised.words))
    if caution:
        found.append(paragraph(caution))
    return tuple(found)


def results(answer: Answer, pictures: bool) -> tuple[Block, ...]:
    """Return the answer in words, the leaderboard, and its picture."""
    said = paragraph(" ".join(words.sentences(answer)))
    if not answer.rows:
        return (said,)
    columns = terminal.fitting(answer, _WIDTH).columns
    rows = tuple(
        tuple(cells[column] for column in columns)
        for cells in (terminal.cells(answer, row) for row in answer.rows)
    )
    compared = f" against {answer.spoken(answer.baseline)}" if answer.compared else ""
    return (
        said,
        TableBlock(
            f"Every method{compared}, best first.",
            tuple(terminal.title(answer, column) for column in columns),
            rows,
            tuple(column in terminal.RIGHT for column in columns),
            " ".join(footnotes.footnotes(answer, columns)),
        ),
        *_ablation(answer),
        *(_differences(answer) if pictures else ()),
    )


def _ablation(answer: Answer) -> tuple[Block, ...]:
    """Return the effects of an ablation in words and tables; nothing if there is none."""
    found = answer.ablation
    if found is None:
        return ()
    said = paragraph(" ".join(ablation_words.sentences(answer)))
    note = ablation_words.footnote(answer, found)
    tables = [
        (
            "The effects of every ingredient.",
            ablation_words.columns(found),
            ablation_words.rows,
            note,
        ),
        ("Interactions.", ablation_words.PAIR_COLUMNS, ablation_words.pair_rows, ""),
    ]
    return (
        said,
        *(
            TableBlock(
                caption,
                tuple(titles),
                tuple(tuple(row[title] for title in titles) for row in rows),
                tuple(title in (*ablation_words.RIGHT, "interaction") for title in titles),
                note,
            )
            for caption, titles, of, note in tables
            if (rows := of(answer, found))
        ),
    )


def limitations(answer: Answer) -> tuple[Block, ...]:
    """Return every warning and note, and what no comparison of this kind can show."""
    found = [
        paragraph(*(f"{item.about}: " if item.about else "",), f"{item.text}.")
        for item in advice(answer)
    ]
    return (
        paragraph(
            "The verdicts hold for this data set, these networks and this way of training. Methods may rank "
            "otherwise with other data, sizes of networks or amounts of examples."
        ),
        *([Items(tuple(found))] if found else []),
    )


def _published(study: StudyReader, answer: Answer) -> list[Block]:
    """Return what a reproduced work published, beside our evidence."""
    found: list[Block] = []
    if figures := published.figures(study, answer):
        rows = tuple(
            (f.method, f.metric, f.text, f.ours or "–", f.predicted or "–", f.verdict)
            for f in figures
        )
        titles = ("method", "figure", "published", "ours", "prediction interval", "verdict")
        note = published.how_to_read(figures)
        found.append(TableBlock("Published figures and ours.", titles, rows, (False,) * 6, note))
    if claims := published.claims(answer):
        found.append(paragraph(" ".join(published.sentences(answer))))
        rows3 = tuple((c.text, c.difference, c.verdict) for c in claims)
        titles3 = ("published ranking", "our difference [interval]", "verdict")
        note = published.footnote(answer)
        found.append(TableBlock("Published rankings.", titles3, rows3, (False, True, False), note))
    return found


def _repeating(study: StudyReader, answer: Answer) -> list[Block]:
    rows = tuple(
        (label, str(amount), "; ".join(tried), "; ".join(chosen))
        for label, amount, tried, chosen in settings_tried(study.plan, answer)
    )
    titles = ("method", "settings", "tried", "chosen (replicates)")
    lines = (*again(study, answer), *extensions(study.plan, answer))
    return [
        TableBlock("Settings tried and chosen.", titles, rows, (False, True, False, False)),
        paragraph(f"The commands of this study, whose plan has the hash {study.plan.hash}:"),
        Commands(tuple(lines)),
    ]


def _ranks(several: Several, pictures: bool) -> tuple[Block, ...]:
    if several.ranking is None:
        return ()
    titles, rows = terminal.rank_cells(several)
    found: list[Block] = [
        *over_data_sets(several.ranking),
        TableBlock(
            "Ranks of the methods; 1 is best.",
            tuple(titles),
            tuple(map(tuple, rows)),
            tuple(title in terminal.RIGHT_OF_RANKS for title in titles),
        ),
    ]
    if pictures and several.ranking.datasets:
        shown = ranks_record(several.ranking)
        described = alt(several.ranking)
        drawn = ranks_figure(several)
        found.append(Figure("ranks", "Ranks", caption(shown), described, (drawn, "svg")))
    return tuple(found)


def further(study: StudyReader, answer: Answer) -> tuple[Section, ...]:
    """Return all other figures of a study, as a section if there are any."""
    reading, found = StudyReading(study, answer), []
    for one in EVERY:
        try:
            record = None if one.name == RESULT else collect(reading, one)
        except NotShownError:
            continue
        if record is not None:
            drawn = (one.draw(record), one.format)
            found.append(Figure(one.name, one.title, one.caption(record), one.alt(record), drawn))
    return (Section("Figures", tuple(found)),) if found else ()


def _differences(answer: Answer) -> tuple[Figure, ...]:
    try:
        record = differences.record(answer)
    except NotShownError:
        return ()
    one = picture(RESULT)
    drawn = (one.draw(record), one.format)
    return (Figure(one.name, one.title, one.caption(record), one.alt(record), drawn),)


def _joined(said: list[str]) -> tuple[Strong | str, ...]:
    return (Strong(said[0]), *(f" {text}" for text in said[1:])) if said else ()


def _made_by(versions: Mapping[str, str]) -> str:
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return f"Made by Bridle{f' · {listed}' if listed else ''}"
