"""Run notebooks and write them with their outputs: `python -m notebooks [NAME …]`, or `make notebooks`.

Each `NAME.py` of this folder, cells apart by `# %%`, becomes `NAME.ipynb`, run in an empty folder, or in `--folder`:
there studies that exist are not trained again.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat

HERE = Path(__file__).resolve().parent
SOURCES = sorted(path for path in HERE.glob("*.py") if not path.stem.startswith("__"))
SECONDS = 1800
"""What a cell may take."""


def executed(source: Path, folder: Path | None = None) -> Any:
    """Run a notebook and return it with its outputs.

    Args:
        source: of its cells.
        folder: where it runs; by default an empty one.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = jupytext.read(source)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": kernel}
    with contextlib.ExitStack() as stack:
        place = folder or stack.enter_context(tempfile.TemporaryDirectory())
        runs_in = {"metadata": {"path": str(place)}}
        client = nbclient.NotebookClient(notebook, timeout=SECONDS, resources=runs_in)
        client.execute()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # not drawn anew each time
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not passing(output)]
    return notebook


def passing(output: Any) -> bool:
    """Return whether an output is a line of progress, which says nothing afterwards.

    Args:
        output: of a cell.
    """
    said = output.get("text", "") if output.output_type == "stream" else ""
    return bool(re.fullmatch(r"([\d,]+ of [\d,]+ runs.*\n?)+", said))


def main() -> None:
    """Write the notebooks of the names that are given, or all."""
    parser = argparse.ArgumentParser(prog="python -m notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(path.stem for path in SOURCES)}")
    parser.add_argument("--folder", type=Path, help="where they run")
    given = parser.parse_args()
    for source in SOURCES:
        if not given.names or source.stem in given.names:
            nbformat.write(executed(source, given.folder), source.with_suffix(".ipynb"))
            print(f"written: notebooks/{source.stem}.ipynb", flush=True)


if __name__ == "__main__":
    main()
