"""Run notebooks and write them with their outputs: `python -m notebooks [NAME …]`, or `make notebooks`.

Each `NAME.py` of this folder, cells apart by `# %%`, becomes `NAME.ipynb`. It runs in an empty folder.
"""

from __future__ import annotations

import re
import sys
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


def executed(source: Path) -> Any:
    """Run a notebook and return it with its outputs.

    Args:
        source: of its cells.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = jupytext.read(source)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": kernel}
    with tempfile.TemporaryDirectory() as folder:
        runs_in = {"metadata": {"path": folder}}
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
    return bool(re.fullmatch(r"(\d+ of \d+ runs.*\n?)+", said))


def main(names: list[str]) -> None:
    """Write the notebooks of these names, or all."""
    for source in SOURCES:
        if not names or source.stem in names:
            nbformat.write(executed(source), source.with_suffix(".ipynb"))
            print(f"written: notebooks/{source.stem}.ipynb", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
