"""Checks of what a method declares: its card, its hyperparameters, their domains and grids."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any

from bridle.grammar import Call, Value, parse_call
from bridle.methods.base import Hyperparameter, Method
from bridle.methods.catalogue import methods
from bridle.methods.papers import Paper

GRID_SIZE = 7
"""Number of strengths in every grid, so that every method gets as many configurations."""


def check_card(method: Method) -> None:
    """Check the method's name, card, docstring and order.

    Args:
        method: an instance.
    """
    name = method.name
    demand(parse_call(name) == Call(name), f"{name!r} cannot be read as a method's name")
    demand(name == name.lower(), f"the name {name!r} has capitals; names are lower case")
    for field in fields(method.card):
        text = getattr(method.card, field.name)
        if field.name not in ("papers", "elsewhere"):
            written = isinstance(text, str) and bool(text.strip())
            demand(written, f"{name}: the card has no {field.name}")
    papers = method.card.papers
    demand(
        isinstance(papers, tuple) and all(isinstance(paper, Paper) for paper in papers),
        f"{name}: the card's papers are no tuple of Paper",
    )
    demand(bool((type(method).__doc__ or "").strip()), f"{name}: the class has no docstring")
    order = getattr(method, "order", None)
    demand(
        isinstance(order, int),
        f"{name} has no order; declare its place among methods, such as order = Order.PENALTY + 5",
    )
    same = [o.name for o in methods().values() if o.order == order and o.name != name]
    demand(
        not same,
        f"{name} has the same order as {', '.join(same)}; add a number: no two methods stand in one place",
    )


def check_hyperparameters(method: Method) -> None:
    """Check what the method declares: domains, defaults, neutral values and grids.

    Args:
        method: an instance.
    """
    names = [declared.name for declared in method.hyperparameters]
    demand(len(set(names)) == len(names), f"{method.name}: a hyperparameter is declared twice")
    for declared in method.hyperparameters:
        _check_hyperparameter(f"{method.name}.{declared.name}", declared)
    tuned = [declared.name for declared in method.hyperparameters if declared.grid]
    demand(
        len(tuned) <= 1,
        f"{method.name}: several hyperparameters have a grid ({tuned}); one is the strength",
    )
    strength = method.strength()
    if strength is not None:
        first = method.hyperparameters[0].name
        demand(
            strength.name == first,
            f"{method.name}: the strength {strength.name} is not declared first",
        )
        demand(
            strength.neutral is not None,
            f"{method.name}: the strength {strength.name} has no neutral value",
        )
    neutral = [declared.neutral is not None for declared in method.hyperparameters]
    demand(
        not method.shared or all(neutral),
        f"{method.name} is part of every program (shared), so all its hyperparameters need a neutral value",
    )


def _check_hyperparameter(place: str, declared: Hyperparameter) -> None:
    demand(bool(declared.help.strip()), f"{place} has no help text")
    demand(
        bool(declared.domain.describe().strip()), f"the domain of {place} does not describe itself"
    )

    def inside(what: str, value: Value) -> None:
        # raises a UserError that names the value if the domain refuses it
        checked = declared.domain.check(f"{what} of {place}", value)
        same = type(checked) is type(value) and checked == value
        demand(same, f"the {what} of {place} is declared as {value!r}, but read as {checked!r}")

    inside("default", declared.default)
    if declared.neutral is not None:
        inside("neutral value", declared.neutral)
    for value in declared.grid:
        inside("grid", value)
    demand(
        not (declared.static and declared.grid),
        f"{place} is static and has a grid; each of its values is a program of its own",
    )
    if declared.grid:
        grid: list[Any] = list(declared.grid)
        demand(
            len(grid) == GRID_SIZE,
            f"the grid of {place} has {len(grid)} values, expected {GRID_SIZE}",
        )
        ascending = all(a < b for a, b in itertools.pairwise(grid))
        demand(ascending, f"the grid of {place} does not ascend: {grid}")
        demand(
            declared.neutral not in grid,
            f"the grid of {place} holds its neutral value {declared.neutral!r}",
        )


def demand(kept: bool, message: str) -> None:
    """Raise an `AssertionError` where a promise is not kept."""
    if not kept:
        raise AssertionError(message)
