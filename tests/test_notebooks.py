"""The notebooks are those of their sources, ran to their ends, and do so again."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
import pytest
from notebooks import __main__ as notebooks

NAMES = [path.stem for path in notebooks.SOURCES]


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_notebook_is_the_source_with_outputs(name: str) -> None:
    source = jupytext.read(notebooks.HERE / f"{name}.py")
    kept = nbformat.read(notebooks.HERE / f"{name}.ipynb", as_version=4)
    nbformat.validate(kept)
    assert [(cell.cell_type, cell.source) for cell in kept.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ], "run `make notebooks`"
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    shown = [output for cell in code for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert not [output for output in shown if output.output_type == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name: str) -> None:
    found = notebooks.executed(Path(notebooks.HERE / f"{name}.py"))
    kept = nbformat.read(notebooks.HERE / f"{name}.ipynb", as_version=4)
    for now, before in zip(found.cells, kept.cells, strict=True):
        kinds = [output.output_type for output in now.get("outputs", [])]
        assert kinds == [output.output_type for output in before.get("outputs", [])], now.source
