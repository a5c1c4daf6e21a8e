"""Numbers that may be left to the study: a whole number, or `auto`."""

from __future__ import annotations

from typing import Any, Literal

from bridle.domains import Integer
from bridle.errors import UserError, closest

AUTO: Literal["auto"] = "auto"
"""Stands for a number that the study finds."""


def whole_or_auto(name: str, value: Any, most: int) -> int | Literal["auto"]:
    """Return a number from 1 to `most`, or `"auto"`.

    Raises:
        UserError: it is neither.
    """
    domain = Integer(1, most)
    if not isinstance(value, str):
        return domain.check(name, value)
    word = value.strip().lower()
    if word == AUTO:
        return AUTO
    near = f"Did you mean {AUTO}?" if word.startswith(AUTO) or closest(word, (AUTO,)) else ""
    raise UserError(
        argument=name,
        expected=f"{domain.describe()}, or {AUTO}",
        received=value,
        advice=near,
        instead=(value, AUTO) if near else None,
    )
