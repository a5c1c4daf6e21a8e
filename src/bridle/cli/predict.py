"""`bridle predict`: a saved model's predictions for the rows of a file."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.cli.progress import RowsBar
from bridle.errors import UserError
from bridle.lines import command_line

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
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of a text file: such as latin-1. Default: it is found."),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Predict the rows of a file by a saved model.

    A line for each row, in their order: the class and the probability of each, or the number. The file may be larger
    than memory, as CSV, also packed as .gz, Parquet or Arrow.
    """
    output = Output(as_json, quiet)

    from bridle.files import csv_text, file_to_write, write_file
    from bridle.models import load
    from bridle.models.files import ENDING
    from bridle.models.network import BLOCK
    from bridle.tables.blocks import read_blocks
    from bridle.tables.reading import is_table

    if is_table(model) and Path(data).suffix == ENDING:
        raise UserError(
            f"The model comes first: `{command_line('predict', Path(data), Path(model))}`."
        )
    file = None if out is None else file_to_write(out, "out", (model, data))
    known = load(model)
    blocks = read_blocks(data, known.form.kinds, BLOCK, encoding)
    kept: list[Any] = []

    def lines() -> Iterator[bytes]:
        """Yield the lines of each block, and keep them for JSON."""
        # lines that go to a terminal show themselves how far they are
        with RowsBar(output, blocks.rows, shown=file is not None or as_json) as bar:
            for number, block in enumerate(blocks):
                frame = _predictions(known, block, keep or ())
                if as_json:
                    kept.extend(frame.to_dict("records"))
                yield csv_text(frame, header=number == 0).encode()
                bar.add(block.rows)

    if file is not None:
        write_file(file, lines())
        output.tell(f"written   {out}, {blocks.rows:,} rows")
    elif as_json:
        deque(lines(), maxlen=0)
    else:
        for part in lines():
            sys.stdout.write(part.decode())
    if as_json:
        output.document({"model": model, "rows": kept})


def _predictions(model: Model, table: RawTable, keep: Sequence[str]) -> pd.DataFrame:
    """Return a line for each row: columns to copy, the prediction, and probabilities of classes."""
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
    frame = pd.DataFrame(columns)
    for place, name in enumerate(keep):
        column = table.columns[table.name(name, "keep")]
        # as they are: a number stays whole where others are missing
        frame.insert(place, name, pd.Series(column.to_pylist(), dtype=object))
    return frame
