"""Jinja templates of programs, and of the pieces that methods declare."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

from bridle.recipes.code import comment, enclosed, literal, paragraph
from bridle.recipes.strengths import Moving


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return a piece of code with values in the place of names; empty if nothing is left of it.

    Args:
        text: a template.
        values: by name.
    """
    found: str = _piece(text).render(**values)
    return found.strip()


def program(template: str, values: Mapping[str, Any]) -> str:
    """Return a program, with import statements where templates wrote them.

    Args:
        template: its name.
        values: by name.
    """
    found: str = _environment().get_template(template).render(**values)
    return found


@functools.cache
def _piece(text: str) -> Any:
    return _environment().from_string(text)


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bridle.recipes", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: literal(value) if isinstance(value, float | tuple | bool) else value,
    )
    environment.filters |= {
        "comment": comment,
        "paragraph": paragraph,
        "literal": literal,
        "split": str.split,
        "peak": lambda value: value.peak if isinstance(value, Moving) else value,
    }
    environment.tests["moving"] = lambda value: isinstance(value, Moving)
    environment.globals |= {"enclosed": enclosed, "gcd": math.gcd}
    return environment
