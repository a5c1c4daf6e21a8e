"""All methods there are, found by looking: every module of this package that defines one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import MappingProxyType

import bridle.methods
from bridle.errors import UserError, shown, unknown
from bridle.grammar import parse_call
from bridle.methods.base import Method
from bridle.names import find, fold


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


def known(name: str) -> Method | None:
    """Return the method that a name means, in any usual spelling or by an alias; `None` if there is none."""
    aliases = {alias: found.name for found in methods().values() for alias in found.aliases}
    proper = find(name, methods(), aliases)
    return None if proper is None else methods()[proper]


def method(name: str) -> Method:
    """Return the method that a name means, in any usual spelling or by an alias.

    Raises:
        UserError: nobody knows the name; where it is something like a method, the message says what that is here.
    """
    found = known(name)
    if found is not None:
        return found
    for other in methods().values():
        for likened, reason in other.likened:
            if fold(likened) == fold(name):
                raise UserError(
                    f"{shown(name)} is not a method: {reason}.",
                    instead=(name, other.name),
                )
    raise unknown("method", name, methods(), "See `bridle methods`.")


def compiled(text: str) -> Method:
    """Return the method that a program's specification names: `spectral_norm(iterations=2)`."""
    call = parse_call(text)
    found = method(call.name)
    return type(found)(**call.arguments) if call.arguments else found


def shared_methods() -> tuple[str, ...]:
    """Return the names of the methods that are part of every program."""
    return tuple(name for name, found in methods().items() if found.shared and name != "none")
