"""The same comparison on several data sets: one study each, in a folder of its own, and ranks over all of them."""

from __future__ import annotations

import contextlib
import functools
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.data.dataset import Dataset
from bridle.domains import Integer
from bridle.engine.executor import Executor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.files import read_json, write_json
from bridle.lines import command_line
from bridle.metrics import Metric
from bridle.refusals import NotWritableError, check_free, working_in
from bridle.statistics import Margin
from bridle.study import compare, fields, tables
from bridle.study.driver import Watch
from bridle.study.executors import executor_for
from bridle.study.folders import left_by_a_start, settle
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, OtherVersionError, Plan, check_format, read_plan
from bridle.study.request import Request, make_plan
from bridle.study.schema import FORMAT
from bridle.study.shorten import TimeLimitError, fit, identity
from bridle.study.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bridle.report.over import OverDatasets, StudyVerdicts

FILE = "studies.json"

MOST_NAMED = 3
"""A folder is named after so many data sets, at most."""


class Studies:
    """The same methods compared on several data sets, in a folder, finished or not.

    Args:
        folder: what `bridle compare a,b` wrote.

    Raises:
        UserError: the folder holds no such studies, or is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.studies = {
            name: Study(self.folder / place) for name, place in members(self.folder).items()
        }

    def __repr__(self) -> str:
        return f"Studies({str(self.folder)!r}: {', '.join(self.studies)})"

    def __getitem__(self, dataset: str) -> Study:
        """Return the study of one data set."""
        return self.studies[dataset]

    @property
    def complete(self) -> bool:
        """Whether every planned run of every study is there."""
        return all(study.complete for study in self.studies.values())

    @functools.cached_property
    def over(self) -> OverDatasets[StudyVerdicts]:
        """What each data set says, and the ranks over those that have results."""
        from bridle.report.over import OverDatasets, StudyVerdicts

        begun = {name: study for name, study in self.studies.items() if study.selected}
        if not begun:
            raise UserError(
                f"{self.folder} holds no finished run yet. Train them with: {command_line('resume', self.folder)}"
            )
        return OverDatasets(
            {name: StudyVerdicts(name, study) for name, study in begun.items()}, BASELINE
        )

    def ranks(self) -> pd.DataFrame:
        """Return one row for each method, by average rank; see `docs/formats.md`."""
        return self.over.ranks()

    def leaderboard(self) -> pd.DataFrame:
        """Return the leaderboards of all data sets, one below the other, with a column `dataset`."""
        return self.over.leaderboard()

    def sentences(self) -> list[str]:
        """Return the answer: over data sets first, then of each."""
        waiting = [name for name, study in self.studies.items() if not study.complete]
        if not waiting:
            return self.over.sentences()
        who = f"{len(waiting)} of {len(self.studies)} data sets are not finished"
        return [f"Not finished: {who}, so what follows is provisional.", *self.over.sentences()]

    @property
    def summary(self) -> str:
        """What the studies allow one to say, in words."""
        return "\n".join(self.sentences())

    def figure(self) -> Figure:
        """Draw the critical-difference diagram.

        Raises:
            UserError: there is nothing to rank.
        """
        return self.over.figure()

    def write_tables(self) -> None:
        """Write `ranks.csv` and `leaderboard.csv`; errors as of `Study.write_tables`."""
        with working_in(self.folder, f"`bridle report {self.folder}` writes them"):
            tables.write_csv(self.folder / "ranks.csv", self.ranks())
            tables.write_csv(self.folder / "leaderboard.csv", self.leaderboard())

    def report(self) -> Path:
        """Write every study's page, then the page of all of them; return its path. Errors as of `Study.report`."""
        from bridle.report.over_page import write

        for study in self.studies.values():
            if study.selected:
                study.report()
        self.write_tables()
        with working_in(self.folder, f"`bridle report {self.folder}` writes it"):
            return write(self)


def is_studies(folder: Path) -> bool:
    """Say whether a folder holds studies of several data sets."""
    return (folder / FILE).is_file()


def members(folder: Path) -> dict[str, str]:
    """Return for each data set the name of its study's folder.

    Raises:
        UserError: the file that says so is missing or damaged.
    """
    path = folder / FILE
    if not path.is_file():
        raise UserError(
            f"{folder} holds no {FILE}. Name the folder that `bridle compare a,b` wrote."
        )
    try:
        content = read_json(path)
        check_format(path, content, FORMAT)
        checks = {
            "format": Integer(FORMAT, FORMAT).check,
            "hash": fields.text,
            "studies": fields.by_name(fields.text),
            "digest": fields.text,
        }
        found = fields.record("the document", content, checks)
        places: dict[str, str] = found["studies"]
        if not places:
            raise UserError("studies must name one; received none")
        if any(Path(place).name != place or place in ("", "..") for place in places.values()):
            raise UserError("a study's folder must lie beside it")
        if found["digest"] != _digest(content):
            raise UserError("it does not have the digest of its content")
    except OtherVersionError:
        raise
    except (ValueError, OSError) as error:
        raise UserError(
            f"{path} is damaged: {str(error).rstrip('.')}. Restore it from a copy, or read the studies one by one: "
            f"{_one_by_one(folder)}"
        ) from error
    return places


def _one_by_one(folder: Path) -> str:
    """Return the words that show the first of the studies in a folder."""
    there = sorted(path.parent for path in folder.glob("*/study.json"))
    return f"bridle report {shlex.quote(str(there[0] if there else folder / 'FOLDER'))}"


def _digest(content: Mapping[str, Any]) -> str:
    return content_hash({key: value for key, value in content.items() if key != "digest"})


def set_readings(
    folder: Path, margin: Margin | str | float | None, metric: Metric | str | None
) -> None:
    """Write another margin or metric into the plan of every study: `set_reading`."""
    for place in members(folder).values():
        compare.set_reading(folder / place, margin, metric)


def named(datasets: Sequence[tuple[str, Dataset]]) -> dict[str, Dataset]:
    """Return data sets under the names by which people tell them apart.

    Args:
        datasets: as they were written, and what they mean.

    Raises:
        UserError: there is none, or one stands twice.
    """
    if not datasets:
        raise UserError("The list of data sets is empty; expected names such as 'digits'.")
    specs = Counter(dataset.spec for _, dataset in datasets)
    often = Counter(dataset.name for _, dataset in datasets)
    for text, dataset in datasets:
        if specs[dataset.spec] > 1:
            raise UserError(
                f"The data set {text} stands twice. Ranks count each data set once; leave one out."
            )
    return {text if often[found.name] > 1 else found.name: found for text, found in datasets}


def make_plans(datasets: Mapping[str, Dataset], request: Request) -> dict[str, Plan]:
    """Return the plan of each data set's study.

    Raises:
        UserError: something asked for does not fit one of them, which is named.
    """
    plans = {}
    for name, dataset in datasets.items():
        try:
            plans[name] = make_plan(dataset, request)
        except UserError as error:
            raise UserError(f"For {name}: {error}") from None
    return plans


def prepare_all(
    datasets: Mapping[str, Dataset],
    plans: Mapping[str, Plan],
    out: str | Path | None,
    limit: TimeLimit | None = None,
) -> Path:
    """Return the folder of all studies, a new one or that of the same studies, each with its `study.json`.

    Raises:
        UserError: `out` holds something else.
    """
    asked = identity(content_hash([plan.hash for plan in plans.values()]), limit)
    places = _places(datasets)

    def write(folder: Path) -> None:
        check_free(folder, ("ranks.csv", "leaderboard.csv", "report.html"))
        content = {"format": FORMAT, "hash": asked, "studies": places}
        write_json(folder / FILE, {**content, "digest": _digest(content)})

    folder = settle(out, _stem(datasets), functools.partial(_check_same, asked=asked), write)
    for name, dataset in datasets.items():
        compare.prepare(dataset, plans[name], folder / places[name], limit, folder.parent)
    return folder


def finish_all(
    folder: Path,
    executor: Executor | str | None = None,
    watch: Callable[[str], Watch | None] = lambda name: None,
    limit: TimeLimit | None = None,
) -> Studies:
    """Train what is missing, one study after another on the same workers, and return them all.

    Args:
        folder: of all studies.
        executor: where to train, as in `compare`.
        watch: gives for each data set that is trained on what is told of its progress.
        limit: for all; each study gets its part of what is left.

    Raises:
        TimeLimitError: nothing useful fits the time limit; then studies that were not begun are gone.
    """
    places = members(folder)
    plans = [read_plan(folder / place / "study.json")[0] for place in places.values()]
    most = max(plan.count for plan in plans)
    try:
        with executor_for(plans[0], executor, runs=most) as own:
            weights = [1.0] * len(places)
            if limit is not None:
                names = list(places)
                folders = [folder / place for place in places.values()]
                limit, weights = fit(folders, own, limit, lambda number: watch(names[number]))
                limit = replace(limit, request=None)  # it has been carried out
            for number, (name, place) in enumerate(places.items()):
                share = weights[number] / sum(weights[number:])
                part = None if limit is None else limit.part(share)
                compare.finish(folder / place, own, watch(name), part)
    except TimeLimitError:
        for place in places.values():
            compare.discard(folder / place)
        for name in (FILE, "study.lock"):
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise
    studies = Studies(folder)
    with contextlib.suppress(NotWritableError):
        studies.write_tables()
    return studies


def _stem(datasets: Mapping[str, Dataset]) -> str:
    names = list(dict.fromkeys(dataset.name for dataset in datasets.values()))
    if len(names) > MOST_NAMED:
        return f"bridle-{len(datasets)}-data-sets"
    return f"bridle-{'-'.join(map(_safe, names))}"


def _places(datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """Return a folder's name for each data set: its own, numbered where several have one name."""
    seen: Counter[str] = Counter()
    places = {}
    for name, dataset in datasets.items():
        stem = _safe(dataset.name)
        seen[stem] += 1
        places[name] = stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
    return places


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _check_same(folder: Path, asked: str) -> bool:
    """Say whether a folder holds these studies.

    Raises:
        UserError: it holds others, or something else.
    """
    path = folder / FILE
    if path.is_file():
        members(folder)
        if _hash(path) != asked:
            raise UserError(
                f"{folder} holds other studies. Choose another folder with --out, or go on with "
                f"those by `bridle resume {folder}`."
            )
        return True
    if not left_by_a_start(folder):
        raise UserError(f"{folder} exists and is not empty. Choose another folder with --out.")
    return False


def _hash(path: Path) -> str:
    try:
        return str(read_json(path)["hash"])
    except (OSError, ValueError, KeyError):
        return ""
