"""`bridle compare`: which regularization helps, how strong, and how surely."""

from __future__ import annotations

from typing import Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.cli.own_data import ColumnOptions


@o.spread
def compare(
    dataset: o.DatasetsArgument,
    *,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            "--methods",
            "--method",
            metavar="A,B,A+B",
            help="What to compare with no regularization; see `bridle methods`. A value in "
            "parentheses is kept fixed: 'l2,dropout(rate=0.5),dropout+l2'. all: every method. "
            "Default: the common ones.",
        ),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="M.H=V,V",
            help="Values to try instead of a method's own, such as l1.strength=1e-5,1e-4, or learning "
            "rates for every method: learning_rate=1e-3,1e-2. May be given again for another.",
        ),
    ] = None,
    configurations: Annotated[
        int | None,
        o.Whole(
            help="Settings that every method tries, strengths times learning rates. Default: 9."
        ),
    ] = None,
    select: Annotated[
        str,
        typer.Option(
            metavar="best|one-se",
            help="Which setting each replicate gets: the best on its validation data, or the "
            "strongest within one standard error of the best.",
        ),
    ] = "best",
    refine: Annotated[
        bool,
        typer.Option(
            "--refine",
            help="Where a best strength lies at the edge of its grid, go on beyond; every other "
            "method tries as many more settings around its best.",
        ),
    ] = False,
    until_trained: Annotated[
        bool,
        typer.Option(
            "--until-trained",
            help="While a method is still improving in the end, train every one for twice as many epochs, "
            "up to 16 times as many as at first.",
        ),
    ] = False,
    replicates: o.ReplicatesOrAuto = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look: fewer replicates, settings and epochs.")
    ] = False,
    time_limit: o.TimeLimit = None,
    epochs: o.EpochsOrAuto = None,
    training: o.Training,
    table: ColumnOptions,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    one_look: Annotated[
        bool,
        typer.Option(
            "--one-look", help="Slightly narrower intervals; the study can then not be extended."
        ),
    ] = False,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="selected|paths|all",
            help="Whose weights the study keeps: those of the selected runs; also those of every setting in the "
            "first replicate; or of all runs. Default: paths, up to 64 MB.",
        ),
    ] = None,
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Compare regularization methods on a data set, or on several.

    Every method tries several settings; the best is chosen on validation data and judged on test
    data against no regularization. What is not given, the data set decides; all of it is shown
    before training. The same command again goes on where it stopped.
    """
    output = Output(as_json, quiet)
    if time_limit is not None:
        o.read_duration(time_limit)  # report mistakes before anything starts
    asked = training.asked()

    from bridle.cli.training import begin_comparison, train_and_answer, where_to_train
    from bridle.study.configurations import parse_grid
    from bridle.study.request import Request

    where = where_to_train(executor, workers)
    request = Request(
        methods=o.joined(methods),
        grid=parse_grid(grid or ()),
        replicates=replicates,
        epochs=epochs,
        configurations=configurations,
        **asked,
        quick=quick,
        margin=margin,
        metric=metric,
        select=select,
        refine=refine,
        until_trained=until_trained,
        one_look=one_look,
        keep=keep,
    )
    folder, limit = begin_comparison(dataset, request, out, output, time_limit, table)
    train_and_answer(folder, output, limit, where, page)
