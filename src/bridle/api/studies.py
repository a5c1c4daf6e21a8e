"""The same comparison on several data sets: a study of each, and ranks over all of them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.api.study import Study
from bridle.errors import UserError
from bridle.files import named_folder, write_csv
from bridle.refusals import working_in
from bridle.report import summaries
from bridle.study.members import FILE, is_several, members
from bridle.verdict import frames
from bridle.verdict.several import Several, over
from bridle.wording import command

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console

    from bridle.report.figure_files import FigureFiles


class Studies:
    """The same methods compared on several data sets, in a folder, finished or not.

    Attributes:
        folder: where they lie.
        studies: each data set's study, by name.

    Args:
        folder: what `bridle compare a,b` wrote.

    Raises:
        UserError: the folder holds no such studies, or is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = named_folder(folder, "folder")
        if not is_several(self.folder):
            raise UserError(
                f"{self.folder} holds no {FILE}. Name the folder that `{command('compare', ('a', 'b'))}` wrote."
            )
        self.studies = {name: Study(place) for name, place in members(self.folder).items()}

    def __repr__(self) -> str:
        return f"Studies({str(self.folder)!r}: {', '.join(self.studies)})"

    def _repr_html_(self) -> str | None:
        from bridle.report.notebook import of_several

        # without any result, its text says what it is
        begun = any(study.selected for study in self.studies.values())
        return of_several(self.several) if begun else None

    def __getitem__(self, dataset: str) -> Study:
        """Return the study of one data set."""
        return self.studies[dataset]

    @property
    def complete(self) -> bool:
        """Whether every planned run of every study is there."""
        return all(study.complete for study in self.studies.values())

    def settled(self) -> bool:
        """Say whether every study is complete and undamaged."""
        return all(study.settled() for study in self.studies.values())

    @property
    def runs(self) -> int:
        """Number of finished runs."""
        return sum(study.runs for study in self.studies.values())

    @property
    def planned_runs(self) -> int:
        """Number of planned runs."""
        return sum(study.planned_runs for study in self.studies.values())

    @functools.cached_property
    def several(self) -> Several:
        """The answer on each data set that has results, and the ranks over them: computed once.

        Raises:
            UserError: no run has finished.
        """
        begun = {name: study.answer for name, study in self.studies.items() if study.selected}
        if not begun:
            raise UserError(
                f"{self.folder} holds no finished run yet. Train them with: {command('resume', self.folder)}"
            )
        return over(begun)

    def ranks(self) -> pd.DataFrame:
        """Return one row for each method, by average rank; see `docs/formats.md`."""
        return frames.ranks(self.several)

    def leaderboard(self) -> pd.DataFrame:
        """Return the leaderboards of all data sets, one below the other, with a column `dataset`."""
        return frames.leaderboards(self.several)

    def sentences(self) -> list[str]:
        """Return the answer in sentences: over all data sets first, then for each."""
        waiting = sum(not study.complete for study in self.studies.values())
        said = summaries.over_datasets(self.several, waiting, len(self.studies))
        return [*said, *summaries.each(self.several)]

    @property
    def summary(self) -> str:
        """The answer in words."""
        return "\n".join(self.sentences())

    def figure(self) -> Figure:
        """Draw the critical-difference diagram.

        Raises:
            UserError: there is nothing to rank.
        """
        from bridle.report.figures.registry import ranks_figure

        return ranks_figure(self.several)

    def write_figures(
        self, folder: str | Path | None = None, figure_format: str = "png"
    ) -> FigureFiles:
        """Write every study's figures and the figure of the ranks; errors as of `Study.write_figures`.

        Args:
            folder: where to; by default `figures` in the folder of all studies.
            figure_format: `png`, `svg` or `pdf`.

        Returns:
            The files' paths, and the figures that a study cannot have. Every study has its own folder.
        """
        from bridle.report import figure_files

        place = named_folder(self.folder / figure_files.FOLDER if folder is None else folder)
        form = figure_files.checked(figure_format)
        parts = [figure_files.write_ranks(self.several, place, form)]
        parts += [
            figure_files.write(study, study.answer, place / study.folder.name, form)
            for study in self.studies.values()
            if study.selected
        ]
        return figure_files.together(parts)

    def write_tables(self) -> None:
        """Write `ranks.csv` and `leaderboard.csv`; errors as of `Study.write_tables`."""
        with working_in(self.folder, f"`{command('report', self.folder)}` writes them"):
            write_csv(self.folder / "ranks.csv", self.ranks())
            write_csv(self.folder / "leaderboard.csv", self.leaderboard())

    def report(self) -> Path:
        """Write every study's page, then the page of all of them; return its path. Errors as of `Study.report`.

        Returns:
            The path of the page of all.
        """
        from bridle.report.several_page import write

        for study in self.studies.values():
            if study.selected:
                study.report()
        self.write_tables()
        with working_in(self.folder, f"`{command('report', self.folder)}` writes it"):
            return write(self.folder, self.studies, self.several)

    def show(self, console: Console, page: Path | None = None, *, details: bool = False) -> None:
        """Print the ranks, what each data set says, and where the page is, if it was written.

        Args:
            console: where to.
            page: the page's path, if it was written.
            details: whether every sentence on each data set is printed.
        """
        from bridle.report.terminal import show_several

        show_several(self.several, console, page, details=details)

    def rendered(self, form: str) -> bytes:
        """Return the answer as a document; result and errors as of `Study.rendered`.

        Args:
            form: `md`, `latex`, `json` or `pdf`.
        """
        from bridle.report.forms import rendered
        from bridle.report.manuscript.content import of_several

        return rendered(
            form,
            lambda pictures: of_several(self.several, self.studies, pictures),
            self.document,
        )

    def document(self) -> dict[str, Any]:
        """Return the answer for programs, as JSON can hold it."""
        return {
            "folder": str(self.folder),
            "complete": self.complete,
            "summary": self.sentences(),
            "ranks": self.ranks().to_dict("records"),
            "datasets": {name: study.document() for name, study in self.studies.items()},
        }
