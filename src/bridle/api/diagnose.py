"""Diagnoses: what hinders learning on a data set, in words, numbers and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.api import notebook
from bridle.data.dataset import Dataset
from bridle.data.intake import TABLE_ARGUMENTS
from bridle.diagnosis.diagnosis import ASKED, NAME, Diagnosed, investigate, make_baseline, prepare
from bridle.engine.executor import Executor
from bridle.errors import UserError, unknown
from bridle.files import plain, write_csv, write_whole
from bridle.refusals import working_in
from bridle.study.begin import open_dataset
from bridle.study.driver import Watch
from bridle.study.executors import check_executor
from bridle.study.folders import sole_work
from bridle.study.plan import Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Diagnosis(Diagnosed):
    """A diagnosis of a data set: `summary`, `findings()`, `curve()`, `runs()`, figures and a page."""

    def _repr_html_(self) -> str:
        from bridle.report.notebook import of_diagnosis

        return of_diagnosis(self)

    def figure(self, name: str) -> Figure:
        """Draw `permuted`, `learning_curve` or `memorization`.

        Args:
            name: of the figure.

        Raises:
            UserError: no figure has that name, or this diagnosis cannot have it.
        """
        from bridle.report.diagnosis_pictures import picture
        from bridle.report.figures.base import NotShownError

        found = picture(name)
        try:
            return found.draw(found.collect(self))
        except NotShownError as reason:
            raise UserError(f"This diagnosis has no figure {name!r}: {reason}.") from None

    def report(self) -> Path:
        """Write `report.html`, `diagnosis.json` and `runs.csv` into the folder, and return the page's path.

        Returns:
            The page's path.
        """
        from bridle.report.diagnosis_page import page

        # the folder may have been removed meanwhile; then it is made again for the results
        with working_in(self.folder.parent, "the same command begins anew"):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_csv(self.folder / "runs.csv", self.runs())
            write_whole(self.folder / NAME, json.dumps(plain(self.document()), indent=1) + "\n")
            return write_whole(self.folder / "report.html", page(self))


def diagnose(
    data: Any,
    y: Any = None,
    *,
    task: str | None = None,
    permutations: int | None = None,
    out: str | Path | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
    **request: Any,
) -> Diagnosis:
    """Say what hinders learning on a data set: no signal, too little data, overfitting and so on.

    Trains the network without regularization at three learning rates and chooses one by validation data: on the true
    targets, on permuted ones (C. Zhang et al., "Understanding deep learning requires rethinking generalization", ICLR
    2017), and on a half, a quarter, … of the training examples. Writes `report.html`.

    Args:
        data: the name of a data set with arguments (`"moons(n=200)"`), or examples `X [n, ...]`.
        y: classes `[n]`, or numbers `[n]` or `[n, targets]`, if `data` is `X`.
        task: `"classification"`, `"regression"` or `"regression(loss=huber,delta=1)"`; by default it follows from `y`.
        permutations: how often the targets are permuted and everything is trained again: at least 19, and 99 for a firm
            statement. On a fixed test set fewer are enough, since there the test targets are permuted instead.
        out: the folder; by default `bridle-diagnose-<data set>`, where an earlier diagnosis is replaced.
        executor: where to train, as in `compare`.
        watch: is called with a `Progress` now and then; by default a notebook shows it in a line.
        **request: `replicates`, `epochs`, `network`, `precision`, `device`, `widths`, `activation`, `batch_size`,
            `optimizer`, `learning_rate`, `schedule`, `configurations` (learning rates to try), `seed`; and
            the roles of a table's columns; as in `compare`.

    Returns:
        The diagnosis: `summary`, `findings()`, `curve()`, `runs()`, `figure("learning_curve")`.

    Raises:
        UserError: an argument does not exist or lies outside its domain.
    """
    table = {name: request.pop(name) for name in TABLE_ARGUMENTS if name in request}
    for name in request:
        if name not in ASKED:
            raise unknown("argument", name, (*ASKED, *TABLE_ARGUMENTS))
    check_executor(executor)
    dataset = open_dataset(data, y, task, **table)
    plan, wanted = make_baseline(dataset, permutations, **request)
    folder = prepare(dataset, plan, out)
    return finish_diagnosis(dataset, plan, wanted, folder, executor, watch)


def finish_diagnosis(
    dataset: Dataset,
    plan: Plan,
    permutations: int,
    folder: Path,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Diagnosis:
    """Train everything, measure, find, and write the page."""
    watch = watch or notebook.watches(1)(dataset.name)
    with sole_work(folder):
        found = Diagnosis(**vars(investigate(dataset, plan, permutations, folder, executor, watch)))
        try:
            found.report()
        except UserError as error:
            raise UserError(f"{error.message} What was found: {found.summary}") from error
    return found
