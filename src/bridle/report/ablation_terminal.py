"""The effects of an ablation in the terminal: a table of ingredients, and one of pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bridle.numbers import DASH, many, spoken
from bridle.report import ablation_words
from bridle.verdict.ablation import Ablation
from bridle.verdict.answer import Answer

PAIRS = 6
"""Maximum number of pairs that are printed without all details, the largest interactions first."""

_STYLES = {
    "carries": "bold green",
    "help one another": "bold green",
    "should go": "bold red",
    "overlap": "bold red",
    "can go": "blue",
    "no practical difference": "blue",
}


def show(answer: Answer, found: Ablation, console: Console, details: bool) -> None:
    """Print the effects of every ingredient and of pairs, and how to read them."""
    shown = ablation_words.rows(answer, found)
    columns = [c for c in ablation_words.columns(found) if any(row[c] != DASH for row in shown)]
    if console.width < _WIDE and "setting" in columns:
        columns.remove("setting")
    console.print(_table(shown, columns, ablation_words.RIGHT, console.width), highlight=False)
    pairs = ablation_words.pair_rows(answer, found)
    most = len(pairs) if details else PAIRS
    if pairs:
        console.print()
        table = _table(pairs[:most], ablation_words.PAIR_COLUMNS, {"interaction"}, console.width)
        console.print(table, highlight=False)
    if left := len(pairs[most:]):
        console.print(Text(f" and {many(left, 'smaller interaction')}", style="dim"))
    console.print()
    console.print(Text(ablation_words.footnote(answer, found)), style="dim", highlight=False)


_NAMES = ("ingredient", "pair")
"""Columns of names, which are written as words and may be broken."""

_WIDE = 100
"""Fewest columns of a terminal in which the settings of ingredients are printed."""


def _table(
    rows: Sequence[Mapping[str, str]], columns: Sequence[str], right: Collection[str], width: int
) -> Padding:
    """Return a table; where `width` is too small for it, intervals stand below their differences."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        number = column in right
        justify: Literal["left", "right"] = "right" if number else "left"
        result.add_column(Text(column), justify=justify, no_wrap=number, overflow="fold")
    shown = [{c: spoken(row[c]) if c in _NAMES else row[c] for c in columns} for row in rows]
    needed = sum(2 + max(len(c), *(len(texts[c]) for texts in shown)) for c in columns)
    below = needed > width
    for texts in shown:
        style = _STYLES.get(texts["verdict"], "")
        result.add_row(
            *(
                Text(
                    texts[c].replace(" [", "\n[") if below and c in right else texts[c],
                    style=style if c == "verdict" else "",
                )
                for c in columns
            )
        )
    return Padding(result, (0, 0, 0, 1))
