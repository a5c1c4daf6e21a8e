"""A study: its plan, results, answer and page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.files import named_folder, write_csv
from bridle.refusals import working_in
from bridle.report import search_words, summaries
from bridle.report.recommendation import Recommendation, recommendation
from bridle.searches.record import Searched
from bridle.searches.record import read as read_search
from bridle.study.reader import StudyReader
from bridle.verdict import frames
from bridle.verdict.answer import Answer, conclude
from bridle.verdict.strengths import strengths
from bridle.verdict.study_evidence import evidence_of
from bridle.wording import command

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console

    from bridle.models import Model
    from bridle.report.figure_files import FigureFiles
    from bridle.statistics import Compared, Comparison


class Study(StudyReader):
    """A comparison in a folder, finished or not. Reading it changes nothing.

    Args:
        folder: what `bridle compare` or `bridle train` wrote.

    Raises:
        UserError: the folder is not a study, or is damaged.
    """

    def _repr_html_(self) -> str:
        from bridle.report.notebook import of_answer

        return of_answer(self.answer, "study.leaderboard()")

    @property
    def studies(self) -> dict[str, Study]:
        """The study by the name of its data set; `Studies` hold one for each of several data sets."""
        return {self.dataset.name: self}

    @functools.cached_property
    def answer(self) -> Answer:
        """The answer, computed once when it is first used."""
        return conclude(evidence_of(self))

    @functools.cached_property
    def searched(self) -> Searched | None:
        """The search whose find it judges, with every candidate; None for a comparison of what was asked for."""
        return read_search(self.folder)

    def leaderboard(self) -> pd.DataFrame:
        """Return one row for each method, best first."""
        return frames.leaderboard(self.answer)

    def comparison(self) -> Comparison | None:
        """Return the statistics of every method against no regularization; `None` without a baseline."""
        return self.answer.comparison

    @property
    def wanting(self) -> int:
        """How many further replicates it goes on with, where it is to go on until every method is decided; else 0."""
        if not (self.plan.until_decided and self.plan.looks.again):
            return 0
        comparison = self.comparison()
        if comparison is None:
            return 0
        return self.plan.next_look if any(map(_may_be_decided, comparison.methods)) else 0

    def earlier(self) -> tuple[Comparison, ...]:
        """Return the results of earlier looks, before the study was extended, in order."""
        return self.answer.earlier

    def claims(self) -> pd.DataFrame:
        """Return published rankings of these methods on this data set, with our evidence.

        Columns: `claim`, `better`, `worse`, `difference` (better minus worse, of test accuracy), `difference_low`,
        `difference_high` (95 % for all claims together) and `verdict`: `holds`, `does not hold` (the reverse is true),
        `undecided` or `not comparable` (too few examples or steps, or a method that did nothing). Empty if nothing
        was published, or no run has finished.
        """
        return frames.claims(self.answer)

    def effects(self) -> pd.DataFrame:
        """Return the effects of an ablation's ingredients, one row each; empty if the study is no ablation.

        Columns: `kind` (`whole`: all against none; `in the whole`: what the whole loses without an ingredient;
        `alone`: an ingredient against none; `on average`: over all combinations of the others; `interaction`: what two
        give together beyond the sum of their effects), `ingredients`, `difference` (positive is better),
        `difference_low`, `difference_high` (95 % for all effects together), `p`, `replicates` and `verdict`.
        """
        return frames.effects(self.answer)

    def sentences(self) -> list[str]:
        """Return the answer in words, sentence by sentence."""
        return search_words.sentences(self.searched, self.answer) + summaries.sentences(self.answer)

    @property
    def summary(self) -> str:
        """The answer in words."""
        return "\n".join(self.sentences())

    @property
    def recommendation(self) -> Recommendation | None:
        """What to use now, with its risk; None if there is nothing to choose from."""
        return recommendation(self.answer)

    def strengths(self, method: str) -> pd.DataFrame:
        """Return every setting of a method, with whether it is as good as the best.

        Columns: `hyperparameters` (as in `results.csv`), `score` (mean test score), `difference` (to that of the best
        setting, positive is better), `replicates` and `as_good`: with 95 % confidence the truly best is among those.

        Args:
            method: a label of the plan.

        Raises:
            UserError: the study has no such method.
        """
        return strengths(self, method)

    def figure(self, name: str) -> Figure:
        """Return a figure by name, such as `curves`, `boundaries` or `weights`.

        Args:
            name: of the figure.

        Returns:
            A matplotlib figure that belongs to the caller and is not registered with pyplot.

        Raises:
            UserError: no figure has that name, or this study cannot have it.
        """
        from bridle.report.figures.base import StudyReading
        from bridle.report.figures.registry import picture, record

        return picture(name).draw(record(StudyReading(self, self.answer), name))

    def write_figures(
        self, folder: str | Path | None = None, figure_format: str = "png"
    ) -> FigureFiles:
        """Write every figure as a file: the same bytes for the same study.

        Args:
            folder: where to; by default `figures` in the study's folder.
            figure_format: `png`, `svg` or `pdf`.

        Returns:
            The files' paths, and the figures that this study cannot have.

        Raises:
            UserError: there is no such format, or the system refuses a file.
        """
        from bridle.report import figure_files

        place = named_folder(self.folder / figure_files.FOLDER if folder is None else folder)
        return figure_files.write(self, self.answer, place, figure_files.checked(figure_format))

    def write_tables(self) -> None:
        """Write `results.csv` and `leaderboard.csv` into the folder; of an ablation also `effects.csv`.

        Raises:
            NotWritableError: the folder may not be written to.
            UserError: the system refuses something else, or the study is damaged.
        """
        with working_in(self.folder, f"`{command('report', self.folder)}` writes them"):
            write_csv(self.folder / "results.csv", self.results())
            write_csv(self.folder / "leaderboard.csv", self.leaderboard())
            if self.answer.ablation is not None:
                write_csv(self.folder / "effects.csv", self.effects())

    def report(self) -> Path:
        """Write the tables and `report.html` into the folder; return the page's path.

        Returns:
            The page's path.

        Raises:
            NotWritableError: the folder may not be written to.
            UserError: the system refuses something else, or the study is damaged.
        """
        from bridle.report.page import write

        self.write_tables()
        with working_in(self.folder, f"`{command('report', self.folder)}` writes it"):
            write_csv(self.folder / "metrics.csv", self.metrics())
            return write(self, self.answer, self.searched)

    def show(self, console: Console, page: Path | None = None, *, details: bool = False) -> None:
        """Print the answer: verdict, recommendation, table, what to do next, and where the page is, if it was written.

        Args:
            console: where to.
            page: the page's path, if it was written.
            details: whether every sentence and remark is printed.
        """
        from rich.text import Text

        from bridle.report import published, terminal

        figures = published.figures(self, self.answer)
        name = "" if page is None else page.name
        for sentence in search_words.sentences(self.searched, self.answer):
            console.print(Text(sentence), highlight=False)
        terminal.show(self.answer, console, name, figures, details=details)

    def refit(self, method: str | None = None, *, ensemble: int = 1) -> Model:
        """Train what the study recommends on all rows that are not kept for testing: the model to take home.

        Args:
            method: a method of the study, at the setting chosen most often, or any other with its hyperparameters
                (`"dropout(rate=0.3)"`); by default what is recommended.
            ensemble: number of networks whose predictions are averaged. `model.facts["ensemble_gain"]` says by how much
                that was better than one of them on test rows, on each of up to three splits of the study.

        Returns:
            The model: `model.predict(X)`, `model.save(path)`. Where the study is not finished, the numbers of its
            finished and planned runs are `model.facts["unfinished"]`.

        Raises:
            UserError: there is nothing to choose, the method does not suit the data, or training diverged.
        """
        from bridle.api.refit import refit

        return refit(self, self.answer, method, ensemble)

    def recipe(self, framework: str, method: str | None = None) -> str:
        """Return what the study recommends as a program of another framework, with every default written out.

        Args:
            framework: `keras`, `pytorch`, `sklearn` or `optax`.
            method: a method of the study, at the setting chosen most often, or any setting (`"dropout(rate=0.3)"`);
                by default what is recommended.

        Returns:
            The program's text. Its first lines say what it trains and what differs from Bridle.

        Raises:
            UserError: the study is not finished or has no such method, or the framework cannot do it.
        """
        from bridle.recipes import framework as known
        from bridle.recipes import recipe

        return recipe(self, self.answer, known(framework), method).text

    def rendered(self, form: str) -> bytes:
        """Return the answer as a document: the same bytes for the same study.

        Args:
            form: `md` (Markdown), `latex` (sections and tables for booktabs), `json`, or `pdf`: a paper with figures.

        Returns:
            The content of a file; texts are in UTF-8.

        Raises:
            UserError: there is no such form, or `pdf` needs the package typst, which is not installed.
        """
        from bridle.report.forms import rendered
        from bridle.report.manuscript.content import of_study

        return rendered(form, lambda pictures: of_study(self, self.answer, pictures), self.document)

    def document(self) -> dict[str, Any]:
        """Return the answer for programs, as JSON can hold it."""
        from bridle.report.documents import of_study

        found = search_words.document(self.searched, self.answer)
        return {**of_study(self, self.answer), "search": found}


def _may_be_decided(compared: Compared) -> bool:
    """Say whether further replicates may decide a method's verdict."""
    verdict = compared.verdict
    return verdict.label == "undecided" and verdict.replicates_can_decide
