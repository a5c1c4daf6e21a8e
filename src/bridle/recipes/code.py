"""Python code as `ruff format` lays it out: texts, numbers, calls and imports."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from bridle.errors import visible

WIDTH = 88
"""Length of a line, ruff's own default."""


def literal(value: Any) -> str:
    """Return a value as code: texts in double quotes, numbers without the noise of binary fractions."""
    if isinstance(value, str):
        plain = repr(value)
        if plain[0] == '"' or '"' in value:
            return plain
        return f'"{plain[1:-1]}"'
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return repr(float(f"{value:.12g}")) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return str(value)


def enclosed(
    start: str, parts: Sequence[str], end: str, indent: int = 4, *, each: bool = False
) -> str:
    """Return parts between brackets: on one line, on a line of their own, or each on its own.

    Args:
        start: what comes before them, with the opening bracket.
        parts: arguments or items.
        end: the closing bracket and what follows.
        indent: that all lines will get; the result has none.
        each: whether every part has a line of its own however short they are.
    """
    inside = ", ".join(parts)
    if not each and indent + len(start) + len(inside) + len(end) <= WIDTH:
        return f"{start}{inside}{end}"
    if not each and indent + 4 + len(inside) <= WIDTH and start[-1] == "(":
        return f"{start}\n    {inside}\n{end}"
    lines = "".join(f"    {part},\n" for part in parts)
    return f"{start}\n{lines}{end}"


def imports(wanted: Iterable[str]) -> str:
    """Return import statements in groups, sorted as isort sorts them.

    Args:
        wanted: `import x as y` or `from x import y`, in any order and number.
    """
    plain = {line for line in wanted if line.startswith("import ")}
    names: dict[str, set[str]] = {}
    for line in set(wanted) - plain:
        module, _, name = line.removeprefix("from ").partition(" import ")
        names.setdefault(module, set()).add(name)
    groups: dict[bool, list[str]] = {True: [], False: []}
    for line in sorted(plain, key=lambda line: line.split()[1]):
        groups[line.split()[1] in _STANDARD].append(line)
    for module in sorted(names):
        found = sorted(
            names[module], key=lambda name: (not name.isupper(), not name[0].isupper(), name)
        )
        groups[module in _STANDARD].append(from_import(module, found))
    return "\n\n".join("\n".join(group) for group in groups.values() if group)


def from_import(module: str, names: Sequence[str]) -> str:
    """Return the import of names from a module."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return enclosed(f"from {module} import (", names, ")", 0, each=True)


_STANDARD = {"argparse", "copy", "functools", "math"}


def said(text: str) -> str:
    """Return a text that is safe in a comment and a docstring: one line, without quotes that would end it."""
    return visible(text).replace("\n", " ").replace("\\", "/").replace('"', "'")


def paragraph(text: str, indent: int = 0) -> str:
    """Return a text in lines that leave room for an indent."""
    return "\n".join(_lines(text, WIDTH - indent))


def comment(text: str, indent: int = 4) -> str:
    """Return a text as lines of a comment that leave room for an indent."""
    return "\n".join(f"# {line}" for line in _lines(text, WIDTH - indent - 2))


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(said(text), width, break_long_words=False, break_on_hyphens=False)
