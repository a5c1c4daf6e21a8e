"""The constants that the methods of this package declare, read without importing JAX.

Colours are also needed for tables of other people's runs, where nothing is trained and JAX is not needed.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@functools.cache
def class_constants() -> Mapping[str, Mapping[str, Any]]:
    """Return the constants of every method's class, such as its `family` and `color`, by the method's name."""
    found = {}
    for file in files("bridle.methods").iterdir():
        if file.name.endswith(".py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    own = dict(_constants(node))
                    if isinstance(own.get("name"), str):
                        found[own["name"]] = MappingProxyType(own)
    return MappingProxyType(found)


def _constants(node: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    for line in node.body:
        if isinstance(line, ast.Assign):
            target, value = line.targets[0], line.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, constant in pairs:
                if isinstance(name, ast.Name) and isinstance(constant, ast.Constant):
                    yield name.id, constant.value
