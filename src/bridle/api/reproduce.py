"""Reproducing works: one comparison, or an experiment of several with a verdict on every statement."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bridle.api.study import Study
from bridle.api.training import finish
from bridle.data import load
from bridle.engine.executor import Executor
from bridle.errors import UserError, unknown
from bridle.experiments import trials
from bridle.experiments.outcome import Outcome, conclude_experiment
from bridle.files import named_folder, write_csv, write_whole
from bridle.origins import Experiment, choose, work
from bridle.report import experiment_words as words
from bridle.study.begin import prepare
from bridle.study.driver import Watch
from bridle.study.executors import check_executor
from bridle.study.reproduce import plan_of
from bridle.wording import argument, command

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bridle.report.figure_files import FigureFiles


def reproduce(
    name: str,
    *,
    scale: str = "laptop",
    epochs: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    tuned: bool = False,
    data: str | None = None,
    network: str | None = None,
    out: str | Path | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Study | Reproduction:
    """Reproduce a work by name, with replicates, a baseline, and its figures beside ours.

    Args:
        name: as `bridle reproduce` lists them, such as `moons-l1` or `textbook-claims`.
        scale: `laptop`, `paper`, or `smoke` to see that everything runs.
        epochs: instead of the scale's.
        replicates: instead of the scale's.
        seed: from which the replicates follow; by default the work's own, 0 where it has none.
        tuned: tune every method equally, instead of the work's own settings. This, `data` and `network` are for works
            that offer them, as `bridle reproduce` lists.
        data: repeat the work on another data set.
        network: repeat it with another network.
        out: the folder; by default `bridle-<name>`.
        executor: where to train, as in `compare`.
        watch: is called with a `Progress` now and then; by default a notebook shows it in a line.

    Returns:
        Of a work that is one comparison, the study; `study.claims()` says which of its rankings hold. Of one that takes
        several, a `Reproduction`: `statements()`, `published()`, `summary`, `report()`.

    Raises:
        UserError: an unknown name or scale, a number outside its domain, or what the work does not offer.
    """
    check_executor(executor)
    found = choose(work(name), tuned=tuned, data=data, network=network)
    if isinstance(found, Experiment):
        plans = trials.plans(found, scale, epochs, replicates, seed)
        folder = trials.begin(found, scale, plans, out)
        trials.train(folder, plans, executor, lambda _: watch)
        return Reproduction(folder)
    plan = plan_of(found, scale, epochs, replicates, seed)
    return cast(Study, finish(prepare(load(plan.dataset), plan, out), executor, watch))


class Reproduction:
    """An experiment in a folder: its studies, and a verdict on every statement. Reading it changes nothing.

    Args:
        folder: what `bridle reproduce` wrote.

    Raises:
        UserError: the folder holds no experiment, or a damaged one.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.experiment, self.scale, self.studies = trials.opened(folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r}: {self.experiment.name}, {self.scale})"

    @functools.cached_property
    def outcome(self) -> Outcome:
        """What was found, computed once when it is first used."""
        return conclude_experiment(self.experiment, self.scale, self.studies)

    @property
    def complete(self) -> bool:
        """Whether every run of every study is finished."""
        return all(study.complete for study in self.studies.values())

    @property
    def runs(self) -> int:
        """How many runs are finished."""
        return sum(study.runs for study in self.studies.values())

    @property
    def planned_runs(self) -> int:
        """How many runs there are to be."""
        return sum(study.planned_runs for study in self.studies.values())

    @property
    def summary(self) -> str:
        """The answer in words."""
        said = [words.summary(self.outcome), words.agreement(self.outcome)]
        return " ".join(sentence for sentence in said if sentence)

    def statements(self) -> pd.DataFrame:
        """Return one row for every case of every statement.

        Columns: `statement` (its name), `text`, `verdict` (of the statement: `holds`, `does not hold`, `depends`,
        `undecided` or `not tested`), `case`, `measure`, `effect` (positive supports the statement, in the measure's own
        unit: shares are not percent), `low`, `high` (95 % for one case of every statement together), `least` (what it
        must exceed), `case_verdict` and `where`.
        """
        import pandas as pd

        columns = ["statement", "text", "verdict", "case", "measure", "effect", "low", "high"]
        rows = [
            (
                result.statement.name,
                result.statement.text,
                result.verdict,
                case.case.name,
                result.statement.measure,
                case.effect.estimate.difference,
                case.low,
                case.high,
                case.case.least,
                case.verdict,
                case.effect.where,
            )
            for result in self.outcome.statements
            for case in result.cases
        ]
        return pd.DataFrame(rows, columns=[*columns, "least", "case_verdict", "where"])

    def published(self) -> pd.DataFrame:
        """Return the work's figures beside ours.

        Columns: `figure`, `trial`, `method`, `published` (accuracy, a share), `runs` (that it is the mean of), `ours`,
        `low`, `high` (prediction interval of the mean of as many runs, 95 % for all figures together) and `verdict`:
        `agrees`, `differs`, `undecided` or `not comparable`.
        """
        import pandas as pd

        rows = [
            (
                p.printed.name,
                p.printed.trial,
                p.printed.method,
                p.printed.value,
                p.printed.runs,
                p.predicted.mean,
                p.predicted.low,
                p.predicted.high,
                p.verdict,
            )
            for p in self.outcome.printed
        ]
        columns = ["figure", "trial", "method", "published", "runs", "ours", "low", "high"]
        return pd.DataFrame(rows, columns=[*columns, "verdict"])

    def figure(self, name: str) -> Figure | None:
        """Return the picture of a statement.

        Args:
            name: of the statement, such as `l1-zeros`.

        Returns:
            A matplotlib figure; None if nothing of the statement was measured at this scale.

        Raises:
            UserError: there is no such statement.
        """
        from bridle.report.experiment_page import picture_of

        known = {result.statement.name: result for result in self.outcome.statements}
        if name not in known:
            raise unknown("statement", name, known)
        return picture_of(known[name], self.studies)

    def report(self) -> Path:
        """Write `statements.csv`, `published.csv` and `report.html` into the folder.

        Returns:
            The page's path.
        """
        from bridle.report.experiment_page import page

        write_csv(self.folder / "statements.csv", self.statements())
        if self.outcome.printed:
            write_csv(self.folder / "published.csv", self.published())
        return write_whole(self.folder / "report.html", page(self.outcome, self.studies))

    def write_figures(
        self, folder: str | Path | None = None, figure_format: str = "png"
    ) -> FigureFiles:
        """Write the picture of every statement as a file, named as the statement is.

        Args:
            folder: where to; by default `figures` in the work's folder.
            figure_format: `png`, `svg` or `pdf`.

        Returns:
            The files' paths, and the statements that have no picture.

        Raises:
            UserError: there is no such format, or the system refuses a file.
        """
        from bridle.report import figure_files

        form = figure_files.checked(figure_format)
        place = named_folder(self.folder / figure_files.FOLDER if folder is None else folder)
        return figure_files.write_statements(self.outcome, self.studies, place, form)

    def rendered(self, form: str) -> bytes:
        """Return the answer as a document.

        Args:
            form: `md` (Markdown) or `json`.

        Returns:
            The content of a file, in UTF-8.

        Raises:
            UserError: there is no such form, or none of a work of several comparisons.
        """
        from bridle.report.forms import as_json, checked

        form = checked(form)
        if form == "md":
            return self.markdown().encode()
        if form == "json":
            return as_json(self.document())
        name = next(iter(self.studies))
        one = command("report", trials.place(self.folder, name))
        raise UserError(
            f"A work of several comparisons is written as {argument('form', 'md')} or {argument('form', 'json')}; "
            f"{form} is of a single comparison, such as {one}"
        )

    def markdown(self, pictures: str = "") -> str:
        """Return the answer as Markdown.

        Args:
            pictures: folder of the pictures beside it, named as statements are; by default without pictures.
        """
        from bridle.report.experiment_markdown import markdown

        return markdown(self.outcome, self.studies, pictures)

    def document(self) -> dict[str, Any]:
        """Return the answer for programs, as JSON can hold it."""
        return {
            "folder": str(self.folder),
            "experiment": self.experiment.name,
            "scale": self.scale,
            "complete": self.complete,
            "question": self.experiment.question,
            "summary": self.summary,
            "statements": _records(self.statements()),
            "published": _records(self.published()),
        }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows, with None where a number is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]
