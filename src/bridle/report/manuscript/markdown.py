"""A document as Markdown: CommonMark with tables, as GitHub and pandoc read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridle.errors import visible
from bridle.report.manuscript.blocks import (
    Block,
    Cite,
    Code,
    Commands,
    Inline,
    Items,
    Manuscript,
    Paragraph,
    Strong,
    TableBlock,
)

_SPECIAL = re.compile(r"[\\`*\[<>#|~$&]|(?<!\w)_|_(?!\w)")
_FIRST = re.compile(r"^(\d+)([.)])|^([-+=:])")
"""What begins a list, a heading or a table at the start of a block."""


def write(manuscript: Manuscript) -> str:
    """Return the document; figures are left out."""
    numbers = {paper.key: place for place, paper in enumerate(manuscript.references, 1)}
    parts = [f"# {escaped(manuscript.title)}", _begun(escaped(manuscript.subject))]
    parts += [_paragraph(one, numbers) for one in manuscript.abstract]
    for section in manuscript.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [text for block in section.blocks if (text := _block(block, numbers))]
    if numbers:
        parts.append("## References")
        papers = enumerate(manuscript.references, 1)
        parts.append("\n".join(f"{place}. {escaped(paper.reference)}" for place, paper in papers))
    return "\n\n".join([*parts, _begun(escaped(manuscript.made_by))]) + "\n"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    line = " ".join(visible(text).split())
    return _SPECIAL.sub(r"\\\g<0>", line)


def _begun(text: str) -> str:
    """Return the text of a block, which begins neither a list nor a heading."""
    return _FIRST.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", text)


def code(text: str) -> str:
    """Return a text as a code span, which may hold backticks."""
    line = " ".join(visible(text).split())
    fence = "`" * (_longest(line) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}"


def _longest(text: str) -> int:
    """Return the length of the longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)


def _block(block: Block, numbers: dict[str, int]) -> str:
    if isinstance(block, Paragraph):
        return _paragraph(block, numbers)
    if isinstance(block, Items):
        return "\n".join(f"- {_paragraph(item, numbers)}" for item in block.items)
    if isinstance(block, Commands):
        lines = [visible(line) for line in block.lines]
        fence = "`" * max(3, _longest("\n".join(lines)) + 1)
        return "\n".join([fence, *lines, fence])
    return _table(block) if isinstance(block, TableBlock) else ""


def _paragraph(paragraph: Paragraph, numbers: dict[str, int]) -> str:
    return _begun("".join(_inline(part, numbers) for part in paragraph.parts).strip())


def _inline(part: Inline, numbers: dict[str, int]) -> str:
    if isinstance(part, Cite):
        return f" \\[{', '.join(str(numbers[paper.key]) for paper in part.papers)}]"
    if isinstance(part, Code):
        return code(part.text)
    if isinstance(part, Strong):
        return f"**{escaped(part.text)}**"
    around = re.fullmatch(r"(\s*)(.*?)(\s*)", visible(part), re.DOTALL)
    assert around is not None
    return f"{' ' * bool(around[1])}{escaped(around[2])}{' ' * bool(around[3])}"


def _table(table: TableBlock) -> str:
    marks = ["--:" if right else ":--" for right in table.right]
    lines = [table.titles, marks, *table.rows]
    rows = [_row(line if line is marks else [escaped(text) for text in line]) for line in lines]
    note = f"\n\n{_begun(escaped(table.note))}" if table.note else ""
    return f"{_begun(escaped(table.caption))}\n\n" + "\n".join(rows) + note


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
