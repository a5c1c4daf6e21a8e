"""`bridle reproduce`: a published work by name, with replicates, a baseline, and its figures beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output

if TYPE_CHECKING:
    from bridle.origins import Origin


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
        str, typer.Option(metavar="laptop|smoke", help="smoke: only to see that everything runs.")
    ] = "laptop",
    epochs: o.Epochs = None,
    replicates: o.Replicates = None,
    seed: o.Seed = 0,
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Reproduce a published work; without a name, list them.

    Trains the work's networks at its settings in several replicates, with an unregularized baseline
    beside them, and sets its figures next to ours.
    """
    output = Output(as_json, quiet)

    from bridle.cli.training import begin, train_and_answer, where_to_train
    from bridle.data import load
    from bridle.origins import origin, origins
    from bridle.study.reproduce import plan_of

    if name is None:
        _list(list(origins().values()), output)
        return
    where = where_to_train(executor, workers)
    work = origin(name)
    plan = plan_of(work, scale, epochs, replicates, seed)
    output.tell(work.title)
    for sentence in (*work.unstated, *work.remarks):
        output.tell(sentence)
    output.tell()
    folder = begin(load(plan.dataset), plan, out, output)
    train_and_answer(
        folder, output, None, where, page, lambda held: {"published": list(held.plan.published)}
    )


def _list(works: list[Origin], output: Output) -> None:
    if output.as_json:
        output.document(
            [{"name": work.name, "title": work.title, "methods": work.methods} for work in works]
        )
        return
    for work in works:
        output.result.print(f"{work.name}\n    {work.title}")
    output.result.print("\nRun one: bridle reproduce moons-l1")
