"""Finishing a study, or the studies of several data sets: missing runs are trained."""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bridle.domains import Real
from bridle.engine.executor import Executor
from bridle.study.bounds import MOST_RUNS
from bridle.study.driver import Progress, Watch, carry_out
from bridle.study.executors import executor_for
from bridle.study.folders import sole_work
from bridle.study.limit import TimeLimit
from bridle.study.members import FILE, members
from bridle.study.pilot import find_epochs
from bridle.study.plan import read_plan, write_plan
from bridle.study.reader import StudyReader
from bridle.study.request import Request
from bridle.study.shorten import TimeLimitError, fit

CAUTION = 1.2
"""Factor on the time that a further replicate is expected to take."""


def finish(
    folder: Path,
    executor: Executor | str | None = None,
    watch: Callable[[str], Watch | None] = lambda name: None,
    limit: TimeLimit | None = None,
    finished: Callable[[Path], int] = lambda folder: 0,
) -> None:
    """Train the missing runs of a study, or of the studies of several data sets, in order on the same workers.

    Args:
        folder: of the study, or of all studies.
        executor: where to train; by default on every core.
        watch: returns for the name of each data set the function that is called with its progress.
        limit: for all; each study gets its part of what is left.
        finished: called with the folder of each finished study; returns how many further replicates it is to have,
            and is called again after them.

    Raises:
        TimeLimitError: nothing useful fits the time limit; then studies that were not begun are deleted.
    """
    places = members(folder)
    names, folders = list(places), list(places.values())
    readers = [StudyReader(place) for place in folders]
    waiting = [place for place, study in zip(folders, readers, strict=True) if not study.settled()]
    most = max(study.plan.count for study in readers)
    weights = [1.0] * len(folders)
    try:
        with executor_for(readers[0].plan, executor, runs=most) as own:
            for number, place in enumerate(folders):
                if place in waiting:
                    find_epochs(place, own, functools.partial(watch, names[number]), limit)
            if waiting and limit is not None:
                limit, weights = fit(folders, own, limit, lambda number: watch(names[number]))
            for number, (name, place) in enumerate(places.items()):
                share = weights[number] / sum(weights[number:])
                part = None if limit is None else limit.part(share)
                told = watch(name)
                if place in waiting:
                    carry_out(place, own, told, part)
                while (further := finished(place)) and look_again(place, further, told, part):
                    carry_out(place, own, told, part)
    except TimeLimitError:
        for place in folders:
            _discard(place)
        if folder not in folders:
            for name in (FILE, "study.lock"):
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def look_again(
    folder: Path, further: int, watch: Watch | None = None, limit: TimeLimit | None = None
) -> bool:
    """Give a finished study as many further replicates as there is time for, and say whether there is any.

    Args:
        folder: the study's.
        further: how many at most.
        watch: is told of the look.
        limit: of the time.
    """
    study = StudyReader(folder)
    if limit is not None:
        seconds = study.facts()["seconds"] / study.plan.replicates
        further = min(further, int(limit.left / max(CAUTION * seconds, 1e-3)))
    if further < 1:
        return False
    with sole_work(folder):
        plan, request, computed_by = read_plan(folder / "study.json")
        plan = plan.extended(further)
        if plan.count > MOST_RUNS:
            return False
        write_plan(folder / "study.json", plan, request, computed_by)
    if watch is not None:
        look = len(plan.looks.earlier) + 1
        note = f"Not everything is decided: look {look} follows at {plan.replicates:,} replicates."
        watch(Progress(study.runs, plan.count, 0.0, None, note))
    return True


def _discard(folder: Path) -> None:
    """Delete a study in which nothing was trained, and its folder if that holds nothing else."""
    ours = ("study.*", "arrays-*", "table-*", "weights", "predictions", "underway")
    for path in [path for pattern in ours for path in folder.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def time_limited(
    seconds: float | None, request: Request | None = None, studies: int = 1
) -> TimeLimit | None:
    """Return the time limit of a Python call that begins now.

    Raises:
        UserError: it is no number of seconds.
    """
    if seconds is None:
        return None
    seconds = Real(0.0, open_low=True).check("time_limit (in seconds)", seconds)
    return TimeLimit.begun(seconds, time.perf_counter(), studies=studies, request=request)
