"""`bridle report`: the answer of a study again, with its tables and page made anew."""

from __future__ import annotations

from bridle.cli import options as o
from bridle.cli.output import Output


def report(
    folder: o.FolderArgument,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a study's tables and page anew, and show its answer. Trains nothing."""
    output = Output(as_json, quiet)
    path = o.study_folder(folder)

    from bridle.cli import several

    if several.is_studies(path):
        several.report(path, margin, metric, output)
        return
    from bridle.cli.training import answer, resume_command
    from bridle.study.compare import set_reading
    from bridle.study.study import Study

    set_reading(path, margin, metric)
    study = Study(path)
    if not study.complete:
        facts = study.facts()
        output.tell(
            f"! {facts['runs']} of {facts['planned_runs']} runs are there; "
            f"go on with: {resume_command(path)}",
            style="yellow",
        )
    answer(study, output)
