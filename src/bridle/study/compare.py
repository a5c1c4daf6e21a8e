"""Comparing methods from Python: plan, train, and hand the study back."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from bridle.data import from_arrays, load, save
from bridle.data.dataset import Dataset
from bridle.domains import Real
from bridle.engine.devices import devices
from bridle.engine.executor import Executor, LocalExecutor
from bridle.errors import UserError, unknown
from bridle.files import named_folder
from bridle.lines import command_line
from bridle.metrics import Metric
from bridle.metrics import metric as read_metric
from bridle.statistics.looks import Looks
from bridle.statistics.margin import Margin
from bridle.study.driver import (
    NO_TIME_FOR_REFINEMENT,
    NO_TIME_FOR_REPLICATES,
    Watch,
    carry_out,
    sole_work,
    tidy,
    versions,
)
from bridle.study.plan import BASELINE, Plan, read_plan, write_plan
from bridle.study.refinement import refined
from bridle.study.request import Request, make_plan, margin_text
from bridle.study.study import Study

if TYPE_CHECKING:
    from bridle.study.studies import Studies


def open_dataset(data: Any, y: Any = None) -> Dataset:
    """Return the data set that a name, a `Dataset`, or arrays mean."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, str):
        if y is not None:
            raise UserError(f"y was given beside the data set's name {data!r}; give X and y.")
        return load(data)
    if y is None:
        raise UserError("X was given without y; give both, or the name of a data set.")
    return from_arrays(data, y)


def prepare(dataset: Dataset, plan: Plan, out: str | Path | None) -> Path:
    """Return the study's folder with its `study.json`: a new one, or that of the same study.

    Raises:
        UserError: `out` holds another study, or something else.
    """
    stem = plan.origin or dataset.name
    name = "".join(letter if letter.isalnum() else "-" for letter in stem.replace("_", "-"))
    folder = named_folder(out) if out is not None else _free_folder(f"bridle-{name}", plan)
    # what must be downloaded is, before workers would all try at once, and before a folder is made
    dataset.replicate(0, plan.seed)
    try:
        if folder.is_file() or not _ours(folder):
            raise UserError(
                f"{folder} exists and is not a study. Choose another folder with --out."
            )
        folder.mkdir(parents=True, exist_ok=True)
        with sole_work(folder):
            _write_study(dataset, plan, folder)
    except OSError as error:
        raise UserError(
            f"Cannot write to {folder}: {error.strerror}. Choose another folder with --out."
        ) from error
    return folder


def _ours(folder: Path) -> bool:
    """Say whether a folder is a study, not there, empty, or holds only what an interrupted start left."""
    if not folder.exists() or (folder / "study.json").is_file():
        return True
    left = ("arrays-", "study.partial", "study.lock")
    return all(path.name.startswith(left) for path in folder.iterdir())


def _write_study(dataset: Dataset, plan: Plan, folder: Path) -> None:
    """Write `study.json` where there is none; where there is one, see that it is the same study."""
    path, asked = folder / "study.json", plan.hash
    if path.is_file():
        there, request, computed_by = read_plan(path)
        if request != asked:
            raise UserError(
                f"{folder} holds another study. Choose another folder with --out, or go on with "
                f"that study by `{command_line('resume', folder)}`."
            )
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
        if there.replicates < plan.replicates:  # a time limit had given some up
            over.append(NO_TIME_FOR_REPLICATES)
            further = plan.replicates - there.replicates
            if wanted.looks == there.looks and Study(folder).complete:
                wanted = replace(wanted, looks=there.extended(further).looks)
            wanted = replace(wanted, replicates=plan.replicates)
        if wanted != there:
            notes = tuple(note for note in there.notes if not any(text in note for text in over))
            write_plan(path, replace(wanted, notes=notes), request, computed_by)
        return
    save(dataset, folder)
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
    time_limit: float | None = None,
) -> Study:
    """Train what is missing in a study, write its tables, and return it."""
    if time_limit is not None:
        time_limit = Real(0.0, open_low=True).check("time_limit (in seconds)", time_limit)
    study = Study(folder)
    if not study.settled():
        own = executor or LocalExecutor(
            devices(study.plan.device, len(study.plan.runs)), cache=str(program_cache())
        )
        try:
            carry_out(folder, own, watch, time_limit)
        finally:
            if executor is None:
                own.close()
        study = Study(folder)
    tidy(folder)
    study.write_tables()
    return study


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
    **request: Any,
) -> Study | Studies:
    """Compare regularization methods on a data set, or on each of several.

    Args:
        data: the name of a data set with arguments (`"moons(n=200)"`), a list of such names, or examples `X [n, ...]`.
        y: labels `[n]` where `data` is `X`.
        out: the study's folder; by default `bridle-<data set>` in the current folder, numbered if that is taken by
            another study. The same comparison asked for again goes on where it stopped.
        time_limit: seconds; later replicates are given up where the plan would take longer.
        executor: where to train; by default on every core.
        watch: is called with a `Progress` now and then.
        **request: `methods`, `grid`, `replicates`, `epochs`, `network`, `precision`, `device`, `widths`,
            `activation`, `batch_size`, `optimizer`, `learning_rate`, `configurations`, `seed`, `quick`,
            `margin`, `metric`, `select` ("best" or "one-se"), `refine`, `one_look`; see `Request`.

    Returns:
        The study: `study.leaderboard()`, `study.results()`, `study.report()`, `study.figure("curves")`; of a list of
        names the `Studies`: `studies.ranks()`, `studies["wine"]`, `studies.report()`, `studies.figure()`.

    Raises:
        UserError: something asked for does not exist or lies outside its domain.
    """
    unknown_names = set(request) - set(Request.__dataclass_fields__)
    if unknown_names:
        raise unknown("argument", unknown_names.pop(), Request.__dataclass_fields__)
    if y is None and isinstance(data, list | tuple) and all(isinstance(n, str) for n in data):
        from bridle.study import studies

        datasets = studies.named([(name.strip(), load(name)) for name in data])
        plans = studies.make_plans(datasets, Request(**request))
        folder = studies.prepare_all(datasets, plans, out)
        return studies.finish_all(folder, executor, lambda name: watch, time_limit)
    dataset = open_dataset(data, y)
    plan = make_plan(dataset, Request(**request))
    return finish(prepare(dataset, plan, out), executor, watch, time_limit)


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
        time_limit: as in `compare`.
        margin: from now on; by default the one that the study has.
        metric: likewise; settings stay as they were chosen.
        executor: likewise.
        watch: likewise.
    """
    from bridle.study import studies

    folder = named_folder(folder, "folder")
    if studies.is_studies(folder):
        studies.set_readings(folder, margin, metric)
        return studies.finish_all(folder, executor, lambda name: watch, time_limit)
    set_reading(folder, margin, metric)
    return finish(folder, executor, watch, time_limit)


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
        chosen = read_metric(plan.metric if metric is None else metric)
        if margin is None and (chosen.name == plan.metric or plan.margin.endswith("%")):
            margin = plan.margin
        wanted = replace(plan, margin=margin_text(margin, chosen), metric=chosen.name)
        if plan != wanted:
            write_plan(path, wanted, request, computed_by)


def program_cache() -> Path:
    """Return the per-user folder where compiled programs are kept."""
    from platformdirs import user_cache_path

    root = os.environ.get("BRIDLE_CACHE")
    return (Path(root) if root else user_cache_path("bridle")) / "programs"


def _free_folder(stem: str, plan: Plan) -> Path:
    """Return the folder of the same study, or the first name that is free."""
    number = 1
    while True:
        folder = Path(stem if number == 1 else f"{stem}-{number}")
        if not folder.exists():
            return folder
        if (folder / "study.json").is_file():
            try:
                _, request, _ = read_plan(folder / "study.json")
            except UserError:
                request = ""
            if request == plan.hash:
                return folder
        number += 1
