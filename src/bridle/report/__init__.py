"""Words, figures and pages: reads a finished study, or a partly finished one, and trains nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

    from bridle.report.source import Study

__all__ = ["answer_lines", "figure", "figure_names", "print_answer", "write_report"]


def write_report(study: Study) -> Path:
    """Write `report.html` into the study's folder: one page that holds everything.

    Returns:
        Where it is.
    """
    from bridle.report.page import write

    return write(study)


def figure(study: Study, name: str) -> Figure:
    """Draw a figure of the study.

    Args:
        study: finished or partly finished.
        name: one of `figure_names()`, such as `curves`.

    Returns:
        A matplotlib figure; it belongs to the caller, and pyplot does not know of it.

    Raises:
        UserError: no figure has that name, or this study cannot have it.
    """
    from bridle.report.figures.base import Reading
    from bridle.report.figures.registry import picture, record

    return picture(name).draw(record(Reading(study), name))


def figure_names() -> tuple[str, ...]:
    """Return the names of all figures."""
    from bridle.report.figures.registry import PICTURES

    return tuple(picture.name for picture in PICTURES)


def answer_lines(study: Study) -> list[str]:
    """Return the answer in words, sentence by sentence, published rankings last."""
    from bridle.report import published
    from bridle.report.answer import read
    from bridle.report.words import sentences

    return sentences(read(study)) + published.lines(study)


def print_answer(study: Study, console: Console, page: str = "report.html") -> None:
    """Print the answer: words, table, what to do next, and where the page is.

    Args:
        study: with at least one run.
        console: where to.
        page: the page's name in the study's folder; empty where it was not written.
    """
    from bridle.report import published
    from bridle.report.answer import read
    from bridle.report.terminal import show

    answer, claims = read(study), published.claims(study)
    show(
        answer,
        console,
        page,
        figures=published.figures(study, answer),
        claims=claims,
        said=published.sentences(study, claims),
        footnote=published.footnote(study, claims),
    )
