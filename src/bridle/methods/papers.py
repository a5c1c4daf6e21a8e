"""What a card cites, declared once: a sentence for readers and an entry of BibTeX are made of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from bridle.numbers import listed

OTHERS = "others"
"""The last author where there are more, who are not named."""


@dataclass(frozen=True)
class Paper:
    """A publication.

    Attributes:
        authors: as BibTeX writes them: `Hinton, Geoffrey and Salakhutdinov, Ruslan`, or `Jordan, Keller and others`.
        year: of publication.
        title: in full.
        venue: the journal, proceedings or book that it appeared in; empty for what appeared on its own.
        volume: of the journal or series.
        arxiv: its number there, such as `1412.6980`.
        url: where it is found, if nothing else says so.
        kind: of the entry in BibTeX.
        about: which part of the method or argument it is about, in a word or two; empty if the whole.
    """

    authors: str
    year: int
    title: str
    venue: str = ""
    volume: str = ""
    arxiv: str = ""
    url: str = ""
    kind: Literal["article", "inproceedings", "incollection", "misc"] = "inproceedings"
    about: str = ""

    @property
    def families(self) -> tuple[str, ...]:
        """The family names of the authors who are named."""
        names = self.authors.split(" and ")
        return tuple(name.partition(",")[0] for name in names if name != OTHERS)

    @property
    def key(self) -> str:
        """The name by which documents cite it: `srivastava2014dropout`."""
        words = re.findall(r"[a-z0-9]+", _ascii(self.title).lower())
        first = next((word for word in words if word not in _SMALL), "")
        return f"{re.sub('[^a-z]', '', _ascii(self.families[0]).lower())}{self.year}{first}"

    @property
    def words(self) -> str:
        """What it is about, authors, year, title and where to find it."""
        return f"{self.about}: {self.reference}" if self.about else self.reference

    @property
    def reference(self) -> str:
        """Authors, year, title and where to find it."""
        more = self.authors.endswith(f" and {OTHERS}")
        names = f"{self.families[0]} et al." if more else listed(self.families)
        where = f"{self.venue} {self.volume}".strip()
        arxiv = f"arXiv:{self.arxiv}" if self.arxiv else ""
        place = "; ".join(part for part in (where, arxiv, self.url) if part)
        return f"{names} {self.year}, {self.title}{', ' if where else '; '}{place}"

    @property
    def cited(self) -> str:
        """Authors and year, as a sentence cites it: `Li et al. 2019`."""
        more = len(self.families) > 2 or self.authors.endswith(f" and {OTHERS}")
        names = f"{self.families[0]} et al." if more else listed(self.families)
        return f"{names} {self.year}"

    @property
    def bibtex(self) -> str:
        """The entry of BibTeX, in UTF-8."""
        alone = bool(self.arxiv) and not self.venue
        within = {"article": "journal", "misc": "howpublished"}.get(self.kind, "booktitle")
        fields = {
            "author": _escaped(self.authors),
            "title": f"{{{_escaped(self.title)}}}",  # capitals stay
            within: _escaped(self.venue),
            "volume": self.volume,
            "year": str(self.year),
            "eprint": self.arxiv,
            "archiveprefix": "arXiv" if self.arxiv else "",
            "url": self.url or (f"https://arxiv.org/abs/{self.arxiv}" if alone else ""),
        }
        lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])


@dataclass(frozen=True)
class Clash:
    """What is known of two methods that do not go well together.

    Attributes:
        found: what the literature found, as a clause that stands alone.
        paper: that found it.
    """

    found: str
    paper: Paper


_SMALL = {"a", "an", "the", "on", "of", "in", "for"}


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _escaped(text: str) -> str:
    """Return a text as BibTeX and LaTeX read it."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text).replace("^", r"\^{}").replace("~", r"\~{}")
