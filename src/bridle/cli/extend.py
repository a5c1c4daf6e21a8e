"""`bridle extend`: more replicates for a finished study, at the price of another look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.errors import UserError

if TYPE_CHECKING:
    from bridle.study.study import Study


def extend(
    folder: o.FolderArgument,
    replicates: Annotated[
        int | None, typer.Option(metavar="N", help="How many further ones.", show_default=False)
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Also where no number of replicates can decide what is undecided."
        ),
    ] = False,
    time_limit: o.TimeLimit = None,
    workers: o.Workers = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Give a finished study further replicates, and look at it again.

    Nothing is trained twice. All looks at a study hold together at 95 %: intervals are somewhat
    wider than those of a study of that size planned from the start.
    """
    output = Output(as_json, quiet)
    path = o.study_folder(folder)
    if time_limit is not None:
        o.read_duration(time_limit)

    from bridle.cli.training import answer, carry_out, workers_wanted
    from bridle.study.extend import add_replicates, refuse
    from bridle.study.study import Study

    workers_wanted(workers)
    study = Study(path)
    refuse(study, anyway)
    wanted = _wanted(study)
    if replicates is None:
        said = f" Undecided: {'; '.join(wanted)}." if wanted else ""
        raise UserError(f"--replicates is missing: how many further ones?{said}")
    add_replicates(path, replicates, anyway)
    before, now = study.plan.replicates, Study(path).plan
    output.tell(
        f"look      {len(now.looks.earlier) + 1}, at {now.replicates:,} replicates after {before:,}"
    )
    for place, text in enumerate(wanted):
        output.tell(f"{'' if place else 'undecided':9} {text}")
    output.tell()
    answer(carry_out(path, output, time_limit, workers), output)


def _wanted(study: Study) -> list[str]:
    """Return for each undecided method what could decide it."""
    from bridle.report.advice import needed
    from bridle.report.answer import read

    found = read(study)
    return [
        f"{found.names[c.method]}: {needed(found, c) or 'no number of replicates'} could decide"
        for c in found.compared
        if c.verdict.label == "undecided"
    ]
