"""All methods there are, found by looking: every module of this package that defines one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType

import bridle.methods
from bridle.errors import unknown
from bridle.methods.base import Method


@functools.cache
def methods() -> MappingProxyType[str, Method]:
    """Return every method by name, in alphabetical order with `none` first."""
    found: dict[str, Method] = {}
    for module_info in pkgutil.iter_modules(bridle.methods.__path__):
        module = importlib.import_module(f"bridle.methods.{module_info.name}")
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, Method) and "name" in vars(item):
                found[item.name] = item()
    return MappingProxyType(dict(sorted(found.items(), key=lambda kv: (kv[0] != "none", kv[0]))))


def method(name: str) -> Method:
    """Return the method of that name; hyphens are understood as underscores.

    Raises:
        UserError: nobody knows the name.
    """
    plain = name.strip().lower().replace("-", "_")
    if plain not in methods():
        raise unknown("method", name, methods(), "See `bridle methods`.")
    return methods()[plain]


def shared_methods() -> tuple[str, ...]:
    """Return the names of the methods that are part of every program."""
    return tuple(name for name, found in methods().items() if found.shared and name != "none")
