"""The forms in which an answer is written: Markdown, LaTeX, JSON, and a paper as PDF."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bridle.domains import Choice
from bridle.files import plain
from bridle.report.manuscript import latex, markdown
from bridle.report.manuscript.blocks import Manuscript

FORMS = ("md", "latex", "json", "pdf")
BINARY = frozenset({"pdf"})
"""Forms that are no texts."""

_ALIASES = (("markdown", "md"), ("tex", "latex"), ("paper", "pdf"))


def checked(form: str) -> str:
    """Return the name of a form.

    Raises:
        UserError: there is no such form.
    """
    return Choice(FORMS, _ALIASES).check("format", form)


def rendered(
    form: str, manuscript: Callable[[bool], Manuscript], document: Callable[[], dict[str, Any]]
) -> bytes:
    """Return an answer in a form, as the bytes of a file.

    Args:
        form: one of `FORMS`.
        manuscript: makes the document, with pictures or without.
        document: makes what JSON holds.

    Raises:
        UserError: there is no such form, or what it needs is not installed.
    """
    form = checked(form)
    if form == "pdf":
        from bridle.report.manuscript.paper import write

        return write(manuscript(True))
    if form == "json":
        return as_json(document())
    text: str = (markdown if form == "md" else latex).write(manuscript(False))
    return text.encode("utf-8", "replace")


def as_json(document: dict[str, Any]) -> bytes:
    """Return a document as JSON, in UTF-8."""
    text = json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "replace")
