"""A document as a paper in PDF, set by typst: accessible (PDF/UA-1) and archival (PDF/A-2a). Needs no network."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from bridle.errors import UserError, visible
from bridle.report.draw.common import WIDTH
from bridle.report.encode import encode
from bridle.report.manuscript.blocks import (
    Block,
    Cite,
    Code,
    Commands,
    Figure,
    Inline,
    Items,
    Manuscript,
    Paragraph,
    Strong,
)

STANDARDS: tuple[Any, ...] = ("a-2a", "ua-1")
"""Tagged, titled, every picture described, every font embedded."""

DATE = 0
"""The date that PDF/A asks for, as reproducible builds write it: the same in every paper."""

SERIF = "Libertinus Serif"
"""A family that typst brings along."""

FONTS = "fonts"

_LONG = 28
"""Number of characters up to which a column is as wide as its texts."""


def write(manuscript: Manuscript) -> bytes:
    """Return the paper: the same bytes for the same document.

    Raises:
        UserError: typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise UserError(
            "A paper needs the package typst. Install it with: pip install 'bridle[paper]'"
        ) from None
    with tempfile.TemporaryDirectory(prefix="bridle-paper-") as made:
        folder = Path(made)
        content = _legible(_content(manuscript, folder), folder / FONTS)
        (folder / "content.json").write_text(json.dumps(content), "utf-8")
        entries = "\n\n".join(paper.bibtex for paper in manuscript.references)
        (folder / "references.bib").write_text(entries, "utf-8")
        template = resources.files("bridle.report") / "templates" / "paper.typ"
        main = folder / "paper.typ"
        main.write_text(template.read_text("utf-8"), "utf-8")
        return bytes(
            typst.compile(
                str(main),
                root=str(folder),
                font_paths=[str(folder / FONTS)],
                ignore_system_fonts=True,
                pdf_standards=list(STANDARDS),
                timestamp=DATE,
            )
        )


def _legible(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Copy the fonts that the texts need into a folder, and write out the characters that no font has."""
    from matplotlib.font_manager import FontProperties, findfont

    from bridle.report.draw.fonts import USUAL, fonts_for, standing_in

    further = fonts_for(map(visible, _texts(content)))
    folder.mkdir()
    usual = [findfont(FontProperties(family=USUAL, weight=w)) for w in ("normal", "bold")]
    for path in (*usual, *further.files):
        shutil.copy(path, folder)
    found: dict[str, Any] = _mapped(
        content, lambda text: standing_in(visible(text), further.lacking)
    )
    return {**found, "fonts": [SERIF, USUAL, *further.families]}


def _texts(content: Any) -> Iterator[str]:
    """Yield every text of a tree."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)


def _mapped(content: Any, change: Callable[[str], str]) -> Any:
    """Return a tree with every text changed."""
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {name: _mapped(part, change) for name, part in content.items()}
    return [_mapped(part, change) for part in content] if isinstance(content, list) else content


def _content(manuscript: Manuscript, folder: Path) -> dict[str, Any]:
    """Return what the template reads, and write the pictures into a folder."""
    said = [_inline(part)["text"] for one in manuscript.abstract for part in one.parts]
    return {
        "title": manuscript.title,
        "subject": manuscript.subject,
        "description": " ".join(said),
        "abstract": [_block(one, folder) for one in manuscript.abstract],
        "sections": [
            {"title": one.title, "blocks": [_block(block, folder) for block in one.blocks]}
            for one in manuscript.sections
        ],
        "cited": bool(manuscript.references),
        "made_by": manuscript.made_by,
    }


def _block(block: Block, folder: Path) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "parts": list(map(_inline, block.parts))}
    if isinstance(block, Items):
        return {"kind": "items", "items": [list(map(_inline, one.parts)) for one in block.items]}
    if isinstance(block, Commands):
        return {"kind": "commands", "lines": list(block.lines)}
    if isinstance(block, Figure):
        return _figure(block, folder)
    return {
        "kind": "table",
        "caption": block.caption,
        "note": block.note,
        "titles": list(block.titles),
        "rows": [list(row) for row in block.rows],
        "right": list(block.right),
        "widths": [
            _width([title, *(row[at] for row in block.rows)])
            for at, title in enumerate(block.titles)
        ],
    }


def _figure(block: Figure, folder: Path) -> dict[str, Any]:
    figure, form = block.drawn
    number = len(list(folder.glob("figure-*")))
    file = f"figure-{number}.{form}"
    (folder / file).write_bytes(encode(figure, form))
    return {
        "kind": "figure",
        "file": file,
        "title": f"{block.title.rstrip('.')}{'' if block.title.endswith('?') else '.'}",
        "caption": block.caption,
        "alt": block.alt,
        "width": min(1.0, figure.get_figwidth() / WIDTH),
    }


def _width(texts: Sequence[str]) -> int:
    """Return a share of the page for a column of long texts; 0 for one as wide as its texts."""
    longest = max(map(len, texts))
    return 0 if longest <= _LONG else min(longest, 3 * _LONG)


def _inline(part: Inline) -> dict[str, str]:
    if isinstance(part, Cite):
        return {"kind": "cite", "text": " ".join(paper.key for paper in part.papers)}
    if isinstance(part, Code):
        return {"kind": "code", "text": part.text}
    if isinstance(part, Strong):
        return {"kind": "strong", "text": part.text}
    return {"kind": "text", "text": part}
