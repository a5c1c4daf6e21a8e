"""Open registries: what Bridle ships, what installed packages add, and what `module:Name` names.

A package adds to a registry by an entry point of its group:

    [project.entry-points."bridle.methods"]
    input_noise = "mypackage.noise:InputNoise"

Anything that can be imported can also be named directly, as in `mypackage.noise:InputNoise(sigma=0.1)`. Plans and
tables hold either name, and it brings back the same thing in another process. Packages are imported only when their
entries are used or listed; one that cannot be imported does not affect the others.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import pkgutil
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType
from typing import Any, Generic, TypeVar

from bridle.errors import Unquoted, UserError, listed_names, shown, unknown
from bridle.grammar import Call, is_reference, parse_call
from bridle.names import find, fold
from bridle.signature import Argument

T = TypeVar("T", bound=Any)


_LOADED: dict[tuple[str, str], Any] = {}


def loaded(group: str, name: str) -> Any:
    """Return what a registry has loaded from outside under a name already; `None` where it has not. Imports nothing."""
    return _LOADED.get((group, name))


class UnavailableError(UserError):
    """A name means nothing here, or what it means cannot be imported; elsewhere it may."""


_NAME = re.compile(r"[a-z_][a-z0-9_-]*\Z")


class Registry(Generic[T]):
    """Things with a `name`, perhaps `aliases`, and a `signature()` that reads their arguments.

    Args:
        group: of the entry points, such as `bridle.methods`.
        noun: what messages call one, such as `method`.
        built_in: returns what Bridle ships, in the order of lists.
        accept: checks what a package or a reference gave and returns it under a name; called as
            `accept(found, name, origin)`; raises a UserError that begins with the origin.
        aliases: what others call the built-in ones, with their names; beside the `aliases` of each.
        advice: ends the message about an unknown name.
    """

    def __init__(
        self,
        group: str,
        noun: str,
        built_in: Callable[[], Iterable[T]],
        accept: Callable[[Any, str, str], T],
        aliases: Mapping[str, str] | None = None,
        advice: str = "",
    ) -> None:
        self.group, self.noun = group, noun
        self._accept, self._advice = accept, advice
        self._other_names = dict(aliases or {})
        self._ship = built_in
        self._referred: dict[str, T] = {}
        self._sources: dict[str, Any] = {}

    @functools.cached_property
    def built_in(self) -> Mapping[str, T]:
        """What Bridle ships, by name."""
        return MappingProxyType({item.name: item for item in self._ship()})

    @functools.cached_property
    def _aliases(self) -> Mapping[str, str]:
        own = {alias: item.name for item in self.built_in.values() for alias in _aliases(item)}
        return self._other_names | own

    @functools.cached_property
    def _points(self) -> Mapping[str, tuple[EntryPoint, ...]]:
        """The entry points of the group by folded name."""
        found: dict[str, tuple[EntryPoint, ...]] = {}
        for point in sorted(entry_points(group=self.group), key=lambda point: point.name):
            key = fold(point.name)
            # a package that is found twice on the path is still one
            if all(point.value != other.value for other in found.get(key, ())):
                found[key] = (*found.get(key, ()), point)
        return found

    @functools.cached_property
    def _added(self) -> Mapping[str, T]:
        """What installed packages add, as far as it can be loaded."""
        found = {}
        for key in self._points:
            if key not in self.broken:
                item = self._load(key)
                found[item.name] = item
        return found

    @functools.cached_property
    def broken(self) -> Mapping[str, str]:
        """Why entry points of installed packages cannot be used, by folded name."""
        found = {}
        for key in self._points:
            try:
                self._load(key)
            except UserError as error:
                found[key] = str(error)
        return found

    def all(self) -> Mapping[str, T]:
        """Return everything with a name: what Bridle ships, then what installed packages add."""
        return {**self.built_in, **self._added}

    def known(self, name: str) -> T | None:
        """Return what a name means, in any usual spelling, by an alias or as `module:Name`; `None` if nothing.

        Raises:
            UserError: the name belongs to a package or module that cannot be used.
        """
        if name in self.built_in:  # the usual case, asked for every run
            return self.built_in[name]
        proper = find(name, self.built_in, self._aliases)
        if proper is not None:
            return self.built_in[proper]
        if is_reference(name.strip()):
            return self._refer(name.strip())
        if fold(name) in self._points:
            return self._load(fold(name))
        others = {alias: item.name for item in self._added.values() for alias in _aliases(item)}
        proper = find(name, (), others)
        return None if proper is None else self._added[proper]

    def get(self, name: str) -> T:
        """Return what a name means, as `known` does.

        Raises:
            UserError: nothing has that name, or what has it cannot be used.
        """
        found = self.known(name)
        if found is None:
            error = unknown(self.noun, name, self.all(), self._advice)
            raise UnavailableError(error.message, error.instead)
        return found

    def read(self, text: str) -> tuple[T, Call]:
        """Read `name(argument=value)`: return what it names, and the call in full.

        Raises:
            UserError: the text cannot be read, or a name or argument is unknown or a value outside its domain.
        """
        call = parse_call(text, unnamed=True)
        found = self.get(call.name)
        return found, found.signature().resolve(call)

    def _load(self, key: str) -> T:
        """Return the entry of a folded name, loaded and checked once."""
        point, *others = self._points[key]
        origin = _origin(point)
        proper = find(point.name, self.built_in, self._aliases)
        if proper is not None:
            raise UserError(
                f"The {self.noun} {origin} has the name of Bridle's own {self.noun} {proper} "
                f"({_place(self.built_in[proper])}). Write it {point.value}."
            )
        if others:
            raise UserError(
                f"Two packages call a {self.noun} {point.name}: {origin} and {_origin(others[0])}. "
                f"Write the one that is meant: {point.value} or {others[0].value}."
            )
        if point.name not in self._referred:
            if not _NAME.match(point.name):
                raise UserError(
                    argument=f"The {self.noun} {origin}",
                    verb="have",
                    expected="a name of lower-case letters, digits and underscores",
                    received=point.name,
                )
            found = _import(point.value, self.noun, f"The {self.noun} {origin}")
            self._keep(point.name, self._accept(found, point.name, point.value))
        return self._referred[point.name]

    def _refer(self, reference: str) -> T:
        """Return what `module:Name` names now, defined anew or not; what Bridle ships keeps its own name."""
        found = _import(reference, self.noun, f"The {self.noun} {reference}")
        if reference not in self._referred or found is not self._sources[reference]:
            for item in self.built_in.values():
                if found is item or found is type(item):
                    return item
            self._keep(reference, self._accept(found, reference, reference))
            self._sources[reference] = found
        return self._referred[reference]

    def _keep(self, name: str, item: T) -> None:
        self._referred[name] = _LOADED[self.group, name] = item


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Import the modules of a package one by one, in alphabetical order."""
    for info in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


def classes_of(package: ModuleType, base: Any) -> list[Any]:
    """Return the classes that the modules of a package define and that have a `name` of their own."""
    found = []
    for module in modules_of(package):
        for item in vars(module).values():
            own = isinstance(item, type) and item.__module__ == module.__name__
            if own and issubclass(item, base) and isinstance(vars(item).get("name"), str):
                found.append(item)
    return found


def accept_class(found: Any, name: str, origin: str, base: Any, declares: Mapping[str, Any]) -> Any:
    """Return a class under a name, after checking what it declares.

    Args:
        found: what a package or a reference gave.
        name: under which it is known here: that of the class, or `module:Name`.
        origin: where it comes from, for messages.
        base: what it must be a subclass of.
        declares: the type of each attribute; `[Argument]` for a tuple of arguments.

    Raises:
        UserError: it is no such class, lacks something, or calls itself otherwise than its entry point.
    """
    kind: Any = found
    if not isinstance(found, type) or not issubclass(found, base):
        raise UserError(
            argument=origin,
            expected=f"a subclass of {base.__module__}.{base.__qualname__}",
            received=found,
        )
    if missing := sorted(getattr(found, "__abstractmethods__", ())):
        raise UserError(
            argument=origin,
            verb="define",
            expected=listed_names(missing),
            received=Unquoted("a class without"),
        )
    check_declared(found, origin, {"name": str, **declares})
    if is_reference(name):
        own = {"name": name, "__module__": found.__module__, "__doc__": found.__doc__}
        return types.new_class(found.__name__, (found,), exec_body=lambda ns: ns.update(own))
    check_name(kind.name, name, origin)
    return kind


def check_name(own: str, name: str, origin: str) -> None:
    """Raise a UserError for what calls itself otherwise than its entry point."""
    if own != name:
        raise UserError(
            argument=f"{origin}.name", expected=f"that of its entry point, {name}", received=own
        )


def check_declared(found: Any, origin: str, declares: Mapping[str, Any]) -> None:
    """Raise a UserError that names the attribute which is missing or of another type than declared.

    Args:
        found: the class or object.
        origin: where it comes from, for messages.
        declares: the type of each attribute; `[Argument]` for a tuple of arguments.
    """
    for attribute, kind in declares.items():
        each = kind[0] if isinstance(kind, list) else None
        words = f"a tuple of {each.__name__}" if each else f"of type {kind.__name__}"
        if not hasattr(found, attribute):
            raise UserError(
                argument=f"{origin}.{attribute}", expected=words, received=Unquoted("nothing")
            )
        value = getattr(found, attribute)
        right = (
            isinstance(value, kind)
            if each is None
            else isinstance(value, tuple) and all(isinstance(one, each) for one in value)
        )
        if not right:
            raise UserError(argument=f"{origin}.{attribute}", expected=words, received=value)
        if each is not None and issubclass(each, Argument):
            _check_arguments(value, f"{origin}.{attribute}")


def _check_arguments(arguments: Iterable[Argument], origin: str) -> None:
    """Raise a UserError for a name that cannot be written or stands twice, or a default outside its domain."""
    names: list[str] = []
    for argument in arguments:
        if not argument.name.isidentifier() or argument.name in names:
            raise UserError(
                argument=origin,
                verb="have",
                expected="names of letters, digits and underscores, each once",
                received=argument.name,
            )
        names.append(argument.name)
        argument.domain.check(f"{origin}: the default of {argument.name}", argument.default)


def _import(reference: str, noun: str, origin: str) -> Any:
    """Import what `module:Name` names, from the current folder last."""
    place, _, name = reference.partition(":")
    try:
        module = _module(place)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if place != missing and not place.startswith(f"{missing}."):
            raise _failed(origin, place, error) from error
        raise UnavailableError(
            f"{origin} cannot be used: there is no module {shown(missing)} here. Install the package that holds it, "
            f"name its folder in PYTHONPATH, or work in the folder where {missing.partition('.')[0]}.py is."
        ) from None
    except Exception as error:
        raise _failed(origin, place, error) from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            own = [
                n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == place
            ]
            wrong = unknown(f"name in the module {place}", name, own)
            raise UnavailableError(f"{origin} cannot be used. {wrong}", wrong.instead)
        found = getattr(found, part)
    return found


def _module(place: str) -> ModuleType:
    """Import a module; what is not found elsewhere may be in the current folder, which hides nothing else."""
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError:
        here = os.getcwd()
        if here in sys.path or "" in sys.path:
            raise
        sys.path.append(
            here
        )  # stays, so that worker processes and later imports of the module find it too
        importlib.invalidate_caches()
        try:
            return importlib.import_module(place)
        except BaseException:
            sys.path.remove(here)
            raise


def _failed(origin: str, place: str, error: Exception) -> UserError:
    return UnavailableError(
        f"{origin} cannot be used: importing {place} raised {type(error).__name__}: {error}."
    )


def _origin(point: EntryPoint) -> str:
    """Return where an entry point comes from: `noise of the package mypackage 1.0 (mypackage.noise:InputNoise)`."""
    package = f" of the package {point.dist.name} {point.dist.version}" if point.dist else ""
    return f"{point.name}{package} ({point.value})"


def _place(item: Any) -> str:
    kind = item if inspect.isclass(item) else type(item)
    return f"{kind.__module__}:{kind.__qualname__}"


def _aliases(item: Any) -> tuple[str, ...]:
    return tuple(getattr(item, "aliases", ()))
