"""`bridle report`: a study's answer again, with new tables and a new page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.documents import Document
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.lines import command_line

if TYPE_CHECKING:
    from bridle.report.figure_files import FigureFiles

WORK = "experiment.json"
"""In the folder of a work of several comparisons."""

_SHOWN = 10
"""Maximum number of characters that a warning shows."""


def report(
    folder: o.FolderArgument,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    details: Annotated[
        bool,
        typer.Option("--details", help="Every sentence and remark, not the most important only."),
    ] = False,
    figures: Annotated[
        bool,
        typer.Option(
            "--figures", help="Write every figure as a file, into figures in the study's folder."
        ),
    ] = False,
    figure_format: Annotated[
        str | None,
        typer.Option(metavar="png|svg|pdf", help="Of the figures' files. Default: png."),
    ] = None,
    form: o.FormOption = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="PLACE",
            help="Where to write: the folder of --figures, or the file of --format.",
        ),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Show a study's answer again, or in another form.

    Also that of a work of several comparisons.
    """
    output = Output(as_json, quiet)
    figures = figures or figure_format is not None
    if figures and form is not None:
        raise UserError("--figures and --format each write something else. Give one of them.")
    if out is not None and not figures and form is None:
        raise UserError("--out says where to write, and needs --figures or --format.")
    written = None if form is None else Document.checked(form, out)
    if (Path(folder) / WORK).is_file():
        _of_work(
            Path(folder),
            metric,
            margin,
            figure_format or "png" if figures else "",
            out,
            written,
            output,
        )
        return
    path = named.study_folder(folder)

    from bridle.api.folder import open_folder
    from bridle.cli.training import answer, need_runs, resume_command
    from bridle.study.reading import set_reading

    set_reading(path, margin, metric)
    held = open_folder(path)
    if not held.complete:
        output.tell(
            f"! {held.runs} of {held.planned_runs} runs are there; "
            f"go on with: {resume_command(path)}",
            style="yellow",
        )
    need_runs(held)
    if figures:
        _figures(held.write_figures(out, figure_format or "png"), output)
        return
    if written is not None:
        written.write(held.rendered(written.form), output)
        return
    answer(held, output, details=details)


def _of_work(
    folder: Path,
    metric: str | None,
    margin: str | None,
    figures: str,
    out: str | None,
    written: Document | None,
    output: Output,
) -> None:
    """Show a work of several comparisons again, or write it in another form.

    Args:
        folder: of the work.
        metric: that was asked for.
        margin: likewise.
        figures: the form of the figures' files; empty if none are asked for.
        out: where figures go.
        written: the document that is asked for.
        output: where to.

    Raises:
        UserError: it cannot be read so, or is not finished.
    """
    from bridle.api.reproduce import Reproduction
    from bridle.cli.reproduce import show_work

    held = Reproduction(folder)
    if metric is not None or margin is not None:
        one = next(iter(held.studies.values())).folder
        raise UserError(
            "Every statement of this work has a measure of its own; --metric and --margin are of a single "
            f"comparison, such as {command_line('report', one)}"
        )
    if not held.complete:
        again = command_line(
            "reproduce", held.experiment.name, "--scale", held.scale, "--out", folder
        )
        raise UserError(
            f"{held.runs} of {held.planned_runs} runs are there, and statements need them all. Go on with: {again}"
        )
    if figures:
        _figures(held.write_figures(out, figures), output)
    elif written is not None:
        written.write(held.rendered(written.form), output)
    else:
        show_work(held, output)


def _figures(files: FigureFiles, output: Output) -> None:
    """Name the files, then what is not among them."""
    if output.as_json:
        output.document(
            {"figures": [str(path) for path in files.paths], "left_out": files.left_out}
        )
    else:
        for path in files.paths:
            output.result.print(str(path), soft_wrap=True)
    for name, reason in files.left_out.items():
        output.tell(f"No figure {name}: {reason}.")
    if files.lacking:
        output.warn(lacking(files.lacking))


def lacking(characters: str) -> str:
    """Return a warning about characters that no font has."""
    shown = " ".join(characters[:_SHOWN]) + (" …" if len(characters) > _SHOWN else "")
    return (
        f"! No installed font has {shown}: they are written as codes or names in brackets. Install a font "
        "that has them, such as Noto Sans CJK or Noto Emoji, and write the figures again."
    )
