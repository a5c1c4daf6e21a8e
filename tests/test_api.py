"""The API page agrees with the docstrings, and the docstrings are complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import griffe
from docs import api

import bridle


def told() -> Iterator[tuple[str, api.Object]]:
    """Everything on the page by name: functions, classes, and what is in them."""
    for _, found in api.sections(api.package()):
        for name, each in found:
            yield name, each
            if each.is_class:
                yield from ((f"{name}.{own}", member) for own, member in api.members(each))


def test_the_committed_page_is_todays() -> None:
    assert api.PAGE.read_text(encoding="utf-8") == api.page(), "run `make docs`"


def test_every_public_docstring_is_complete() -> None:
    lacking = {name: found for name, each in told() if (found := api.missing(each))}
    assert lacking == {}


def test_everything_public_is_on_the_page() -> None:
    names = {name.removeprefix("bridle.") for name, _ in told()}
    assert set(bridle.__all__) - {"__version__"} <= names
    assert {"Study", "Studies", "Judged", "Diagnosis", "Dataset", "check_method", "Method"} <= names


def test_what_a_docstring_lacks_is_said(tmp_path: Path) -> None:
    (tmp_path / "shaky.py").write_text(
        '''
def add(a: int, b: int) -> int:
    """Add `a`.

    Args:
        c: is no argument.
    """
    if b < 0:
        raise ValueError(b)
    return a + b
'''
    )
    module = griffe.load("shaky", search_paths=[tmp_path], docstring_parser="google")
    assert api.missing(module["add"]) == [
        "Args: b",
        "Args: there is no c",
        "Returns",
        "Raises: ValueError",
    ]
