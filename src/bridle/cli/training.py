"""Steps of every command that trains: show the plan, train, and show the answer."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.cli.columns import data_lines
from bridle.cli.methods import value_text
from bridle.cli.mistakes import InterruptedStudyError
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.lines import command_line
from bridle.numbers import many
from bridle.refusals import NotWritableError

if TYPE_CHECKING:
    from bridle.api.studies import Studies
    from bridle.api.study import Study
    from bridle.cli.options import LivePage
    from bridle.cli.own_data import ColumnOptions
    from bridle.data import Dataset
    from bridle.serving.pages import Live
    from bridle.study.limit import TimeLimit
    from bridle.study.plan import Plan
    from bridle.study.request import Request


def begin(
    dataset: Dataset,
    plan: Plan,
    out: str | None,
    output: Output,
    limit: TimeLimit | None = None,
) -> Path:
    """Show what will be done, and return the study's folder, a new or an existing one."""
    from bridle.study.begin import prepare
    from bridle.study.plan import read_plan

    folder = prepare(dataset, plan, out, limit)
    plan, _, _ = read_plan(folder / "study.json")  # of a study that is continued
    for line in plan_lines(dataset, plan, folder):
        output.tell(line)
    output.tell()
    return folder


def begin_comparison(
    dataset: str,
    request: Request,
    out: str | None,
    output: Output,
    time_limit: str | None,
    table: ColumnOptions,
) -> tuple[Path, TimeLimit | None]:
    """Begin a comparison on one data set or on several, named as on the command line.

    Returns:
        Its folder, and the time that is left for it.

    Raises:
        UserError: a name, an option or the folder is wrong; nothing was trained.
    """
    from bridle.cli import named, options
    from bridle.study.request import make_plan

    names = named.split_names(dataset)
    limit = options.limit(time_limit, request, len(names))
    if len(names) > 1:
        return begin_several(names, request, out, output, limit, table), limit
    data = named.open_data(dataset, table, request.task)
    return begin(data, make_plan(data, request), out, output, limit), limit


def begin_several(
    names: Sequence[str],
    request: Request,
    out: str | None,
    output: Output,
    limit: TimeLimit | None,
    table: ColumnOptions,
) -> Path:
    """Do the same for the studies of several data sets.

    Raises:
        UserError: a name, an option or the folder is wrong; nothing was trained.
    """
    from bridle.cli.named import open_data
    from bridle.study.members import make_plans, members, named, prepare_all

    if not all(names):
        raise UserError(f"The list of data sets {','.join(names)!r} has an empty place; write a,b.")
    datasets = named([(name, open_data(name, table, request.task)) for name in names])
    plans = make_plans(datasets, request)
    folder = prepare_all(datasets, plans, out, limit)
    for name, place in members(folder).items():
        for line in plan_lines(datasets[name], plans[name], place):
            output.tell(line)
        output.tell()
    return folder


def plan_lines(dataset: Dataset, plan: Plan, folder: Path) -> list[str]:
    """Return the lines that describe what a study will do."""
    from bridle.networks.catalogue import network_for
    from bridle.optimizers.catalogue import scheduled
    from bridle.study.learning_rates import rates_in_words

    sizes, inputs, task = dataset.sizes, len(dataset.features), dataset.task
    built = network_for(dataset, plan.network, plan.widths, plan.activation)
    return [
        *data_lines(dataset),
        f"examples  {sizes.train:,} training, {sizes.validation:,} validation, {sizes.test:,} test",
        f"          {many(inputs, 'feature')}, {many(len(task.names), task.one)}",
        f"network   {built.picture()}, {plan.activation}",
        f"training  {_epochs(plan)}, batch size {plan.batch_size}, {plan.optimizer}, {plan.arithmetic}",
        f"          {rates_in_words(plan.learning_rates)}{scheduled(plan.schedule)}",
        f"runs      {_runs(plan)}",
        *([] if plan.looks.left == 1 else [f"looks     {_refined(plan)}"]),
        f"folder    {folder}",
        *(f"note      {note}" for note in plan.notes),
    ]


def _epochs(plan: Plan) -> str:
    """Return the number of epochs, or that a pilot finds it."""
    if plan.pilot is None or plan.pilot.found:
        return many(plan.epochs, "epoch")
    return f"epochs found by a pilot (at most {plan.pilot.ceiling:,})"


def _refined(plan: Plan) -> str:
    """Return what choosing new settings costs."""
    spent = f"{100 * (1 - plan.looks.left):.3g} % of the error"
    return f"settings refined after verdicts were seen, which spent {spent}: intervals are wider"


def _runs(plan: Plan) -> str:
    """Return the number of runs of a plan, and how it is composed."""
    from bridle.methods.composition import Composition
    from bridle.study.bounds import DOUBLINGS

    runs = len({run.name for run in plan.runs})
    counts = sorted({len(found) for found in plan.configurations.values()})
    if len(plan.methods) == 1 and counts == [1]:
        setting = plan.configurations[plan.methods[0]][0]["hyperparameters"]
        values = ", ".join(f"{key} {value_text(value)}" for key, value in setting.items())
        name = "+".join(Composition.parse(plan.methods[0]).names)
        what = f"{name} ({values})" if values else name
        return f"{many(runs, 'run')} of {what}"
    tried = many(counts[-1], "configuration")
    if len(counts) > 1:
        tried = f"{counts[0]} to {tried}"
    methods = many(len(plan.methods), "method")
    text = f"{methods} × {tried} × {many(plan.replicates, 'replicate')} = {many(runs, 'run')}"
    text += ", and more at the edges of grids" if plan.refine else ""
    text += f", {plan.epochs * 2**DOUBLINGS:,} epochs at most" if plan.lengthen else ""
    return text


def train_and_answer(
    folder: Path,
    output: Output,
    limit: TimeLimit | None,
    where: Where,
    page: LivePage,
    more: Callable[[Study], dict[str, Any]] = lambda held: {},
) -> None:
    """Train the missing runs of a folder and show the answer; meanwhile its page, if that is asked for.

    Args:
        folder: of a study, or of the studies of several data sets.
        output: where to.
        limit: of the time.
        where: to train.
        page: whether to show the page.
        more: returns further entries of the JSON document.
    """
    from bridle.cli.serving import live

    with live(folder, page, output) as shown:
        held = finish(folder, output, limit, where, shown)
        written = answer(held, output, more(held), limit=limit)
        if shown is not None:
            shown.end(written)


def finish(
    folder: Path,
    output: Output,
    limit: TimeLimit | None = None,
    where: Where | None = None,
    page: Live | None = None,
) -> Any:
    """Train the missing runs of a folder, with progress on stderr, and return its `Study` or `Studies`.

    Args:
        folder: of a study, or of the studies of several data sets.
        output: where to.
        limit: of the time.
        where: to train.
        page: is told of the progress too.

    Raises:
        InterruptedStudyError: Ctrl-C or SIGTERM came; finished runs are kept.
        UserError: an argument is outside its domain, or another process works on the study.
    """
    from bridle.api.folder import open_folder

    try:
        return _finish(folder, output, limit, where or Where(), page)
    except KeyboardInterrupt:
        held = open_folder(folder)
        command = resume_command(folder)
        raise InterruptedStudyError(
            f"interrupted; {held.runs} of {held.planned_runs} runs are kept; go on with: {command}",
            {
                "folder": str(folder),
                "runs": held.runs,
                "planned_runs": held.planned_runs,
                "resume": command,
            },
        ) from None


def _finish(
    folder: Path, output: Output, limit: TimeLimit | None, where: Where, page: Live | None
) -> Any:
    from bridle.api.folder import open_folder
    from bridle.api.training import finish, put_in_order
    from bridle.cli.progress import one_by_one
    from bridle.study.executors import executor_for

    held = open_folder(folder)
    studies = list(held.studies.values())
    if held.settled() and not any(study.wanting for study in studies):
        what = "This study is" if len(studies) == 1 else "These studies are"
        output.tell(f"{what} finished already: nothing was trained.")
        for study in studies:
            put_in_order(study)
        return held
    most = max(study.planned_runs for study in studies)
    plan = studies[0].plan
    with (
        one_by_one(output, list(held.studies)) as watchers,
        executor_for(plan, where.executor, runs=most, workers=where.workers) as executor,
    ):
        watches = watchers if page is None else (lambda name: page.watch(watchers(name)))
        return finish(folder, executor, limit=limit, watches=watches)


@dataclass(frozen=True)
class Where:
    """The executor's name and the number of worker processes of a command; `None` for the defaults."""

    executor: str | None = None
    workers: int | None = None


def where_to_train(executor: str | None, workers: int | None) -> Where:
    """Check the executor and the number of workers.

    Raises:
        UserError: there is no such executor, the number of workers is not valid, or the executor has no workers.
    """
    from bridle.domains import Choice, Integer
    from bridle.study.executors import EXECUTORS, INLINE

    if executor is not None:
        executor = Choice(tuple(EXECUTORS)).check("--executor", executor)
    if workers is not None:
        Integer(1).check("--workers", workers)
        if executor == INLINE:
            raise UserError(
                "--executor inline trains in this process, without workers. Leave out --workers, or choose "
                "--executor local."
            )
    return Where(executor, workers)


def answer(
    held: Study | Studies,
    output: Output,
    more: dict[str, Any] | None = None,
    limit: TimeLimit | None = None,
    *,
    details: bool = False,
) -> Path | None:
    """Write the report if there is time, then the answer: words and table, or one JSON document.

    Returns:
        The page's path, if it was written.
    """
    need_runs(held)
    page, refusal = write_page(held, output, limit)
    if output.as_json:
        output.document({**held.document(), "report": page and str(page), **(more or {})})
    else:
        held.show(output.result, page, details=details)
    if refusal:
        output.warn(refusal)
    return page


def need_runs(held: Study | Studies) -> None:
    """Check that there is something to answer from.

    Raises:
        UserError: no run has finished.
    """
    if held.runs == 0:
        raise UserError(
            f"{held.folder} holds no finished run yet. Train them with: {resume_command(held.folder)}"
        )


def write_page(
    held: Study | Studies, output: Output, limit: TimeLimit | None
) -> tuple[Path | None, str]:
    """Write the page if time and folder allow; return its path, or a sentence on why there is none."""
    line = command_line("report", held.folder)
    if limit is not None and not limit.page_fits():
        return None, f"The page did not fit the time limit; to write it: {line}"
    try:
        with output.remarks.status("Writing the report …"):
            return held.report(), ""
    except NotWritableError as error:
        return None, (
            f"! Tables and page were not written. {error} Or take a copy: "
            f"cp -r {shlex.quote(str(held.folder))} COPY && bridle report COPY"
        )
    except KeyboardInterrupt:
        raise InterruptedStudyError(
            f"interrupted while writing the report; all runs are kept; go on with: {line}",
            {"folder": str(held.folder)},
        ) from None


def resume_command(folder: Path) -> str:
    """Return the command that continues a study."""
    return command_line("resume", folder)
