"""Every figure of a study as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from bridle.domains import Choice
from bridle.errors import UserError
from bridle.files import write_file
from bridle.report.draw.fonts import fit
from bridle.report.encode import Form, encode
from bridle.report.figures import ranks
from bridle.report.figures.base import NotShownError, StudyReading
from bridle.report.figures.registry import EVERY, collect, ranks_figure
from bridle.study.reader import StudyReader
from bridle.verdict.answer import Answer
from bridle.verdict.several import Several

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bridle.experiments.outcome import Outcome

FOLDER = "figures"
"""The folder of figures in a study's folder."""


@dataclass(frozen=True)
class FigureFiles:
    """Files that were written.

    Attributes:
        paths: of the files, in the order of the page.
        left_out: figures that the study cannot have, with the reason for each.
        lacking: characters that no installed font has; they are written out as `[U+732B]`.
    """

    paths: tuple[Path, ...]
    left_out: dict[str, str]
    lacking: str


def checked(form: str) -> Form:
    """Return the form of a file.

    Raises:
        UserError: figures have no such form.
    """
    return cast(Form, Choice(get_args(Form)).check("figure_format", form))


def write(study: StudyReader, answer: Answer, folder: Path, form: Form) -> FigureFiles:
    """Write every figure that a study has.

    Args:
        study: the study.
        answer: its answer.
        folder: where to; it is made if it is not there.
        form: of the files.

    Raises:
        UserError: a file cannot be written.
    """
    reading, left_out, drawn = StudyReading(study, answer), {}, []
    for picture in EVERY:
        try:
            record = collect(reading, picture)
        except NotShownError as reason:
            left_out[picture.name] = str(reason)
            continue
        described = picture.alt(record)
        drawn.append(Drawn(picture.name, picture.title, described, picture.draw(record)))
    return replace(_written(drawn, folder, form), left_out=left_out)


def write_ranks(several: Several, folder: Path, form: Form) -> FigureFiles:
    """Write the figure of ranks over data sets, if there is one; arguments and errors as of `write`."""
    if several.ranking is None or not several.ranking.datasets:
        return FigureFiles((), {"ranks": "no data set has scores of two methods or more"}, "")
    described = ranks.alt(several.ranking)
    return _written([Drawn("ranks", "Ranks", described, ranks_figure(several))], folder, form)


def write_statements(
    outcome: Outcome, studies: Mapping[str, StudyReader], folder: Path, form: Form
) -> FigureFiles:
    """Write the picture of every statement of a work of several comparisons.

    Args:
        outcome: what was found.
        studies: of the work's trials, by name.
        folder: where to; it is made if it is not there.
        form: of the files.

    Raises:
        UserError: a file cannot be written.
    """
    from bridle.report.experiment_page import picture_of

    drawn, left_out = [], {}
    for result in outcome.statements:
        name, text = result.statement.name, result.statement.text
        figure = picture_of(result, studies)
        if figure is None:
            left_out[name] = "nothing of the statement was measured at this scale"
        else:
            drawn.append(Drawn(name, text, f"{text}: {result.verdict}.", figure))
    return replace(_written(drawn, folder, form), left_out=left_out)


def together(parts: Sequence[FigureFiles]) -> FigureFiles:
    """Return what was written for several data sets as one."""
    left_out = {name: reason for part in parts for name, reason in part.left_out.items()}
    lacking = "".join(sorted({c for part in parts for c in part.lacking}))
    return FigureFiles(tuple(path for part in parts for path in part.paths), left_out, lacking)


@dataclass(frozen=True)
class Drawn:
    """A figure to write: its file's name, its title, what it shows in words, and itself."""

    name: str
    title: str
    alt: str
    figure: Figure


def _written(drawn: Iterable[Drawn], folder: Path, form: Form) -> FigureFiles:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot make the folder {folder}: {error.strerror}.") from None
    paths, lacking = [], set[str]()
    for one in drawn:
        path = folder / f"{one.name}.{form}"
        lacking |= set(fit(one.figure))
        write_file(path, encode(one.figure, form, one.title, one.alt))
        paths.append(path)
    return FigureFiles(tuple(paths), {}, "".join(sorted(lacking)))
