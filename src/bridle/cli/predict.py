"""`bridle predict`: a saved model's predictions for the rows of a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bridle.cli import options as o
from bridle.cli.output import Output

if TYPE_CHECKING:
    import pandas as pd

    from bridle.models import Model
    from bridle.tables.raw import RawTable


def predict(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that `bridle refit` saved.", show_default=False
        ),
    ],
    data: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A file with a table of new rows.", show_default=False),
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="A CSV file; by default stdout."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of the file to copy beside the predictions, such as an id.",
        ),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Predict the rows of a file by a saved model.

    A line for each row, in their order: the class and the probability of each, or the number.
    """
    output = Output(as_json, quiet)

    from bridle.files import csv_text, file_to_write, write_file
    from bridle.models import load
    from bridle.tables.reading import read_file

    file = None if out is None else file_to_write(out, "out", (model, data))
    known, table = load(model), read_file(data)
    frame = _predictions(known, table)
    for place, name in enumerate(keep or ()):
        column = table.columns[table.name(name, "keep")]
        frame.insert(place, name, column.to_pylist())
    if file is not None:
        write_file(file, csv_text(frame).encode())
        output.tell(f"written   {out}, {len(frame):,} rows")
    if as_json:
        output.document({"model": model, "rows": frame.to_dict("records")})
    elif file is None:
        sys.stdout.write(csv_text(frame))


def _predictions(model: Model, table: RawTable) -> pd.DataFrame:
    """Return a line for each row: the prediction, and probabilities of classes."""
    import numpy as np
    import pandas as pd

    found, names = model.answers(table), model.task.names
    if model.task.predicts == "classes":
        columns = {"prediction": np.asarray(names)[found.argmax(axis=1)]}
        columns |= {f"p_{name}": found[:, at] for at, name in enumerate(names)}
    elif len(names) == 1:
        columns = {"prediction": found[:, 0]}
    else:
        columns = {f"prediction_{name}": found[:, at] for at, name in enumerate(names)}
    return pd.DataFrame(columns)
