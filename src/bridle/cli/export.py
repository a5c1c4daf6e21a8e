"""`bridle export`: a saved model in the ONNX format, which other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that `bridle refit` saved.", show_default=False
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="Default: MODEL with the ending .onnx."),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a model as ONNX, for use without Bridle.

    The preparation of rows is inside: its inputs are the columns of the table, or the array.
    """
    output = Output(as_json, quiet)

    from bridle.exports.graph import require_onnx
    from bridle.exports.rows import columns_of
    from bridle.models import load
    from bridle.models.exporting import ENDING, target

    require_onnx()
    file = target(Path(out) if out is not None else Path(model).with_suffix(ENDING), "out")
    known = load(model)
    written = known.export(file)
    columns = columns_of(known.form)
    if as_json:
        output.document({"model": model, "exported": str(written), "columns": columns})
        return
    output.tell(f"inputs    {', '.join(column['name'] for column in columns)}")
    output.tell(f"written   {written}, {written.stat().st_size:,} bytes")
