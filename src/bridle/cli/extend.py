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
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Give a finished study further replicates, and look at it again.

    Of several data sets, each study that can gain gets them. Nothing is trained twice. All looks
    at a study hold together at 95 %: intervals are somewhat wider than those of a study of that
    size planned from the start.
    """
    output = Output(as_json, quiet)
    path = o.study_folder(folder)
    if time_limit is not None:
        o.read_duration(time_limit)

    from bridle.cli import several
    from bridle.cli.training import answer, carry_out, where_to_train
    from bridle.study.extend import add_replicates, add_replicates_to_all, gains, refuse
    from bridle.study.studies import Studies
    from bridle.study.study import Study

    where = where_to_train(executor, workers)
    if several.is_studies(path):
        studies = gains(path, anyway)
        given = _given(replicates, [f"{n}: {t}" for n, s in studies.items() for t in _wanted(s)])
        add_replicates_to_all(path, given, anyway)
        for name, study in Studies(path).studies.items():
            if name in studies:
                output.tell(name)
                _tell(studies[name], study, output)
            else:
                output.tell(f"{name}\nleft      as it is: further replicates decide nothing\n")
        several.resume(path, None, None, output, several.limit(path, time_limit), where)
        return
    study = Study(path)
    refuse(study, anyway)
    add_replicates(path, _given(replicates, _wanted(study)), anyway)
    _tell(study, Study(path), output)
    limit = o.limit(time_limit)
    answer(carry_out(path, output, limit, where), output, limit=limit)


def _given(replicates: int | None, wanted: list[str]) -> int:
    """Return the number of further replicates that was given.

    Raises:
        UserError: none was; says what could decide.
    """
    if replicates is None:
        said = f" Undecided: {'; '.join(wanted)}." if wanted else ""
        raise UserError(f"--replicates is missing: how many further ones?{said}")
    return replicates


def _tell(before: Study, now: Study, output: Output) -> None:
    """Say which look a study is going to have, and what is undecided until now."""
    look, count = len(now.plan.looks.earlier) + 1, now.plan.replicates
    output.tell(f"look      {look}, at {count:,} replicates after {before.plan.replicates:,}")
    for place, text in enumerate(_wanted(before)):
        output.tell(f"{'' if place else 'undecided':9} {text}")
    output.tell()


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
