"""`bridle extend`: more replicates for a finished study, which is another look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.errors import UserError

if TYPE_CHECKING:
    from bridle.api.study import Study


@o.spread
def extend(
    folder: o.FolderArgument,
    *,
    replicates: Annotated[
        int | None, o.Whole(help="How many further ones.", show_default=False)
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Also where no number of replicates can decide what is undecided."
        ),
    ] = False,
    time_limit: o.TimeLimit = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Give a finished study further replicates: a second look.

    Of several data sets, each study that can gain gets them. Nothing is trained twice. All looks
    at a study hold together at 95 %: intervals are somewhat wider than those of a study of that
    size planned from the start.
    """
    output = Output(as_json, quiet)
    path = named.study_folder(folder)
    if time_limit is not None:
        o.read_duration(time_limit)

    from bridle.api.extension import add_replicates, gaining
    from bridle.api.folder import open_folder
    from bridle.cli.training import train_and_answer, where_to_train

    where = where_to_train(executor, workers)
    held = open_folder(path)
    before = gaining(held, anyway)
    wanted = [
        f"{name}: {text}" if len(held.studies) > 1 else text
        for name, study in before.items()
        for text in _wanted(study)
    ]
    add_replicates(before.values(), _given(replicates, wanted))
    for name, study in open_folder(path).studies.items():
        if len(held.studies) > 1:
            output.tell(name)
        if name in before:
            _tell(before[name], study, output)
        else:
            output.tell("left      as it is: further replicates decide nothing\n")
    limit = o.limit(time_limit, studies=len(held.studies))
    train_and_answer(path, output, limit, where, page)


def _given(replicates: int | None, wanted: list[str]) -> int:
    """Return the number of further replicates that was given.

    Raises:
        UserError: none was given; the message says how many could decide.
    """
    if replicates is None:
        said = f" Undecided: {'; '.join(wanted)}." if wanted else ""
        raise UserError(f"--replicates is missing: how many further ones?{said}")
    return replicates


def _tell(before: Study, now: Study, output: Output) -> None:
    """Say which look this is, and what is still undecided."""
    look, count = len(now.plan.looks.earlier) + 1, now.plan.replicates
    output.tell(f"look      {look}, at {count:,} replicates after {before.plan.replicates:,}")
    for place, text in enumerate(_wanted(before)):
        output.tell(f"{'' if place else 'undecided':9} {text}")
    output.tell()


def _wanted(study: Study) -> list[str]:
    """Return for each undecided method what could decide it."""
    from bridle.report.advice import needed

    found = study.answer
    return [
        f"{found.name(c.method)}: {needed(found, c) or 'no number of replicates'} could decide"
        for c in found.compared
        if c.verdict.label == "undecided"
    ]
