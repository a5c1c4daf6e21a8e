"""Comparing methods from Python: plan, train, and hand the study back."""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from bridle.data import from_arrays, load, save
from bridle.data.dataset import Dataset
from bridle.domains import Real
from bridle.engine.devices import devices
from bridle.engine.executor import Executor, LocalExecutor
from bridle.errors import UserError, unknown
from bridle.files import named_folder, user_cache
from bridle.lines import command_line
from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.refusals import NotWritableError, check_free
from bridle.statistics.looks import Looks
from bridle.statistics.margin import Margin
from bridle.study.driver import (
    NO_TIME_FOR_REFINEMENT,
    NO_TIME_FOR_REPLICATES,
    Watch,
    carry_out,
    tidy,
    versions,
)
from bridle.study.folders import left_by_a_start, settle, sole_work
from bridle.study.limit import TimeLimit
from bridle.study.plan import BASELINE, Plan, read_plan, write_plan
from bridle.study.refinement import refined
from bridle.study.request import Request, make_plan, margin_text
from bridle.study.shorten import TimeLimitError, fit, identity
from bridle.study.siblings import further_look
from bridle.study.study import WRITTEN, Study

if TYPE_CHECKING:
    from bridle.study.studies import Studies


def open_dataset(
    data: Any,
    y: Any = None,
    task: str | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> Dataset:
    """Return the data set that a name, a `Dataset`, or arrays mean, its targets learned as `task` says."""
    if isinstance(data, Dataset | str):
        _see_no_weights(sample_weight, class_weight)
    if isinstance(data, Dataset):
        return data.learning(task)
    if isinstance(data, str):
        if y is not None:
            raise UserError(f"y was given beside the data set's name {data!r}; give X and y.")
        return load(data).learning(task)
    if y is None:
        raise UserError("X was given without y; give both, or the name of a data set.")
    return from_arrays(data, y, task=task, sample_weight=sample_weight, class_weight=class_weight)


def _see_no_weights(sample_weight: Any, class_weight: Any) -> None:
    """Raise a UserError where weights are given beside a data set."""
    if sample_weight is not None or class_weight is not None:
        raise UserError("sample_weight and class_weight go with X and y; data sets have their own.")


def prepare(
    dataset: Dataset,
    plan: Plan,
    out: str | Path | None,
    limit: TimeLimit | None = None,
    among: Path | None = None,
) -> Path:
    """Return the study's folder with its `study.json`: a new one, or that of the same study.

    Where studies beside a new one have looked at the same draws, its plan says so in a note.

    Args:
        dataset: its data set.
        plan: as it was asked for.
        out: the folder; by default one is named after the data set.
        limit: the time limit of the command; a study that was shortened for the same limit is the same one.
        among: the folder in which such studies may lie; by default that in which the study's own lies.

    Raises:
        UserError: `out` holds another study, or something else; or another process works on this one.
    """
    stem = plan.origin or dataset.name
    name = "".join(letter if letter.isalnum() else "-" for letter in stem.replace("_", "-"))
    # what must be downloaded is, before workers would all try at once, and before a folder is made
    dataset.replicate(0, plan.seed)
    return settle(
        out,
        f"bridle-{name}",
        functools.partial(_check_same, plan=plan, limit=limit),
        lambda folder: _write_study(dataset, plan, folder, limit, among or folder.parent),
    )


def _check_same(folder: Path, plan: Plan, limit: TimeLimit | None) -> bool:
    """Say whether a folder holds this study.

    Raises:
        UserError: it holds another, or something else.
    """
    path = folder / "study.json"
    if path.is_file():
        _, request, _ = read_plan(path)
        if request not in (plan.hash, identity(plan.hash, limit)):
            raise UserError(
                f"{folder} holds another study. Choose another folder with --out, or go on with "
                f"that study by `{command_line('resume', folder)}`."
            )
        return True
    if not left_by_a_start(folder):
        raise UserError(f"{folder} exists and is not a study. Choose another folder with --out.")
    return False


def _write_study(
    dataset: Dataset, plan: Plan, folder: Path, limit: TimeLimit | None, among: Path
) -> None:
    """Write `study.json` where there is none; where there is one, let it ask for what is asked for now."""
    check_free(folder, WRITTEN)
    path, asked = folder / "study.json", plan.hash
    if path.is_file():
        there, request, computed_by = read_plan(path)
        if there.looks.again and not plan.looks.again:
            raise UserError(
                f"{folder} holds this study begun such that it may be extended, which --one-look cannot change "
                "afterwards. Choose another folder with --out."
            )
        wanted = replace(
            there, margin=plan.margin, metric=plan.metric, refine=plan.refine or there.refine
        )
        over = [NO_TIME_FOR_REFINEMENT] if plan.refine else []
        if plan.refine and _due(folder, there):
            wanted = replace(wanted, looks=_anew(folder, there))
        # a time limit had given some up
        if request == asked and there.replicates < plan.replicates:
            over.append(NO_TIME_FOR_REPLICATES)
            further = plan.replicates - there.replicates
            if wanted.looks == there.looks and Study(folder).complete:
                wanted = replace(wanted, looks=there.extended(further).looks)
            wanted = replace(wanted, replicates=plan.replicates)
        save(dataset, folder)  # where it was lost or damaged
        if wanted != there:
            notes = tuple(note for note in there.notes if not any(text in note for text in over))
            write_plan(path, replace(wanted, notes=notes), request, computed_by)
        return
    save(dataset, folder)
    plan = replace(plan, notes=plan.notes + further_look(plan, among))
    write_plan(path, plan, asked, versions())


def _due(folder: Path, plan: Plan) -> bool:
    """Say whether refinement would choose settings anew in a study whose verdicts may have been seen."""
    study = Study(folder)
    return study.complete and refined(plan, study.selected) is not None


def _anew(folder: Path, plan: Plan) -> Looks:
    """Return how a finished study is looked at once refinement chooses its settings anew: what was seen is a look."""
    if BASELINE not in plan.methods or len(plan.methods) < 2:
        return plan.looks
    if plan.replicates > 1 and not plan.looks.again:
        raise UserError(
            f"{folder} spent all of its 5 % at its only look, as studies do that are begun with --one-look (and those "
            "of the time before studies could be extended): to choose settings anew would be another look. Begin a new "
            f"study that refines from the start, with other draws: the seed {plan.seed + 1}.",
            further=["--seed", str(plan.seed + 1)],
        )
    return plan.looks.anew(plan.replicates)


def finish(
    folder: Path,
    executor: Executor | None = None,
    watch: Watch | None = None,
    limit: TimeLimit | None = None,
) -> Study:
    """Train what is missing in a study, write its tables, and return it.

    Raises:
        TimeLimitError: nothing useful fits the time limit; then a study that was not begun is gone.
    """
    study = Study(folder)
    if not study.settled():
        own = executor or LocalExecutor(
            devices(study.plan.device, len(study.plan.runs)), cache=program_cache()
        )
        try:
            if limit is not None:
                limit, _ = fit([folder], own, limit, lambda number: watch)
            carry_out(folder, own, watch, limit)
        except TimeLimitError:
            discard(folder)
            raise
        finally:
            if executor is None:
                own.close()
        study = Study(folder)
    put_in_order(study)
    return study


def put_in_order(study: Study) -> None:
    """Tidy up after a finished study and write its tables, unless it may only be read."""
    with contextlib.suppress(NotWritableError):
        tidy(study.folder)
        study.write_tables()


def discard(folder: Path) -> None:
    """Delete a study in which nothing was trained, and its folder if that holds nothing else."""
    ours = ("study.*", "arrays-*", "weights", "predictions", "underway")
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
    """Return the limit of a call from Python that begins now.

    Raises:
        UserError: it is no number of seconds.
    """
    if seconds is None:
        return None
    seconds = Real(0.0, open_low=True).check("time_limit (in seconds)", seconds)
    return TimeLimit.begun(seconds, time.perf_counter(), studies=studies, request=request)


@overload
def compare(data: list[str] | tuple[str, ...], y: None = None, **options: Any) -> Studies: ...


@overload
def compare(data: Any, y: Any = None, **options: Any) -> Study: ...


def compare(
    data: Any,
    y: Any = None,
    *,
    out: str | Path | None = None,
    time_limit: float | None = None,
    executor: Executor | None = None,
    watch: Watch | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    **request: Any,
) -> Study | Studies:
    """Compare regularization methods on a data set, or on each of several.

    Args:
        data: the name of a data set with arguments (`"moons(n=200)"`), a list of such names, or examples `X [n, ...]`.
        y: labels `[n]` where `data` is `X`, or numbers `[n]` or `[n, T]` to be predicted as they are.
        out: the study's folder; by default `bridle-<data set>` in the current folder, numbered if that is taken by
            another study. The same comparison asked for again goes on where it stopped.
        time_limit: seconds until this returns. Where the comparison takes longer, it has fewer configurations,
            replicates, epochs or methods (in this order, and none of what was asked for explicitly), as
            `study.plan.notes` then says.
        executor: where to train; by default on every core.
        watch: is called with a `Progress` now and then.
        sample_weight: `[n]`, how much each example of `X` counts in losses and scores; by default all count alike.
        class_weight: `"balanced"`, or the weight of each class by its name: example weights by class.
        **request: `task` ("classification", "regression" or "regression(loss=huber,delta=1)"; by default `y` tells),
            `methods`, `grid`, `replicates`, `epochs`, `network`, `precision`, `device`, `widths`, `activation`,
            `batch_size`, `optimizer`, `learning_rate`, `configurations`, `seed`, `quick`, `margin`, `metric`, `select`
            ("best" or "one-se"), `refine`, `one_look`; see `Request`.

    Returns:
        The study: `study.leaderboard()`, `study.results()`, `study.report()`, `study.figure("curves")`; of a list of
        names the `Studies`: `studies.ranks()`, `studies["wine"]`, `studies.report()`, `studies.figure()`.

    Raises:
        UserError: something asked for does not exist or lies outside its domain, or nothing useful fits the time
            limit; then nothing was trained.
    """
    unknown_names = set(request) - set(Request.__dataclass_fields__)
    if unknown_names:
        raise unknown("argument", unknown_names.pop(), Request.__dataclass_fields__)
    if y is None and isinstance(data, list | tuple) and all(isinstance(n, str) for n in data):
        from bridle.study import studies

        _see_no_weights(sample_weight, class_weight)
        datasets = studies.named([(name.strip(), load(name)) for name in data])
        limit = time_limited(time_limit, Request(**request), len(datasets))
        plans = studies.make_plans(datasets, Request(**request))
        folder = studies.prepare_all(datasets, plans, out, limit)
        return studies.finish_all(folder, executor, lambda name: watch, limit)
    limit = time_limited(time_limit, Request(**request))
    dataset = open_dataset(data, y, request.get("task"), sample_weight, class_weight)
    plan = make_plan(dataset, Request(**request))
    return finish(prepare(dataset, plan, out, limit), executor, watch, limit)


def resume(
    folder: str | Path,
    *,
    time_limit: float | None = None,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
    executor: Executor | None = None,
    watch: Watch | None = None,
) -> Study | Studies:
    """Go on with a study that was interrupted; a finished one is returned as it is.

    Args:
        folder: the study's, or that of the studies of several data sets.
        time_limit: as in `compare`; of a study that has begun, only replicates are given up.
        margin: from now on; by default the one that the study has.
        metric: likewise; settings stay as they were chosen.
        executor: likewise.
        watch: likewise.
    """
    from bridle.study import studies

    folder = named_folder(folder, "folder")
    if studies.is_studies(folder):
        limit = time_limited(time_limit, studies=len(studies.members(folder)))
        studies.set_readings(folder, margin, metric)
        return studies.finish_all(folder, executor, lambda name: watch, limit)
    limit = time_limited(time_limit)
    set_reading(folder, margin, metric)
    return finish(folder, executor, watch, limit)


def set_reading(
    folder: str | Path,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
) -> None:
    """Write another margin or metric into the plan of a study, so that whoever reads it finds the same verdicts.

    A margin in one metric's own unit means nothing in another's: where none is given, the default takes its place.

    Raises:
        UserError: there is no such metric, it is no margin of the metric, or another process works on the study.
    """
    if margin is None and metric is None:
        return
    path = Path(folder) / "study.json"
    with sole_work(Path(folder)):
        plan, request, computed_by = read_plan(path)
        chosen = read_metric(
            plan.metric if metric is None else metric, read_metric(plan.metric).task
        )
        if margin is None and (chosen.name == plan.metric or plan.margin.endswith("%")):
            margin = plan.margin
        wanted = replace(plan, margin=margin_text(margin, chosen), metric=chosen.name)
        if plan != wanted:
            write_plan(path, wanted, request, computed_by)


def program_cache() -> str | None:
    """Return the per-user folder where compiled programs are kept, None where no folder is known."""
    root = user_cache()
    return None if root is None else str(root / "programs")
