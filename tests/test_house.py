"""The order of files: none imports another that imports it, however far around."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


def test_no_files_import_one_another_in_a_circle() -> None:
    """Imports inside functions count, and so do those for type checkers alone: a reader follows them too."""
    graph = grimp.build_graph("bridle", cache_dir=None)
    files = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert len(files) > 100
    assert any(files.values())
    try:
        TopologicalSorter(files).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of files: {' → '.join(reversed(error.args[1]))}")
