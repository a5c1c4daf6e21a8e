"""Write docs/api.md from the docstrings of what people call and hold: `python -m docs.api`, or `make docs`."""

from __future__ import annotations

import ast
import functools
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import griffe

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
HEAD = """# API

<!-- written by `make docs` from the docstrings; do not edit -->

What can be called and held from Python. Everything else may change without notice.
"""
ROOMS = {
    "data": "Data: `bridle.data`",
    "models": "Networks to keep: `bridle.models`",
    "testing": "Checks for a method of your own: `bridle.testing`",
    "methods.base": "What a method is made of: `bridle.methods.base`",
    "methods.papers": "What a card cites: `bridle.methods.papers`",
    "methods.hook_types": "What hooks see and return: `bridle.methods.hook_types`",
    "networks.base": "What a network is made of: `bridle.networks.base`",
    "optimizers.base": "What an optimizer is made of: `bridle.optimizers.base`",
    "tasks.base": "What a task is made of: `bridle.tasks.base`",
}
"""The public rooms by path, with their headings: what `__all__` names, or what a module defines."""

SECTIONS = griffe.DocstringSectionKind
LISTS = {
    SECTIONS.parameters: "Args",
    SECTIONS.attributes: "Attributes",
    SECTIONS.returns: "Returns",
    SECTIONS.yields: "Yields",
    SECTIONS.raises: "Raises",
}
"""Sections that are lists, with their titles on the page."""
RETURNS = {SECTIONS.returns, SECTIONS.yields}
"""Sections that say what is returned."""
SAYS = {"Return", "Say", "Yield", "Draw", "Make", "Change", "Wrap", "Keep", "See"}
"""First words of a docstring that says by itself what is returned."""
Object: TypeAlias = griffe.Object | griffe.Alias


@functools.cache
def package() -> griffe.Object:
    """Return Bridle as griffe reads it, without importing it."""
    options = {"returns_multiple_items": False, "returns_named_value": False, "warnings": False}
    found = griffe.load(
        "bridle",
        search_paths=[ROOT / "src"],
        docstring_parser="google",
        docstring_options=options,  # type: ignore[arg-type]
        resolve_aliases=True,
    )
    assert isinstance(found, griffe.Object)
    return found


def sections(bridle: griffe.Object) -> Iterator[tuple[str, list[tuple[str, Object]]]]:
    """Yield the headings of the page, each with the names and objects under it."""
    top = {name: target(bridle[name]) for name in map(str, bridle.exports or ()) if name[0] != "_"}
    calls = {name: each for name, each in top.items() if each.is_function}
    held = {each.name: each for call in calls.values() for each in returned(bridle, call)}
    held |= {name: each for name, each in top.items() if each.is_class}
    yield "Call", [(f"bridle.{name}", each) for name, each in calls.items()]
    yield "Hold", [(name, each) for name, each in held.items()]
    for path, heading in ROOMS.items():
        room = bridle[path]
        names = list(map(str, room.exports or ())) or [
            n for n, m in room.members.items() if not m.is_alias
        ]
        yield heading, [(name, each) for name in names for each in callables(room, name)]


def target(found: Object) -> Object:
    """Return what an alias stands for."""
    return found.final_target if isinstance(found, griffe.Alias) else found


def callables(room: Object, name: str) -> Iterator[Object]:
    """Yield a public class or function of a room; nothing for a constant."""
    try:
        found = target(room[name])
    except griffe.AliasResolutionError:  # constants that are assigned together
        return
    if name[0] != "_" and (found.is_class or found.is_function):
        yield found


def returned(bridle: griffe.Object, call: Object) -> Iterator[Object]:
    """Yield the classes of Bridle's that a function returns, as its annotation says."""
    returns = getattr(call, "returns", None)
    for part in returns.iterate(flat=True) if isinstance(returns, griffe.Expr) else ():
        if isinstance(part, griffe.ExprName) and part.canonical_path.startswith("bridle."):
            yield target(bridle[part.canonical_path.removeprefix("bridle.")])


def members(found: Object) -> Iterator[tuple[str, Object]]:
    """Yield the public methods and properties of a class, those that it inherits first."""
    for name, member in found.all_members.items():
        if name[0] != "_" and (member.is_function or "property" in member.labels):
            yield name, member


def signature(found: Any, name: str) -> str:
    """Return how something is called, without `self` and annotations."""
    shown, star = [], False
    for p in found.parameters:
        if p.name in ("self", "cls"):
            continue
        kind = p.kind.value if p.kind else ""
        if kind == "keyword-only" and not star:
            shown.append("*")
            star = True
        star = star or kind == "variadic positional"
        mark = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        default = "" if p.default is None or mark else f"={p.default}"
        shown.append(f"{mark}{p.name}{default}")
    return f"{name}({', '.join(shown)})"


def parsed(found: Object) -> list[Any]:
    """Return the sections of a docstring; none where there is no docstring."""
    return list(found.docstring.parsed) if found.docstring else []


def one_line(text: str) -> str:
    """Return text of a list's item on one line."""
    return " ".join(text.split())


def told(item: Any, found: Object) -> str:
    """Return an item of a docstring's list: what it is about, and its text."""
    text = one_line(item.description)
    if isinstance(item, griffe.DocstringReturn | griffe.DocstringYield):
        # a sentence with a colon is read as a type and a description
        own = str(item.annotation) == str(getattr(found, "returns", None))
        return text if own else f"{item.annotation}: {text}"
    return f"`{getattr(item, 'name', item.annotation)}`: {text}"


def body(found: Object) -> Iterator[str]:
    """Yield the paragraphs and lists of a docstring."""
    for part in parsed(found):
        if part.kind in LISTS:
            items = [f"- {told(item, found)}" for item in part.value]
            yield f"*{LISTS[part.kind]}*\n\n" + "\n".join(items)
        elif part.kind is SECTIONS.examples:
            yield "\n\n".join(str(text) for _, text in part.value)
        elif part.kind is SECTIONS.admonition:
            yield f"{part.title}: {one_line(part.value.description)}"
        else:
            yield str(part.value)


def entry(name: str, found: Object) -> Iterator[str]:
    """Yield what the page says of one function or class."""
    yield f"### `{signature(found, name) if found.is_function else name}`"
    yield from body(found)
    if not found.is_class:
        return
    for own, member in members(found):
        yield f"#### `{signature(member, own) if member.is_function else own}`"
        yield from body(member)


def page() -> str:
    """Return the whole page."""
    parts = [HEAD.strip()]
    for heading, found in sections(package()):
        parts.append(f"## {heading}")
        for name, each in found:
            parts.extend(text.strip() for text in entry(name, each))
    return "\n\n".join(parts) + "\n"


def missing(found: Object) -> list[str]:
    """Say what a docstring lacks: attributes of a class; arguments, what is returned and raised of a function.

    An argument is told in Args, or named in backticks in the text, or in that of the class for arguments that its
    methods share. A function returns what its first sentence says if that begins with "Return" or the like.
    """
    if not found.docstring:
        return ["a docstring"]
    there = {part.kind: part for part in parsed(found)}
    if found.is_class:
        # an attribute that keeps an argument is told with the arguments
        kinds = (SECTIONS.attributes, SECTIONS.parameters)
        named = {i.name for kind in kinds for i in _items(there, kind)} | _backticks(found)
        fields = [n for n, m in found.members.items() if m.is_attribute and n[0] != "_"]
        own = [n for n in fields if "property" not in found.members[n].labels and n.islower()]
        return [f"Attributes: {name}" for name in own if name not in named]
    text = found.docstring.value
    lacking = []
    if found.is_function:
        told = {item.name.lstrip("*") for item in _items(there, SECTIONS.parameters)}
        asked = {p.name.lstrip("*") for p in getattr(found, "parameters", ())} - {"self", "cls"}
        named = told | _backticks(found) | (_backticks(found.parent) if found.parent else set())
        lacking += [f"Args: {name}" for name in sorted(asked - named)]
        lacking += [f"Args: there is no {name}" for name in sorted(told - asked)]
        returns, says = str(getattr(found, "returns", None)), text.split()[0] in SAYS
        if returns not in ("None", "Never") and not says and not there.keys() & RETURNS:
            lacking.append("Returns")
    raised = {str(item.annotation) for item in _items(there, SECTIONS.raises)}
    return lacking + [f"Raises: {name}" for name in sorted(_raises(found)) if name not in raised]


def _items(there: dict[Any, Any], kind: Any) -> list[Any]:
    return list(there[kind].value) if kind in there else []


def _backticks(found: Object) -> set[str]:
    """Return the names that a docstring writes in backticks."""
    return set(re.findall(r"`(\w+)[^`]*`", found.docstring.value)) if found.docstring else set()


def _raises(found: Object) -> set[str]:
    """Return the names of the exceptions that the body of a function raises by itself."""
    tree = ast.parse(textwrap.dedent(found.source)) if found.source else ast.Module([], [])
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
    names = [call.func if isinstance(call, ast.Call) else call for call in calls]
    return {name.id for name in names if isinstance(name, ast.Name) and name.id[0].isupper()}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
