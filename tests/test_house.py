"""The order of files: none imports another that imports it, however far around. One name means one class."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

import bridle


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


def test_no_two_classes_have_one_name() -> None:
    files = defaultdict(list)
    root = Path(bridle.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files[node.name].append(str(path.relative_to(root)))
    assert len(files) > 300
    assert not {name: where for name, where in files.items() if len(where) > 1}
