"""Characters that the usual font lacks: another installed font that has them, or a readable stand-in."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
)
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from bridle.errors import visible

USUAL = "DejaVu Sans"
"""The family that comes with matplotlib, so that figures look alike everywhere."""


@dataclass(frozen=True)
class FallbackFonts:
    """Fonts for the characters that the usual one lacks.

    Attributes:
        families: names of the fonts.
        files: where they lie, in the same order.
        lacking: the characters that no installed font has.
    """

    families: tuple[str, ...]
    files: tuple[str, ...]
    lacking: str


def fit(figure: Figure) -> str:
    """Give every character of a figure a glyph; return the characters that no installed font has.

    Those are written out: `[U+732B]`, and symbols by their names, `[test tube]`. Control characters are escaped.
    """
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    further = fonts_for(visible(text.get_text()) for text in texts)
    families = list(map(_registered, further.families, further.files))

    def legible(text: str) -> str:
        return standing_in(visible(text), further.lacking)

    if any(legible(text.get_text()) != text.get_text() for text in texts):
        axes: Any = figure.findobj(Axes)
        for axis in (axis for one in axes for axis in (one.xaxis, one.yaxis)):
            # ticks with texts of their own get them anew when they are drawn
            if isinstance(write := axis.get_major_formatter(), FuncFormatter):
                axis.set_major_formatter(_after(write, legible))
    for text in texts:
        if (plain := legible(text.get_text())) != text.get_text():
            text.set_text(plain)
        if families:
            text.set_fontfamily([*text.get_fontfamily(), *families])
    return further.lacking


def _after(write: FuncFormatter, legible: Callable[[str], str]) -> FuncFormatter:
    return FuncFormatter(lambda value, place: legible(write(value, place)))


def fonts_for(texts: Iterable[str]) -> FallbackFonts:
    """Return installed fonts for the characters of texts that the usual font lacks."""
    characters = {c for text in texts if not text.isascii() for c in text if c != "\n"}
    return (
        _search("".join(sorted(characters - _usual()))) if characters else FallbackFonts((), (), "")
    )


def standing_in(text: str, lacking: str) -> str:
    """Return a text in which characters that cannot be drawn are written out."""
    runs = re.compile(f"[{re.escape(lacking)}]+") if lacking else None
    return text if runs is None else runs.sub(lambda run: f"[{_spelled(run[0])}]", text)


def _spelled(characters: str) -> str:
    return " ".join(
        unicodedata.name(c).lower() if unicodedata.category(c) == "So" else f"U+{ord(c):04X}"
        for c in characters
    )


@functools.cache
def _usual() -> frozenset[str]:
    """Return the characters that the usual font has, also in bold."""
    faces = [findfont(FontProperties(family=USUAL, weight=w)) for w in ("normal", "bold")]
    regular, bold = (_characters(face) for face in faces)
    return regular & bold


@functools.lru_cache(maxsize=4)
def _characters(path: str) -> frozenset[str]:
    return frozenset(map(chr, FT2Font(path).get_charmap()))


@functools.lru_cache(maxsize=64)
def _search(unusual: str) -> FallbackFonts:
    """Take each time the font that has the most of the characters that are left."""
    left, families, files = set(unusual), [], []
    # matplotlib's own list may be older than the fonts, and names its font of boxes, which has everything
    found = sorted(map(str, findSystemFonts())) if left else []
    able = {path: has for path in found if (has := _of(path) & left)}
    while able:
        path = max(able, key=lambda path: (len(able[path]), _upright(path)))
        families.append(FT2Font(path).family_name)
        files.append(path)
        left -= able[path]
        able = {path: has for path, old in able.items() if (has := old & left)}
    return FallbackFonts(tuple(families), tuple(files), "".join(sorted(left)))


def _registered(family: str, path: str) -> str:
    """Return a name by which matplotlib finds this very file, whatever other faces its family has."""
    name = f"{family} ({path})"
    if all(entry.name != name for entry in fontManager.ttflist):
        fontManager.ttflist += [
            FontEntry(fname=path, name=name, weight=weight, size="scalable")
            for weight in (400, 700)
        ]
    return name


def _of(path: str) -> frozenset[str]:
    """Return the characters of a font that can be drawn in one colour at any size; none of one that cannot be read."""
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError, ValueError):
        return frozenset()
    if not font.scalable or re.search(r"last ?resort|colou?r", font.family_name, re.IGNORECASE):
        return frozenset()
    return frozenset(map(chr, font.get_charmap()))


def _upright(path: str) -> bool:
    return FT2Font(path).style_name.lower() in ("regular", "book", "normal", "roman")
