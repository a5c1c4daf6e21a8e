"""What every command that trains does: say what will happen, train, and leave a study behind."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.cli.methods import value_text
from bridle.cli.mistakes import InterruptedStudyError
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.lines import command_line
from bridle.refusals import NotWritableError

if TYPE_CHECKING:
    from bridle.data import Dataset
    from bridle.study.limit import TimeLimit
    from bridle.study.plan import Plan
    from bridle.study.studies import Studies
    from bridle.study.study import Study


def begin(
    dataset: Dataset,
    plan: Plan,
    out: str | None,
    output: Output,
    workers: int | None = None,
    limit: TimeLimit | None = None,
) -> Path:
    """Say what will be done, and return the study's folder, new or gone on with."""
    from bridle.study.compare import prepare
    from bridle.study.plan import read_plan

    workers_wanted(workers)
    folder = prepare(dataset, plan, out, limit)
    plan, _, _ = read_plan(folder / "study.json")  # of a study gone on with
    for line in plan_lines(dataset, plan, folder):
        output.tell(line)
    output.tell()
    return folder


def plan_lines(dataset: Dataset, plan: Plan, folder: Path) -> list[str]:
    """Return what a study will do, line by line, before it does it."""
    from bridle.networks.catalogue import network

    sizes, inputs, task = dataset.sizes, len(dataset.features), dataset.task
    built = network(plan.network, dataset.shape, dataset.task, plan.widths, plan.activation)
    return [
        f"data      {plan.dataset}",
        f"examples  {sizes.train:,} training, {sizes.validation:,} validation, {sizes.test:,} test",
        f"          {_many(inputs, 'feature')}, {_many(len(task.names), task.one)}",
        f"network   {built.picture()}, {plan.activation}",
        f"training  {_many(plan.epochs, 'epoch')}, batch size {plan.batch_size}, "
        f"learning rate {plan.learning_rate:g}, {plan.optimizer}, {plan.arithmetic}",
        f"runs      {_runs(plan)}",
        *([] if plan.looks.left == 1 else [f"looks     {_refined(plan)}"]),
        f"folder    {folder}",
        *(f"note      {note}" for note in plan.notes),
    ]


def _refined(plan: Plan) -> str:
    """Return what it costs that settings are chosen anew."""
    spent = f"{100 * (1 - plan.looks.left):.3g} % of the error"
    return f"settings refined after verdicts were seen, which spent {spent}: intervals are wider"


def _runs(plan: Plan) -> str:
    """Return how many runs a plan has, and what they are made of."""
    from bridle.methods.composition import Composition

    runs = len({run.name for run in plan.runs})
    counts = sorted({len(found) for found in plan.configurations.values()})
    if len(plan.methods) == 1 and counts == [1]:
        setting = plan.configurations[plan.methods[0]][0]["hyperparameters"]
        values = ", ".join(f"{key} {value_text(value)}" for key, value in setting.items())
        name = "+".join(Composition.parse(plan.methods[0]).names)
        what = f"{name} ({values})" if values else name
        return f"{_many(runs, 'run')} of {what}"
    tried = _many(counts[-1], "configuration")
    if len(counts) > 1:
        tried = f"{counts[0]} to {tried}"
    methods = _many(len(plan.methods), "method")
    text = f"{methods} × {tried} × {_many(plan.replicates, 'replicate')} = {_many(runs, 'run')}"
    return f"{text}, and more at the edges of grids" if plan.refine else text


def carry_out(
    folder: Path, output: Output, limit: TimeLimit | None = None, workers: int | None = None
) -> Study:
    """Train what is missing in the study in `folder`, with progress on stderr, and return it.

    Raises:
        InterruptedStudyError: Ctrl-C or SIGTERM came; what was done until then is kept.
        UserError: an argument is outside its domain, or another process works on the study.
    """
    try:
        return _carry_out(folder, output, limit, workers)
    except KeyboardInterrupt:
        raise _interrupted(folder) from None


def _carry_out(folder: Path, output: Output, limit: TimeLimit | None, workers: int | None) -> Study:
    from bridle.cli.progress import Watcher
    from bridle.engine.devices import devices
    from bridle.engine.executor import LocalExecutor
    from bridle.study.compare import finish, program_cache, put_in_order
    from bridle.study.study import Study

    study = Study(folder)
    if study.settled():
        output.tell("This study is finished already: nothing was trained.")
        put_in_order(study)
        return study
    most = workers_wanted(workers) or len(study.plan.runs)
    with (
        Watcher(output) as watcher,
        LocalExecutor(devices(study.plan.device, most), cache=program_cache()) as executor,
    ):
        return finish(folder, executor, watcher, limit)


def workers_wanted(workers: int | None) -> int | None:
    """Check the number of worker processes."""
    from bridle.domains import Integer

    return None if workers is None else Integer(1).check("--workers", workers)


def answer(
    study: Study,
    output: Output,
    more: dict[str, Any] | None = None,
    limit: TimeLimit | None = None,
) -> None:
    """Write the report if there is time, then the answer: words and table, or one JSON document."""
    if study.facts()["runs"] == 0:
        raise UserError(
            f"{study.folder} holds no finished run yet. Train them with: {resume_command(study.folder)}"
        )
    page, refusal = write_page(study, output, limit)
    if output.as_json:
        output.document({**document(study), "report": page and str(page), **(more or {})})
    else:
        from bridle.report import print_answer

        print_answer(study, output.result, "" if page is None else page.name)
    if refusal:
        output.warn(refusal)


def write_page(
    holder: Study | Studies, output: Output, limit: TimeLimit | None
) -> tuple[Path | None, str]:
    """Write the page if there is time and the folder lets us; return it, or what to say of there being none."""
    line = command_line("report", holder.folder)
    if limit is not None and not limit.page_fits():
        return None, f"The page did not fit the time limit; to write it: {line}"
    try:
        with output.remarks.status("Writing the report …"):
            return holder.report(), ""
    except NotWritableError as error:
        return None, (
            f"! Tables and page were not written. {error} Or take a copy: "
            f"cp -r {shlex.quote(str(holder.folder))} COPY && bridle report COPY"
        )
    except KeyboardInterrupt:
        raise InterruptedStudyError(
            f"interrupted while writing the report; all runs are kept; go on with: {line}",
            {"folder": str(holder.folder)},
        ) from None


def document(study: Study) -> dict[str, Any]:
    """Return what programs want to know of a study."""
    import dataclasses
    import json

    from bridle.report import answer_lines

    facts = study.facts()
    rows = study.leaderboard().to_dict("records")
    for row in rows:
        # a method whose runs all failed has none
        row["hyperparameters"] = json.loads(row["hyperparameters"] or "null")
    claims = study.claims().to_dict("records")
    return {
        "folder": str(study.folder),
        "complete": study.complete,
        "runs": facts["runs"],
        "planned_runs": facts["planned_runs"],
        "seconds": facts["seconds"],
        "summary": answer_lines(study),
        "leaderboard": rows,
        "claims": [{str(key): value for key, value in row.items()} for row in claims],
        "secondary": study.plan.metric != study.plan.primary,
        "diverged": facts["diverged"],
        "at_edge": facts["at_edge"],
        "plan": dataclasses.asdict(study.plan),
    }


def resume_command(folder: Path) -> str:
    """Return the words that go on with a study."""
    return command_line("resume", folder)


def _interrupted(folder: Path) -> InterruptedStudyError:
    from bridle.study.study import Study

    facts = Study(folder).facts()
    runs, planned = facts["runs"], facts["planned_runs"]
    command = resume_command(folder)
    return InterruptedStudyError(
        f"interrupted; {runs} of {planned} runs are kept; go on with: {command}",
        {"folder": str(folder), "runs": runs, "planned_runs": planned, "resume": command},
    )


def _many(amount: int, one: str) -> str:
    ending = "" if amount == 1 else "es" if one.endswith("s") else "s"
    return f"{amount:,} {one}{ending}"
