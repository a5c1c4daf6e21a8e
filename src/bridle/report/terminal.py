"""The answer in the terminal: words, then the table, then what to do next."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bridle.lines import command_line, wrapped
from bridle.numbers import DASH, fixed, many, percent, signed
from bridle.report import (
    ablation_terminal,
    brief,
    footnotes,
    published,
    rank_words,
    summaries,
    undertrained,
    words,
)
from bridle.report.advice import Advice, advice
from bridle.report.rank_words import p_words
from bridle.report.recommendation import recommendation
from bridle.verdict.answer import Answer, Row
from bridle.verdict.several import Several

_STYLES = {
    "helps": "bold green",
    "hurts": "bold red",
    "no practical difference": "blue",
    "baseline": "dim",
}
_RANKED = {"holds": "bold green", "does not hold": "bold red"}
DIFFERENCE = "difference"
"""The column of differences to the baseline, which its title names."""

_COLUMNS = ("method", "setting", "score", DIFFERENCE, "wins", "gap", "zeros", "failed", "verdict")
RIGHT = ("score", DIFFERENCE, "wins", "gap", "zeros", "failed")
_SHORT = 12
"""Maximum length of the baseline's name in a title."""
_NARROWER: tuple[tuple[tuple[str, ...], bool], ...] = (
    ((), False),
    (("zeros",), False),
    (("zeros", "gap"), False),
    (("zeros", "gap"), True),
    (("zeros", "gap", "wins"), True),
    (("zeros", "gap", "wins", "setting"), True),
)
"""Columns that a narrow terminal leaves out, and whether long texts are broken; the page has everything."""


@dataclass(frozen=True)
class Shape:
    """Layout of a table: its columns, and whether long texts are broken over lines."""

    columns: tuple[str, ...]
    broken: bool


def show(
    answer: Answer,
    console: Console,
    page: str = "report.html",
    figures: Sequence[published.PublishedFigure] = (),
    *,
    details: bool = False,
) -> None:
    """Print the answer: verdict, recommendation, a caution, table, what to do next, and where the page is.

    Args:
        answer: the answer.
        console: where to; its width decides which columns are shown.
        page: the page's name in the study's folder; empty if there is none.
        figures: what a reproduced work published, beside ours.
        details: whether every sentence and remark is printed.
    """
    console.print(Text(words.header(answer)), style="dim", highlight=False)
    console.print()
    said = words.sentences(answer) if details else brief.verdict(answer)
    console.print(Text(" ".join(said)), highlight=False)
    if advised := recommendation(answer):
        console.print()
        console.print(Text(advised.words, style="bold"), highlight=False)
    if not answer.rows:
        return
    if not details and (caution := brief.caution(answer)):
        console.print()
        console.print(Text.assemble(("! ", "bold yellow"), caution), highlight=False)
    if answer.ablation is not None:
        console.print()
        ablation_terminal.show(answer, answer.ablation, console, details)
    console.print()
    shape = fitting(answer, console.width)
    console.print(table(answer, shape), highlight=False)
    console.print()
    for line in footnotes.footnotes(answer, shape.columns):
        console.print(Text(line), style="dim", highlight=False)
    if figures:
        console.print()
        console.print(beside(figures), highlight=False)
        if note := published.how_to_read(figures):
            console.print()
            console.print(Text(note), style="dim", highlight=False)
    if claims := published.claims(answer):
        console.print()
        console.print(Text(" ".join(published.sentences(answer))), highlight=False)
        console.print()
        console.print(rankings(claims), highlight=False)
        console.print()
        console.print(Text(published.footnote(answer)), style="dim", highlight=False)
    if figures or claims:
        console.print()
    step = brief.next_step(answer)
    for item in advice(answer) if details else [step] if step else []:
        console.print(_line(item, "" if details else "Next: "), highlight=False)
        if item.action:  # in one piece, whatever the width
            console.print(Text(f"  → {item.action}", style="cyan"), soft_wrap=True)
    if not details and answer.evidence.folder and (left := brief.left_out(answer)):
        line = command_line("report", Path(_near(Path(answer.evidence.folder))), "--details")
        console.print(Text(f"{many(left, 'more remark')}: {line}", style="dim"), soft_wrap=True)
    if page:
        place = Path(answer.evidence.folder) / page
        console.print(Text.assemble("Look: ", (_near(place), "bold")), soft_wrap=True)


def show_several(
    several: Several, console: Console, page: Path | None = None, *, details: bool = False
) -> None:
    """Print the ranks over data sets, then what each data set says, and where the page is, if there is one."""
    if several.ranking is not None:
        _print_wrapped(" ".join(rank_words.sentences(several.ranking)), console)
        console.print()
        console.print(ranks(several), highlight=False)
        console.print()
    each = summaries.each(several) if details else brief.each(several)
    for text in each:
        _print_wrapped(text, console)
    console.print()
    _print_wrapped(
        "Intervals and verdicts of each data set hold together at 95 %, not those of all data sets.",
        console,
    )
    if page is not None:
        console.print(f"Look: {page}", soft_wrap=True, highlight=False, markup=False)


def _print_wrapped(text: str, console: Console) -> None:
    for line in wrapped(text, console.width):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def lines(answer: Answer, width: int = 100, *, details: bool = True) -> list[str]:
    """Return what `show` prints, as plain lines."""
    plain = Console(
        file=io.StringIO(),
        width=width,
        color_system=None,
        force_terminal=False,
        legacy_windows=False,
    )
    with plain.capture() as capture:
        show(answer, plain, page="", details=details)
    return [line.rstrip() for line in capture.get().rstrip("\n").split("\n")]


def cells(answer: Answer, row: Row) -> dict[str, str]:
    """Return a row's texts by column."""
    baseline = row.verdict == "baseline"
    if baseline:
        difference = "baseline"
    elif row.low == row.low:
        d, low, high = answer.measure.interval(row.difference, row.low, row.high)
        difference = f"{d} [{low}, {high}]"
    else:
        difference = answer.measure.change(row.difference)
    score = answer.measure.score(row.score)
    if 0 < row.replicates < answer.evidence.replicates:
        score += f" ({row.replicates} of {answer.evidence.replicates})"
    return {
        "method": row.name,
        "setting": row.setting,
        "score": score,
        DIFFERENCE: difference,
        "wins": DASH if row.wins is None or not row.pairs else f"{row.wins}/{row.pairs}",
        "gap": signed(row.gap * answer.measure.factor, answer.measure.decimals),
        "zeros": percent(row.zeros),
        "failed": f"{row.failed} of {row.replicates}" if row.failed else DASH,
        "verdict": undertrained.verdict(answer, row.method),
    }


def fitting(answer: Answer, width: int) -> Shape:
    """Return the columns that fit into `width`."""
    texts = [cells(answer, row) for row in answer.rows]
    usual: tuple[str, ...] = _COLUMNS
    if answer.comparison is None:
        usual = tuple(c for c in usual if c not in (DIFFERENCE, "wins", "verdict"))
    # for runs trained elsewhere some columns are unknown
    unknown = {
        c for c in ("setting", "gap", "zeros", "failed") if all(text[c] == DASH for text in texts)
    }
    usual = tuple(c for c in usual if c not in unknown)
    shape = Shape(usual, False)
    for dropped, broken in _NARROWER:
        shape = Shape(tuple(c for c in usual if c not in dropped), broken)
        needed = 1 + 2 * (len(shape.columns) - 1)
        for column in shape.columns:
            cell_lines = [title(answer, column)]
            for text in texts:
                cell_lines += (_broken(column, text[column]) if broken else text[column]).split(
                    "\n"
                )
            needed += max(len(line) for line in cell_lines)
        if needed <= width:
            break
    return shape


def table(answer: Answer, shape: Shape) -> Padding:
    """Return the leaderboard as a table of this shape."""
    columns = shape.columns
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        result.add_column(
            Text(title(answer, column)),  # literal brackets, not markup
            justify="right" if column in RIGHT else "left",
            no_wrap=column not in ("method", "setting", "verdict"),
            overflow="fold",
        )
    for row in answer.rows:
        texts = cells(answer, row)
        style = "bold" if row.verdict == "helps" else ""
        parts = [
            Text(
                _broken(c, texts[c]) if shape.broken else texts[c],
                style=_STYLES.get(row.verdict, "") if c == "verdict" else style,
            )
            for c in columns
        ]
        result.add_row(*parts)
    return Padding(result, (0, 0, 0, 1))


def ranks(several: Several) -> Padding:
    """Return the methods' ranks over data sets as a table; empty if only the baseline was run."""
    titles, rows = rank_cells(several)
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in titles:
        justify: Literal["left", "right"] = "right" if name in RIGHT_OF_RANKS else "left"
        result.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        result.add_row(*map(Text, row))
    return Padding(result, (0, 0, 0, 1))


RIGHT_OF_RANKS = ("average rank", "p", "helps", "hurts", "same", "open")
"""Columns of the table of ranks that stand at the right."""


def rank_cells(several: Several) -> tuple[list[str], list[list[str]]]:
    """Return the titles and the texts of the table of ranks, a row for each method."""
    assert several.ranking is not None
    ranking, counts = several.ranking, several.counts
    name = ranking.baseline if len(ranking.baseline) <= _SHORT else "baseline"
    titles = ["method", "average rank", f"vs {name}", "p", "helps", "hurts", "same", "open"]
    rows = []
    for m in ranking.methods:
        own = counts[m.method]
        baseline = m.method == ranking.baseline
        undecided = own.get("undecided", 0) + own.get("no verdict", 0)
        numbers = (own.get("helps", 0), own.get("hurts", 0))
        same = own.get("no practical difference", 0)
        rows.append(
            [
                m.method,
                fixed(m.rank, 2) if m.rank == m.rank else DASH,
                "baseline" if baseline else m.standing,
                p_words(m.p).removeprefix("p ").removeprefix("= "),
                *(DASH if baseline else str(n) for n in (*numbers, same, undecided)),
            ]
        )
    return titles, rows


def beside(figures: Sequence[published.PublishedFigure]) -> Padding:
    """Return published figures beside those measured here, as a table."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    judged = any(figure.verdict for figure in figures)
    further = ("prediction interval", "verdict") if judged else ()
    for title in ("published figure", "published", "ours", *further):
        result.add_column(title, overflow="fold")
    for figure in figures:
        result.add_row(
            Text(f"{figure.method}: {figure.metric}"),
            Text(figure.value or figure.text),
            Text(figure.ours or DASH),
            *((Text(figure.predicted or DASH), Text(figure.verdict)) if judged else ()),
        )
    return Padding(result, (0, 0, 0, 1))


def rankings(claims: Sequence[published.ClaimLine]) -> Padding:
    """Return published rankings with our evidence as a table."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    result.add_column("published ranking", overflow="fold")
    result.add_column(Text("ours [interval]"), justify="right", no_wrap=True)
    result.add_column("verdict", overflow="fold")
    for claim in claims:
        style = _RANKED.get(claim.verdict, "")
        result.add_row(Text(claim.text), Text(claim.difference), Text(claim.verdict, style=style))
    return Padding(result, (0, 0, 0, 1))


def title(answer: Answer, column: str) -> str:
    """Return the title of a column."""
    if column == DIFFERENCE:
        name = answer.name(answer.baseline)
        return f"vs {name if len(name) <= _SHORT else 'baseline'} [interval]"
    return answer.measure.metric if column == "score" else column


def _broken(column: str, text: str) -> str:
    """Break a long text at suitable places: settings at commas, labels before joined methods."""
    if column == "setting":
        return text.replace(", ", ",\n")
    if column == "method" and len(text) > 16:
        return re.sub(r"(?<=\()|(?=\+)", "\n", text)
    if column == "verdict":
        return text.replace("practical difference", "practical\ndifference").replace(" (", "\n(")
    return text


def _line(item: Advice, opening: str = "") -> Text:
    text = Text(opening, style="")
    if not opening:
        text.append("! " if item.warning else "· ", style="bold yellow" if item.warning else "dim")
    if item.about:
        text.append(f"{item.about}: ", style="bold" if item.warning else "")
    text.append(item.text)
    return text


def _near(path: Path) -> str:
    """Return the path relative to the current folder if that is shorter."""
    try:
        near = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return near if len(near) < len(str(path)) and not near.startswith("..") else str(path)
