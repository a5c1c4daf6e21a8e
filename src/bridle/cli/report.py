"""`bridle report`: a study's answer again, with new tables and a new page."""

from __future__ import annotations

from typing import Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output


def report(
    folder: o.FolderArgument,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    details: Annotated[
        bool,
        typer.Option("--details", help="Every sentence and remark, not the most important only."),
    ] = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a study's tables and page anew, and show its answer. Trains nothing."""
    output = Output(as_json, quiet)
    path = named.study_folder(folder)

    from bridle.api.folder import open_folder
    from bridle.cli.training import answer, resume_command
    from bridle.study.reading import set_reading

    set_reading(path, margin, metric)
    held = open_folder(path)
    if not held.complete:
        output.tell(
            f"! {held.runs} of {held.planned_runs} runs are there; "
            f"go on with: {resume_command(path)}",
            style="yellow",
        )
    answer(held, output, details=details)
