"""What a document consists of. Texts are plain: every writer escapes them in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from bridle.methods.papers import Paper
from bridle.report.encode import Form


@dataclass(frozen=True)
class Code:
    """Words as they are typed: a command, a name."""

    text: str


@dataclass(frozen=True)
class Cite:
    """A reference to one or several papers."""

    papers: tuple[Paper, ...]


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    text: str


Inline: TypeAlias = str | Code | Cite | Strong


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: texts, one after the other."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Items:
    """A list of paragraphs."""

    items: tuple[Paragraph, ...]


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes:
        caption: what it shows.
        titles: of the columns.
        rows: texts, as many as titles.
        right: which columns are numbers, written at the right.
        note: how to read it; may be empty.
    """

    caption: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    note: str = ""


@dataclass(frozen=True)
class Commands:
    """Lines to type."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes:
        name: of the figure, and of its file.
        title: as a heading.
        caption: how to read it.
        alt: what it shows, for those who do not see it.
        drawn: a matplotlib figure, with the file format that suits it, `svg` or `png`.
    """

    name: str
    title: str
    caption: str
    alt: str
    drawn: tuple[Any, Form]


Block: TypeAlias = Paragraph | Items | TableBlock | Commands | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what follows it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Manuscript:
    """A document.

    Attributes:
        title: the question.
        subject: data, methods, replicates, in a line.
        abstract: the verdict and what to use now.
        sections: the rest.
        made_by: the program and its versions.
    """

    title: str
    subject: str
    abstract: tuple[Paragraph, ...]
    sections: tuple[Section, ...]
    made_by: str

    @property
    def references(self) -> tuple[Paper, ...]:
        """The papers that are cited, in the order of their first citation."""
        found: dict[str, Paper] = {}
        for paragraph in self.paragraphs:
            for part in paragraph.parts:
                for paper in part.papers if isinstance(part, Cite) else ():
                    found.setdefault(paper.key, paper)
        return tuple(found.values())

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """All paragraphs, those of lists too."""
        found = [*self.abstract]
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    found.append(block)
                elif isinstance(block, Items):
                    found += block.items
        return tuple(found)


def paragraph(*parts: Inline) -> Paragraph:
    """Return a paragraph of texts, without those that are empty."""
    return Paragraph(tuple(part for part in parts if part))
