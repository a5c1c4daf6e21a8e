"""The table of docs/performance.md, written from the results so that the two cannot disagree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS, Row, reached

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN = "<!-- written by `python -m benchmarks --table` -->"
END = "<!-- end of what is written -->"
SIGNS = {"at least": "≥ ", "at most": "≤ ", "within": "± ", "": ""}


def line(benchmark: str, row: Row) -> str:
    """Return one line of the table."""
    unit = row["unit"] if row["unit"] == "×" else f" {row['unit']}"
    verdict = {True: "reached", False: "**missed**", None: ""}[reached(row)]
    goal = "–" if row["goal"] is None else f"{SIGNS[row['sense']]}{number(row['goal'])}{unit}"
    return f"| {benchmark} | {row['what']} | {goal} | {number(row['measured'])}{unit} | {verdict} |"


def number(value: float) -> str:
    """Return a number for people: no exponent, no trailing zero, thousands apart."""
    whole = abs(value) >= 100 or value == int(value)
    return f"{round(value):,}" if whole else f"{value:.3g}"


def section(results: dict[str, Any]) -> str:
    """Return what is written about the results of one machine."""
    kept = {name: figures for name, figures in results.items() if "rows" in figures}
    if not kept:
        return ""
    machines = {json.dumps(figures["machine"], sort_keys=True) for figures in kept.values()}
    parts = []
    for text in sorted(machines):
        facts = json.loads(text)
        versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
        names = ", ".join(n for n, f in kept.items() if f["machine"] == facts)
        parts.append(
            f"{facts['cpu']}, {facts['cores']} cores, Python {facts['python']}; {versions}; "
            f"medians of {repeats(kept, facts)} ({names})."
        )
    lines = ["", "| benchmark | what | goal | measured | |", "|---|---|---|---|---|"]
    lines += [line(name, row) for name, figures in kept.items() for row in figures["rows"]]
    for figures in kept.values():
        for detail in figures.get("details", []):
            lines += ["", detail["title"] + ":", "", _cells(detail["head"])]
            lines += [_cells(["---"] * len(detail["head"])), *map(_cells, detail["lines"])]
    return "\n".join([*parts, *lines])


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def repeats(kept: dict[str, Any], facts: dict[str, Any]) -> str:
    """Return how many repeats the figures of a machine are medians of."""
    counts = sorted({f["repeats"] for f in kept.values() if f["machine"] == facts})
    return " or ".join(map(str, counts))


def written(document: str, body: str) -> str:
    """Return the document with `body` between its markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The document holds no place for the table: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{body}\n\n{END}{after}"


def body() -> str:
    """Return what is written about all machines."""
    sections = [
        section(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(RESULTS.glob("*.json"))
    ]
    return "\n\n".join(text for text in sections if text) or "Nothing is measured yet."


def write() -> Path:
    """Write the results of all machines into the document."""
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), body()), encoding="utf-8")
    return DOCUMENT
