"""Pieces of HTML for notebooks, in the colours and type of the page around them: readable on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_CELL = "padding:2px 14px 2px 0;vertical-align:top;white-space:pre-wrap;background:none;border:none"


def block(*parts: str) -> str:
    """Return pieces of HTML one below the other; empty ones are left out."""
    return f'<div style="max-width:72em">{"".join(parts)}</div>'


def paragraph(text: str, *, strong: bool = False, faint: bool = False) -> str:
    """Return a paragraph; nothing for an empty text.

    Args:
        text: what it says.
        strong: whether it is bold.
        faint: whether it is paler than others.
    """
    if not text:
        return ""
    weight = ";font-weight:600" if strong else ""
    pale = ";opacity:0.7" if faint else ""
    return f'<p style="margin:0.5em 0{weight}{pale}">{escape(text)}</p>'


def code(text: str) -> str:
    """Return a line to type; nothing for an empty text."""
    return (
        f'<pre style="margin:0.2em 0 0.5em;white-space:pre-wrap">{escape(text)}</pre>'
        if text
        else ""
    )


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[str] = (),
    strong: Sequence[int] = (),
) -> str:
    """Return a table.

    Args:
        columns: its titles, which differ; if all are white space, it has no head.
        rows: its texts.
        right: the titles of columns that stand at the right.
        strong: the numbers of rows in bold.
    """

    def cells(kind: str, texts: Sequence[str], more: str = "") -> str:
        return "".join(
            f'<{kind} style="{_CELL};text-align:{"right" if column in right else "left"}{more}">{escape(text)}</{kind}>'
            for column, text in zip(columns, texts, strict=True)
        )

    head = ""
    if any(column.strip() for column in columns):
        line = ";border-bottom:1px solid currentColor;font-weight:400;opacity:0.7"
        head = f"<thead><tr>{cells('th', columns, line)}</tr></thead>"
    body = "".join(
        f"<tr>{cells('td', row, ';font-weight:600' if at in strong else '')}</tr>"
        for at, row in enumerate(rows)
    )
    style = "border-collapse:collapse;font-size:inherit;margin:0.5em 0;font-variant-numeric:tabular-nums"
    return f'<table style="{style}">{head}<tbody>{body}</tbody></table>'
