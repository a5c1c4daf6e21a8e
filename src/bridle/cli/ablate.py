"""`bridle ablate`: what carries a cocktail of methods, and what can go."""

from __future__ import annotations

from typing import Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.cli.own_data import ColumnOptions
from bridle.errors import UserError
from bridle.lines import command_line


@o.spread
def ablate(
    dataset: o.DatasetsArgument,
    cocktail: Annotated[
        str,
        typer.Argument(
            metavar="A+B+C",
            help="The ingredients, joined with plus, each with its setting where the default does not suit: "
            "'dropout(rate=0.2)+l2+mixup'.",
            show_default=False,
        ),
    ],
    *,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune",
            help="Let every combination tune the strengths that are not given. By default they are fixed, so that "
            "combinations differ in nothing but their ingredients.",
        ),
    ] = False,
    resolution: Annotated[
        int | None,
        o.Whole(
            help="Of more than five ingredients: 5 to tell pairs apart (up to 8 ingredients), or 4 for fewer "
            "combinations, which tell only single ingredients apart (up to 16). Default: 5.",
        ),
    ] = None,
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
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Find what carries a cocktail of methods, and what can go.

    Trains every combination of the ingredients, from none to all (of more than five a fraction), each with learning
    rates chosen on validation data. The answer has the effect of every ingredient alone, on average and in the whole,
    and of every pair, with intervals that hold together.
    """
    output = Output(as_json, quiet)
    if time_limit is not None:
        o.read_duration(time_limit)  # report mistakes before anything starts
    asked = training.asked()
    _in_order(dataset, cocktail)

    from bridle.cli.training import begin_comparison, train_and_answer, where_to_train
    from bridle.study.ablation import combinations
    from bridle.study.request import Request

    where = where_to_train(executor, workers)
    request = Request(
        methods=combinations(cocktail, tune=tune, resolution=resolution),
        replicates=replicates,
        epochs=epochs,
        **asked,
        quick=quick,
        margin=margin,
        metric=metric,
    )
    folder, limit = begin_comparison(dataset, request, out, output, time_limit, table)
    train_and_answer(folder, output, limit, where, page)


def _in_order(dataset: str, cocktail: str) -> None:
    """Check that the data set and the cocktail do not stand in each other's place.

    Raises:
        UserError: they do.
    """
    from bridle.data.catalogue import known

    if "+" in dataset and known(cocktail.partition("(")[0]) is not None:
        line = command_line("ablate", cocktail, dataset)
        raise UserError(f"The data set comes first, then its cocktail. Write: {line}")
