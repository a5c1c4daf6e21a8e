"""The same comparison on several data sets: one study each, in a folder of its own, and ranks over all of them."""

from __future__ import annotations

import functools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.data.dataset import Dataset
from bridle.domains import Real
from bridle.engine.executor import Executor
from bridle.engine.spec import content_hash
from bridle.errors import UserError
from bridle.files import named_folder
from bridle.lines import command_line
from bridle.metrics import Metric
from bridle.statistics import Margin
from bridle.study import compare, tables
from bridle.study.driver import Watch
from bridle.study.plan import BASELINE, Plan, read_plan
from bridle.study.request import Request, make_plan
from bridle.study.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bridle.report.over import OverDatasets, StudyVerdicts

FILE = "studies.json"
FORMAT = 1

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
        """Write `ranks.csv` and `leaderboard.csv`."""
        tables.write_csv(self.folder / "ranks.csv", self.ranks())
        tables.write_csv(self.folder / "leaderboard.csv", self.leaderboard())

    def report(self) -> Path:
        """Write every study's page, then the page of all of them; return its path."""
        from bridle.report.over_page import write

        for study in self.studies.values():
            if study.selected:
                study.report()
        self.write_tables()
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
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise UserError(f"{path} was written by a later version of Bridle. Upgrade to read it.")
        found = {str(name): str(place) for name, place in content["studies"].items()}
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is damaged ({type(error).__name__}: {error}). Restore it from a copy, or run "
            "the same `bridle compare` again: finished runs in the folders beside it are kept."
        ) from error
    if any(Path(place).name != place or place in ("", "..") for place in found.values()):
        raise UserError(f"{path} is damaged: a study's folder must lie beside it.")
    return found


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
    datasets: Mapping[str, Dataset], plans: Mapping[str, Plan], out: str | Path | None
) -> Path:
    """Return the folder of all studies, a new one or that of the same studies, each with its `study.json`.

    Raises:
        UserError: `out` holds something else.
    """
    asked = content_hash([plan.hash for plan in plans.values()])
    folder = named_folder(out) if out is not None else _free(_stem(datasets), asked)
    path = folder / FILE
    if path.is_file():
        if _hash(path) != asked:
            raise UserError(
                f"{folder} holds other studies. Choose another folder with --out, or go on with "
                f"those by `{command_line('resume', folder)}`."
            )
    elif folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UserError(f"{folder} exists and is not empty. Choose another folder with --out.")
    places = _places(datasets)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = {"format": FORMAT, "hash": asked, "studies": places}
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with --out."
        ) from error
    for name, dataset in datasets.items():
        compare.prepare(dataset, plans[name], folder / places[name])
    return folder


def finish_all(
    folder: Path,
    executor: Executor | None = None,
    watch: Callable[[str], Watch | None] = lambda name: None,
    time_limit: float | None = None,
) -> Studies:
    """Train what is missing, one study after another on the same workers, and return them all.

    Args:
        folder: of all studies.
        executor: where to train; by default on every core.
        watch: gives for each data set that is trained on what is told of its progress.
        time_limit: seconds for all; each study gets its part of what is left.
    """
    from bridle.engine.devices import devices
    from bridle.engine.executor import LocalExecutor

    if time_limit is not None:
        time_limit = Real(0.0, open_low=True).check("time_limit (in seconds)", time_limit)
    started, places = time.perf_counter(), members(folder)
    plans = [read_plan(folder / place / "study.json")[0] for place in places.values()]
    own = executor or LocalExecutor(
        devices(plans[0].device, max(len(plan.runs) for plan in plans)),
        cache=str(compare.program_cache()),
    )
    try:
        for number, (name, place) in enumerate(places.items()):
            limit = None
            if time_limit is not None:
                left = max(1.0, time_limit - (time.perf_counter() - started))
                limit = left / (len(places) - number)
            compare.finish(folder / place, own, watch(name), limit)
    finally:
        if executor is None:
            own.close()
    studies = Studies(folder)
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


def _free(stem: str, asked: str) -> Path:
    """Return the folder of the same studies, or the first name that is free."""
    number = 1
    while True:
        folder = Path(stem if number == 1 else f"{stem}-{number}")
        if not folder.exists() or _hash(folder / FILE) == asked:
            return folder
        number += 1


def _hash(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
