"""`bridle search`: find a cocktail of methods, and judge it on replicates that took no part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.mistakes import InterruptedStudyError
from bridle.cli.output import Output
from bridle.cli.own_data import ColumnOptions

if TYPE_CHECKING:
    from bridle.searches.record import Searched


@o.spread
def search(
    dataset: o.DatasetArgument,
    *,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From the command to its answer, such as 10m or 1h: about three fifths are for the search, the "
            "rest for judging what it found.",
        ),
    ] = None,
    trials: Annotated[
        int | None,
        o.Whole(
            help="Number of candidates, in place of --budget; the same number and seed find the same. Default: 256.",
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            "--methods",
            metavar="A,B,C",
            help="What a cocktail may hold, at most one of each family. Default: every method that suits.",
        ),
    ] = None,
    replicates: o.Replicates = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look: fewer replicates and epochs.")
    ] = False,
    epochs: o.Epochs = None,
    training: o.Training,
    table: ColumnOptions,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Find a cocktail of methods, and judge it on fresh data.

    Which methods are on, how strong, and at which learning rate. Candidates are ranked by validation scores alone. The
    best is then judged against no regularization, the best single method and its own ingredients, on replicates and
    test rows that took no part in the search. After Ctrl-C the same command goes on. Needs the extra: pip install
    'bridle[search]'.
    """
    output = Output(as_json, quiet)
    seconds = None if budget is None else o.read_duration(budget, "budget")
    asked = training.asked()

    from bridle.api.searching import begin, carried_out, prepare
    from bridle.cli.progress import one_by_one
    from bridle.cli.training import answer, plan_lines, where_to_train
    from bridle.study.request import Request

    where = where_to_train(executor, workers)
    request = Request(
        replicates=replicates, epochs=epochs, **asked, quick=quick, margin=margin, metric=metric
    )
    limit = o.limit(budget, request)
    data = named.open_data(dataset, table, asked["task"])
    found = prepare(data, request, o.joined(methods), trials, seconds)
    folder = begin(found, out)
    for line in plan_lines(data, found.plan, folder):
        if not line.startswith(("runs", "folder")):
            output.tell(line)
    output.tell(f"search    {found.pool} methods, at most one of each family; by validation alone")
    output.tell(f"folder    {folder}")
    output.tell()

    def told(searched: Searched) -> None:
        output.tell(round_words(searched, found.trials))

    try:
        with one_by_one(output, [found.dataset.name]) as watchers:
            watch = watchers(found.dataset.name)
            held = carried_out(found, folder, where.executor, limit, told, watch, where.workers)
    except KeyboardInterrupt:
        raise _interrupted(folder) from None
    answer(held, output, limit=limit)


def _interrupted(folder: Path) -> InterruptedStudyError:
    """Return what to say where Ctrl-C came: the candidates of finished rounds are kept, and all runs."""
    from bridle.cli.training import resume_command
    from bridle.searches.record import read

    searched = read(folder)
    tried = 0 if searched is None else len(searched.tried)
    facts = {"folder": str(folder), "candidates": tried}
    if (folder / "study.json").is_file():
        line = resume_command(folder)
        text = f"interrupted while the find was judged; go on with: {line}"
        return InterruptedStudyError(text, {**facts, "resume": line})
    text = f"interrupted; {tried} candidates are kept in {folder}; the same command goes on"
    return InterruptedStudyError(text, facts)


def round_words(searched: Searched, trials: int | None) -> str:
    """Return how far a search is, in a line."""
    from bridle.report.search_words import named as in_words
    from bridle.report.search_words import score

    of = "" if trials is None else f" of {trials:,}"
    best = searched.best
    told = (
        ""
        if best is None
        else f" · best so far {in_words(best.candidate)}: {score(searched, best)}"
    )
    return f"{len(searched.tried):,}{of} candidates{told}"
