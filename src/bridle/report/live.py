"""The page of a study under way: validation scores as they come, and no verdict.

Verdicts are read when all planned runs are there: whoever looks at differences again and again, and stops when one
seems large enough, finds one by chance. So test scores and differences are not part of what this page is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bridle.data import load
from bridle.lines import command_line
from bridle.report.interactive import script, styles
from bridle.report.packing import embedded
from bridle.report.page import render
from bridle.report.palette import looks
from bridle.statistics.checks import Floats
from bridle.study import settings
from bridle.study.plan import Plan, read_plan
from bridle.study.store import Store
from bridle.tasks import CRITERIA
from bridle.verdict.measure import Measure, measure_of

SCRIPTS = ("unpack", "draw", "tip", "methods", "live")


@dataclass(frozen=True)
class Arrived:
    """The finished runs of a method.

    Attributes:
        name: the method's.
        color: of the method.
        glyph: likewise.
        replicates: of each run.
        scores: of each run on its validation data, as shown; NaN for a run that diverged.
    """

    name: str
    color: str
    glyph: str
    replicates: Floats
    scores: Floats


@dataclass(frozen=True)
class Underway:
    """A study under way.

    Attributes:
        name: of the data set.
        done: number of finished runs.
        total: number of planned runs.
        replicates: number of planned replicates.
        complete: whether nothing is left to train, as far as it is known now.
        quantity: what settings are chosen by, in words.
        measure: how it is written.
        lower: whether lower is better.
        methods: in the order of the plan, which says nothing about them.
    """

    name: str
    done: int
    total: int
    replicates: int
    complete: bool
    quantity: str
    measure: Measure
    lower: bool
    methods: Sequence[Arrived]


class Follower:
    """Reads again and again how far a study is. Reading changes nothing, and reads only what has changed.

    Args:
        name: of the data set.
        folder: of the study.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self._seen: tuple[object, ...] = ()
        self._plan: Plan | None = None
        self._metric = ""
        self._found: Underway | None = None

    def read(self) -> Underway:
        """Return how far the study is; the same object as before if nothing has changed."""
        now = tuple(_stamp(self.folder / file) for file in _FILES)
        if self._found is None or now != self._seen:
            if self._plan is None or now[0] != self._seen[0]:
                self._plan, _, _ = read_plan(self.folder / _FILES[0])
            self._metric = self._metric or load(self._plan.dataset, self.folder).task.metric
            self._found, self._seen = self._underway(self._plan), now
        return self._found

    def _underway(self, plan: Plan) -> Underway:
        column, sign = CRITERIA[plan.criterion].order[0]
        with Store(self.folder) as store:
            scores = store.scores(column)
        runs = [run for run in plan.runs if run.name in scores]
        names = settings.short_names(plan.methods)
        found: dict[str, tuple[list[float], list[float]]] = {
            label: ([], []) for label in plan.methods
        }
        for run in runs:
            value = scores[run.name]
            found[run.method][0].append(run.replicate)
            found[run.method][1].append(math.nan if value is None else value)
        shown = looks(names.values())
        typical = [value for _, own in found.values() for value in own if math.isfinite(value)]
        by_loss = column != "val_score"
        written = measure_of("log-loss" if by_loss else self._metric, *typical[:1])
        return Underway(
            self.name,
            len(runs),
            len(plan.runs),
            plan.replicates,
            len(runs) == len(plan.runs) and not (plan.refine or plan.lengthen),
            "validation loss" if by_loss else f"validation {written.metric}",
            written,
            sign < 0,
            [
                Arrived(
                    names[label],
                    shown[names[label]].color,
                    shown[names[label]].glyph,
                    np.asarray(replicates, float),
                    written.factor * np.asarray(own, float),
                )
                for label, (replicates, own) in found.items()
            ],
        )


_FILES = ("study.json", "study.db", "study.db-wal")


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is written; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def page(studies: Mapping[str, Path], folder: Path, trained_here: bool) -> str:
    """Return the page of studies under way, which asks its server for how far they are.

    Args:
        studies: the folder of each data set's study.
        folder: of the study, or of all studies.
        trained_here: whether the page ends with the training.
    """
    return render(
        "live.html.jinja",
        title=f"Which regularization helps on {', '.join(studies)}?",
        trained_here=trained_here,
        folder=str(folder),
        file=str(folder / "report.html"),
        resume=command_line("resume", folder),
        report=command_line("report", folder),
        show=command_line("show", folder),
        study=embedded({"studies": list(studies)}),
        script=script(SCRIPTS),
        styles=styles(),
        versions={},
    )


def state(studies: Sequence[Underway], **more: Any) -> str:
    """Return as JSON, in one line, how far studies are, and `more` about the training."""
    return str(embedded({"studies": list(studies), **more}))
