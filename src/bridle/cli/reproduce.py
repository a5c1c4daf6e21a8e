"""`bridle reproduce`: a published work by name, with replicates, a baseline, and its figures beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.errors import UserError

if TYPE_CHECKING:
    from bridle.api.reproduce import Reproduction
    from bridle.cli.training import Where
    from bridle.origins import Experiment, Origin
    from bridle.study.plan import Plan


@o.spread
def reproduce(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A work as this command lists them without a name.",
            show_default=False,
        ),
    ] = None,
    *,
    scale: Annotated[
        str,
        typer.Option(
            metavar="laptop|paper|smoke",
            help="laptop: minutes. paper: as large as the work, or more replicates; the time is foretold. smoke: only "
            "to see that everything runs.",
        ),
    ] = "laptop",
    epochs: o.Epochs = None,
    replicates: o.Replicates = None,
    seed: Annotated[
        int | None,
        o.Whole(help="From which all randomness follows. Default: the work's own, mostly 0."),
    ] = None,
    tuned: Annotated[
        bool,
        typer.Option(
            "--tuned",
            help="Tune every method equally, instead of the work's own settings. For works that offer it, as "
            "--data and --network; see the list.",
        ),
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Another data set than the work's, such as digits."),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Another network than the work's, such as resnet_mlp."),
    ] = None,
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Reproduce a published work; without a name, list them.

    Trains the work's networks at its settings in several replicates, with an unregularized baseline
    beside them, answers the question that the work leaves open, and sets its figures next to ours.
    """
    output = Output(as_json, quiet)

    from bridle.cli.training import begin, train_and_answer, where_to_train
    from bridle.data import load
    from bridle.experiments import trials
    from bridle.origins import Experiment, choose, work, works
    from bridle.study.reproduce import plan_of

    if name is None:
        _list(list(works().values()), output)
        return
    where = where_to_train(executor, workers)
    found = choose(work(name), tuned=tuned, data=data, network=network)
    if isinstance(found, Experiment) and (page.open_page or page.port is not None):
        raise UserError(
            f"{found.name} takes several comparisons, and --open and --port show the page of one while it trains. "
            "Leave them out; the page is written at the end."
        )
    output.tell(found.title)
    output.tell(f"Question: {found.question}")
    for sentence in (*found.unstated, *found.remarks):
        output.tell(sentence)
    output.tell()
    if isinstance(found, Experiment):
        plans = trials.plans(found, scale, epochs, replicates, seed)
        held = _experiment(found, scale, plans, out, where, output)
        show_work(held, output)
        return
    plan = plan_of(found, scale, epochs, replicates, seed)
    folder = begin(load(plan.dataset), plan, out, output)
    train_and_answer(
        folder, output, None, where, page, lambda held: {"published": list(held.plan.published)}
    )


def _list(works: list[Origin | Experiment], output: Output) -> None:
    from bridle.numbers import listed
    from bridle.origins import offered

    if output.as_json:
        output.document(
            [
                {
                    "name": w.name,
                    "title": w.title,
                    "question": w.question,
                    "scales": list(w.scales),
                    "options": list(offered(w)),
                }
                for w in works
            ]
        )
        return
    for work in works:
        output.result.print(work.name)
        output.paragraph(work.title, 4)
        output.paragraph(work.question, 4)
        if options := [f"--{name}" for name in offered(work)]:
            output.paragraph(f"Otherwise: {listed(options)}.", 4)
    output.result.print("\nRun one: bridle reproduce moons-l1")


def _experiment(
    found: Experiment,
    scale: str,
    plans: dict[str, Plan],
    out: str | None,
    where: Where,
    output: Output,
) -> Reproduction:
    """Foretell the time, and train what is missing of every comparison.

    Raises:
        InterruptedStudyError: Ctrl-C or SIGTERM came; finished runs are kept.
    """
    from bridle.api.reproduce import Reproduction
    from bridle.cli.mistakes import InterruptedStudyError
    from bridle.cli.progress import one_by_one
    from bridle.engine.devices import devices
    from bridle.experiments import trials
    from bridle.lines import command_line
    from bridle.numbers import duration, many
    from bridle.study.executors import executor_for

    first = next(iter(plans.values()))
    on_cpu = first.device == "cpu"
    processors = len(devices(first.device, first.count, where.workers)) if on_cpu else 1
    folder = trials.begin(found, scale, plans, out)
    runs = sum(plan.count for plan in plans.values())
    about = duration(trials.foretold(plans, processors), tenths=False)
    output.tell(f"{many(len(plans), 'comparison')}, {many(runs, 'run')} in {folder}")
    output.tell(
        f"Foretold from its size: about {about} on {many(processors, first.device.upper())}."
    )
    output.tell()
    try:
        with (
            one_by_one(output, list(plans)) as watch,
            executor_for(first, where.executor, runs=runs, workers=where.workers) as executor,
        ):
            trials.train(folder, plans, executor, watch)
    except KeyboardInterrupt:
        again = command_line("reproduce", found.name, "--scale", scale, "--out", folder)
        raise InterruptedStudyError(
            f"interrupted; finished runs are kept; go on with: {again}", {"folder": str(folder)}
        ) from None
    return Reproduction(folder)


def show_work(held: Reproduction, output: Output) -> None:
    """Write the page, then show the answer: words and tables, or one JSON document."""
    with output.remarks.status("Measuring, and writing the report …"):
        page = held.report()
    if output.as_json:
        output.document({**held.document(), "report": str(page)})
        return
    from bridle.report.experiment_terminal import show

    show(held.outcome, output.result, page)
