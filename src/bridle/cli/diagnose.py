"""`bridle diagnose`: what hinders learning on a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.cli.own_data import ColumnOptions

if TYPE_CHECKING:
    from bridle.api.diagnose import Diagnosis


@o.spread
def diagnose(
    dataset: o.DatasetArgument,
    *,
    permutations: Annotated[
        int | None,
        o.Whole(
            help="How often labels (or numbers) are permuted and all is trained again: 19 or more, 99 for a firm "
            "statement. Default: 19; 1 where all replicates share a test set.",
        ),
    ] = None,
    replicates: o.Replicates = None,
    epochs: o.Epochs = None,
    training: o.Training,
    table: ColumnOptions,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Where the page goes. Default: bridle-diagnose-DATASET.",
        ),
    ] = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Say what hinders learning on a data set.

    Is there signal, too little data, overfitting, underfitting, label noise, duplicate rows? Trains
    the network without regularization, on true and on permuted targets, and on fewer examples.
    """
    output = Output(as_json, quiet)
    asked = training.asked()

    from bridle.api.diagnose import finish_diagnosis
    from bridle.cli.mistakes import InterruptedStudyError
    from bridle.cli.progress import Watcher
    from bridle.cli.training import plan_lines, where_to_train
    from bridle.diagnosis.diagnosis import make_baseline, prepare
    from bridle.diagnosis.trainings import planned
    from bridle.study.executors import executor_for

    data = named.open_data(dataset, table, asked.pop("task"), "diagnose")
    plan, wanted = make_baseline(
        data,
        permutations,
        replicates=replicates,
        epochs=epochs,
        **asked,
    )
    where = where_to_train(executor, workers)
    folder = prepare(data, plan, out)
    runs = len(planned(plan, data, wanted))
    for line in plan_lines(data, plan, folder):
        output.tell(line)
    output.tell(f"          with permuted {data.task.truth} and fewer examples {runs:,} runs")
    output.tell()
    try:
        with (
            Watcher(output, "Ctrl-C discards this diagnosis.") as watcher,
            executor_for(plan, where.executor, runs=runs, workers=where.workers) as own,
        ):
            found = finish_diagnosis(data, plan, wanted, folder, own, watcher)
    except KeyboardInterrupt:
        raise InterruptedStudyError(
            "interrupted; the same command begins anew", {"folder": str(folder)}
        ) from None
    if as_json:
        output.document({**found.document(), "report": str(folder / "report.html")})
        return
    show(found, output)


def show(found: Diagnosis, output: Output) -> None:
    """Print the words, the findings and the numbers."""
    from rich.table import Table

    from bridle.report.diagnosis_page import header, numbers

    output.result.print(header(found), soft_wrap=True)
    output.result.print()
    output.paragraph(found.summary)
    for finding in found.found:
        output.result.print()
        output.paragraph(f"{finding.kind}: {finding.evidence} {finding.advice}")
        if finding.command:
            output.result.print(f"  → {finding.command}", soft_wrap=True)
    output.result.print()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for row in numbers(found.measured, found.wording):
        table.add_row(*row)
    output.result.print(table)
    output.result.print()
    output.result.print(f"Page: {found.folder / 'report.html'}", soft_wrap=True)
