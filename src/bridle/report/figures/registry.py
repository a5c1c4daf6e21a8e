"""All figures of a study, in the order in which a page shows them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bridle.errors import UserError, unknown
from bridle.report.figures import (
    ablation,
    boundaries,
    changed,
    confusion,
    curves,
    data,
    differences,
    filters,
    predictions,
    ranks,
    reliability,
    strength,
    weights,
)
from bridle.report.figures.base import NotShownError, StudyReading
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """A figure: how its record is gathered, explained and drawn.

    Attributes:
        name: as in `study.figure(name)`.
        title: as a heading.
        collect: makes the record from a `StudyReading`; raises `NotShownError` if the study cannot have it.
        caption: says in a sentence or two how to read it.
        alt: describes it to those who do not see it.
        format: `svg` for lines, `png` for surfaces and many points.
    """

    name: str
    title: str
    collect: Callable[[Any], Any]
    caption: Callable[[Any], str]
    alt: Callable[[Any], str]
    format: Literal["svg", "png"]

    def draw(self, record: Any) -> Figure:
        """Draw the record by matplotlib."""
        module = importlib.import_module(f"bridle.report.draw.{self.name}")
        figure: Figure = module.draw(record)
        return figure


def _view(record: Callable[[Answer], Any]) -> Callable[[StudyReading], Any]:
    """Return how to collect a figure that is a view of the answer."""
    return lambda reading: record(reading.answer)


PICTURES = (
    Picture(
        "differences",
        "Does it help?",
        _view(differences.record),
        differences.caption,
        differences.alt,
        "svg",
    ),
    Picture(
        "ablation",
        "What carries the cocktail?",
        _view(ablation.record),
        ablation.caption,
        ablation.alt,
        "svg",
    ),
    Picture("data", "The data", data.collect, data.caption, data.alt, "png"),
    Picture(
        "boundaries",
        "Decision boundaries",
        boundaries.collect,
        boundaries.caption,
        boundaries.alt,
        "png",
    ),
    Picture(
        "predictions",
        "Predicted and true",
        _view(predictions.record),
        predictions.caption,
        predictions.alt,
        "svg",
    ),
    Picture("curves", "Learning curves", curves.collect, curves.caption, curves.alt, "svg"),
    Picture(
        "reliability",
        "Is it as sure as it is right?",
        _view(reliability.record),
        reliability.caption,
        reliability.alt,
        "svg",
    ),
    Picture("weights", "Weights", weights.collect, weights.caption, weights.alt, "svg"),
    Picture("filters", "First-layer weights", filters.collect, filters.caption, filters.alt, "png"),
    Picture("changed", "What changes?", changed.collect, changed.caption, changed.alt, "png"),
    Picture("strength", "How strong?", strength.collect, strength.caption, strength.alt, "svg"),
)

CONFUSION = Picture(
    "confusion",
    "Which classes are confused?",
    _view(confusion.record),
    confusion.caption,
    confusion.alt,
    "svg",
)
"""A figure that the page's script draws on its own, two methods beside one another."""

EVERY = (*PICTURES, CONFUSION)
"""All figures, in order."""


def picture(name: str) -> Picture:
    """Return the figure of that name.

    Raises:
        UserError: there is none.
    """
    known = {p.name: p for p in EVERY}
    if name not in known:
        raise unknown("figure", name, known)
    return known[name]


def collect(reading: StudyReading, picture: Picture) -> Any:
    """Return a figure's record.

    Raises:
        NotShownError: the study cannot have it, or it does not suit the task.
    """
    task = reading.dataset.task
    if picture.name not in task.figures:
        raise NotShownError(f"it does not suit a {task.kind}")
    return picture.collect(reading)


def record(reading: StudyReading, name: str) -> Any:
    """Return the record of the figure of that name.

    Raises:
        UserError: no figure has that name, or this study cannot have it.
    """
    try:
        return collect(reading, picture(name))
    except NotShownError as reason:
        others = ", ".join(p.name for p in EVERY if p.name != name)
        raise UserError(
            f"This study has no figure {name!r}: {reason}. Others are: {others}."
        ) from None


def differences_figure(answer: Answer) -> Figure:
    """Draw the differences to the baseline with their intervals.

    Raises:
        UserError: nothing was compared.
    """
    try:
        return picture("differences").draw(differences.record(answer))
    except NotShownError as reason:
        raise UserError(f"There is no figure: {reason}.") from None


def ranks_figure(several: Several) -> Figure:
    """Draw the critical-difference diagram.

    Raises:
        UserError: there is nothing to rank.
    """
    from bridle.report.draw.ranks import draw

    if several.ranking is None or not several.ranking.datasets:
        raise UserError("There is no figure: no data set has scores of two methods or more.")
    return draw(ranks.record(several.ranking))
