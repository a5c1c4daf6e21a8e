"""Comparing methods and training single ones: plan, train, and return the study."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast, overload

from bridle.api import notebook
from bridle.api.extension import add_replicates, gaining
from bridle.api.folder import open_folder
from bridle.api.studies import Studies
from bridle.api.study import Study
from bridle.data import load
from bridle.data.intake import TABLE_ARGUMENTS, refuse_beside_name
from bridle.engine.executor import Executor
from bridle.errors import UserError, shown, unknown
from bridle.files import named_folder
from bridle.metrics import Metric
from bridle.refusals import NotWritableError
from bridle.statistics.margin import Margin
from bridle.study import finish as finishing
from bridle.study.begin import open_dataset, prepare, see_no_weights
from bridle.study.driver import Watch, tidy
from bridle.study.executors import check_executor
from bridle.study.finish import time_limited
from bridle.study.limit import TimeLimit
from bridle.study.members import is_several, make_plans, members, named, prepare_all
from bridle.study.reading import set_reading
from bridle.study.request import Request, make_plan


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
    executor: Executor | str | None = None,
    watch: Watch | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    **request: Any,
) -> Study | Studies:
    """Compare regularization methods on a data set, or on each of several.

    Args:
        data: the name of a data set with arguments (`"moons(n=200)"`), a list of such names; a file with a table; a
            table of pandas, polars, Arrow and so on; or examples `X [n, ...]`.
        y: labels `[n]` where `data` is `X` or a table, or numbers `[n]` or `[n, T]` to be predicted as they are.
        out: the study's folder; by default `bridle-<data set>` in the current folder, numbered if that is taken by
            another study. Calling the same comparison again continues where it stopped.
        time_limit: seconds until this returns. If the comparison takes longer, it has fewer configurations,
            replicates, epochs or methods, reduced in this order and never against an explicit request;
            `study.plan.notes` says so.
        executor: where to train: "local" (worker processes, one for each core, as by default), "inline" (this
            process, for notebooks and tests), or an executor of your own.
        watch: is called with a `Progress` now and then; by default a notebook shows it in a line.
        sample_weight: `[n]`, how much each example of `X` counts in losses and scores; by default all count alike.
        class_weight: `"balanced"`, or the weight of each class by its name: example weights by class.
        **request: of a table: `target` (a column, or several of numbers), `drop`, `features` (the only columns to
            predict from), `types` (kinds of columns, such as `{"zip": "category"}`; see `docs/own-data.md`), `scaling`
            ("standard", "robust" or "quantile"), `group`, `time`, `weights`, `split` (columns; or a list of `(train,
            test)` row numbers as `split`), `test` (another file or table). Of any data: `task` ("classification",
            "regression" or "regression(loss=huber,delta=1)"; by default the targets tell), `methods`, `grid`,
            `replicates` (a number, or "auto": further ones until every method is decided),
            `epochs` (a number, or "auto": a short pilot finds how many are enough, as by default for `X` and `y`),
            `network`, `precision`, `device`, `widths`, `activation`, `batch_size`, `optimizer`, `learning_rate`
            (kept fixed for every method), `schedule`, `configurations`, `seed`, `quick`, `margin`, `metric`, `select`
            ("best" or "one-se"), `refine`, `until_trained` (double all epochs while a method is still improving, up to
            16 times as many), `one_look`, `keep` ("selected", "paths" or "all": which weights are kept); see `Request`.

    Returns:
        The study: `study.leaderboard()`, `study.results()`, `study.report()`, `study.figure("curves")`; of a list of
        names the `Studies`: `studies.ranks()`, `studies["wine"]`, `studies.report()`, `studies.figure()`.

    Raises:
        UserError: something asked for does not exist or lies outside its domain, or nothing useful fits the time
            limit; then nothing was trained.
    """
    table = _of_table(request)
    _known(request)
    check_executor(executor)
    if y is None and isinstance(data, list | tuple) and all(isinstance(n, str) for n in data):
        see_no_weights(sample_weight, class_weight)
        if table:
            refuse_beside_name(",".join(data), table)
        datasets = named([(name.strip(), load(name)) for name in data])
        limit = time_limited(time_limit, Request(**request), len(datasets))
        plans = make_plans(datasets, Request(**request))
        return finish(prepare_all(datasets, plans, out, limit), executor, watch, limit)
    limit = time_limited(time_limit, Request(**request))
    dataset = open_dataset(data, y, request.get("task"), sample_weight, class_weight, **table)
    plan = make_plan(dataset, Request(**request))
    return finish(prepare(dataset, plan, out, limit), executor, watch, limit)


def train(
    data: Any,
    y: Any = None,
    *,
    method: str = "none",
    replicates: int = 1,
    out: str | Path | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    **request: Any,
) -> Study:
    """Train one method at one strength: its defaults, unless the method says otherwise.

    Args:
        data: as in `compare`, one data set.
        y: likewise.
        method: such as `"dropout(rate=0.5)"` or `"dropout+l2"`.
        replicates: number of networks, each with its own draws.
        out: as in `compare`.
        executor: likewise.
        watch: likewise.
        sample_weight: likewise.
        class_weight: likewise.
        **request: what the columns of a table are for, as in `compare`, and `task`, `epochs`, `network`, `precision`,
            `device`, `widths`, `activation`, `batch_size`, `optimizer`,
            `learning_rate`, `schedule`, `seed`; as in `compare`.

    Returns:
        The study: `study.histories()`, `study.weights(method)`, `study.report()`.

    Raises:
        UserError: something asked for does not exist or lies outside its domain, or is more than one method.
    """
    table = _of_table(request)
    _known(request)
    dataset = open_dataset(data, y, request.get("task"), sample_weight, class_weight, **table)
    asked = Request(
        **{"configurations": 1, **request}, methods=method, baseline=False, replicates=replicates
    )
    plan = make_plan(dataset, asked)
    if len(plan.methods) > 1:
        raise UserError(
            f"train takes one method; received {shown(method)}. Compare several with bridle.compare."
        )
    return cast(Study, finish(prepare(dataset, plan, out), executor, watch))


def resume(
    folder: str | Path,
    *,
    time_limit: float | None = None,
    margin: Margin | str | float | None = None,
    metric: Metric | str | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Study | Studies:
    """Continue a study that was interrupted; a finished one is returned unchanged.

    Args:
        folder: the study's, or that of the studies of several data sets.
        time_limit: as in `compare`; a study that has begun only loses replicates.
        margin: the margin from now on; by default the study's.
        metric: the metric from now on; by default the study's. The chosen settings stay the same.
        executor: likewise.
        watch: likewise.

    Returns:
        The study, or the studies of several data sets, trained to the end.

    Raises:
        UserError: the folder holds no study, a damaged one, or one that another process works on.
    """
    path = named_folder(folder, "folder")
    limit = time_limited(time_limit, studies=len(members(path)))
    set_reading(path, margin, metric)
    return finish(path, executor, watch, limit)


def extend(
    folder: str | Path,
    replicates: int,
    *,
    anyway: bool = False,
    time_limit: float | None = None,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
) -> Study | Studies:
    """Give a finished study further replicates, and look at it again.

    The new replicates have the same bits as in a study planned with as many from the start. Intervals
    are wider than in such a study, because this is not the first look: the confidence of 95 % is joint for all looks
    (`docs/statistics.md`).

    Args:
        folder: the study's, or that of the studies of several data sets. Of these, studies get further replicates that
            can gain from them.
        replicates: number of further replicates.
        anyway: extend also if no number of replicates can decide what is undecided.
        time_limit: as in `resume`.
        executor: likewise.
        watch: likewise.

    Returns:
        The study, or the studies of several data sets, with the further replicates.

    Raises:
        UserError: a study is not finished, may not be looked at again, or none can gain by it.
    """
    check_executor(executor)
    held = open_folder(folder)
    limit = time_limited(time_limit, studies=len(held.studies))
    add_replicates(gaining(held, anyway).values(), replicates)
    return finish(held.folder, executor, watch, limit)


def finish(
    folder: Path,
    executor: Executor | str | None = None,
    watch: Watch | None = None,
    limit: TimeLimit | None = None,
    watches: Callable[[str], Watch | None] | None = None,
) -> Study | Studies:
    """Train what is missing in a folder, write its tables, and return what it holds.

    Args:
        folder: of a study, or of those of several data sets.
        executor: where to train; by default on every core.
        watch: called with the progress.
        limit: for all that the folder holds.
        watches: returns for each data set the function that is called with its progress, in place of `watch`.

    Raises:
        TimeLimitError: nothing useful fits the time limit; then studies that were not begun are deleted.
    """
    answered: dict[Path, Study] = {}

    def finished(place: Path) -> int:
        study = answered[place] = Study(place)
        if not study.wanting:
            put_in_order(study)
        return study.wanting

    if watches is None:
        watches = (lambda name: watch) if watch else notebook.watches(len(members(folder)))
    finishing.finish(folder, executor, watches, limit, finished)
    for study in answered.values():
        if study.wanting:  # there was no time to go on
            put_in_order(study)
    if not is_several(folder):
        return answered[folder]
    studies = Studies(folder)
    # their answers are computed already
    studies.studies = {name: answered[study.folder] for name, study in studies.studies.items()}
    with contextlib.suppress(NotWritableError):
        studies.write_tables()
    return studies


def put_in_order(study: Study) -> None:
    """Tidy up after a finished study and write its tables, unless it may only be read."""
    with contextlib.suppress(NotWritableError):
        tidy(study.folder)
        study.write_tables()


def _of_table(request: dict[str, Any]) -> dict[str, Any]:
    """Take what says what the columns of a table are for out of the options, and return it."""
    return {name: request.pop(name) for name in TABLE_ARGUMENTS if name in request}


def _known(request: dict[str, Any]) -> None:
    """Check that every option exists.

    Raises:
        UserError: an option does not exist.
    """
    for name in request:
        if name not in Request.__dataclass_fields__:
            raise unknown("argument", name, (*Request.__dataclass_fields__, *TABLE_ARGUMENTS))
