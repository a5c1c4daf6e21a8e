"""One colour for each method everywhere, told apart by colour-blind readers, with a second cue beside it.

The colours are Okabe and Ito's and Paul Tol's, without those that vanish on white; each method declares its own. A
method keeps its colour whatever else is in the study; a variant (`l1(update=subgradient)`) is a shade of its method.
A label without a colour of its own (a combination, or a method of somebody else) gets one by its name, or the farthest
free one where another method of the study has one that looks the same.
"""

from __future__ import annotations

import colorsys
import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bridle.methods.declared import class_constants
from bridle.registry import loaded

GREY = "#707070"
INK = "#1f2328"
FAINT = "#b8bcc2"

BLUE, VERMILION = "#0072B2", "#D55E00"

_HUES = {
    "penalty": 0.04,
    "weights": 0.1,
    "noise": 0.58,
    "normalization": 0.5,
    "data": 0.17,
    "targets": 0.38,
    "gradient": 0.8,
    "averaging": 0.95,
    "stopping": 0.88,
}
"""Place on the colour circle of a family's colours, for methods that declare none."""

_OTHERS = ("#332288", "#117733", "#AA4499", "#44AA99", "#661100", "#6699CC", "#7A5C00", "#5B3A9E")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1.5, 1)))
_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h")

_SHADES = (-0.16, 0.12, -0.26, 0.24, -0.36)
"""How much darker or lighter than its method a variant is: one of the first three, unless it looks like another."""

GLYPHS = {
    "o": "●",
    "s": "■",
    "D": "◆",
    "^": "▲",
    "v": "▼",
    "P": "✚",
    "X": "✖",
    "h": "⬢",
    "H": "⬣",
    "<": "◀",
    ">": "▶",
    "p": "⬟",
    "d": "♦",
    "*": "★",
    "8": "⬤",
}
"""Characters that look like matplotlib's markers."""

LEAST_APART = 0.06
"""Colours nearer than this in OKLab look alike in thin lines and small marks."""

_OPEN = "#5B6168"

VERDICTS = {
    "helps": "#00735C",
    "hurts": "#C2410C",
    "no practical difference": "#3A5A8C",
    "undecided": _OPEN,
    "no verdict": _OPEN,
    "baseline": GREY,
}
"""Colours of verdicts, readable as text on white and on a tinted background. Words always stand beside them."""

_TWO = ("#7B3294", "#008837")
_CLASSES = (
    "#4477AA",
    "#EE6677",
    "#228833",
    "#CCBB44",
    "#66CCEE",
    "#AA3377",
    "#777777",
    "#332288",
    "#DDAA33",
    "#117733",
)


@dataclass(frozen=True)
class Appearance:
    """How a method is drawn.

    Attributes:
        color: `#rrggbb`.
        dash: a matplotlib line style.
        marker: a matplotlib marker.
        own: whether the colour is what a class declares, or a shade of that.
    """

    color: str
    dash: Any
    marker: str
    own: bool = False

    @property
    def glyph(self) -> str:
        """The character that looks like the marker, for titles and names on axes."""
        return GLYPHS.get(self.marker, "●")

    @property
    def text(self) -> str:
        """The colour, dark enough to be read as text on white."""
        light = _luminance(self.color)
        return _shaded(self.color, -0.45 * max(light - 0.32, 0.0))


def looks(labels: Iterable[str]) -> dict[str, Appearance]:
    """Return how the methods of one study are drawn, told apart by colour and, as far as there are any, by marker.

    Args:
        labels: of the methods, in any order.
    """
    found = {label: look(label) for label in labels}
    taken = [one.color for one in found.values() if one.own]
    markers = {one.marker for one in found.values() if one.own and one.dash == "-"}
    for label in sorted(found):
        one = found[label]
        if one.own and one.dash == "-":
            continue
        if one.marker in markers:
            free_marker = next((m for m in GLYPHS if m not in markers), one.marker)
            one = found[label] = replace(one, marker=free_marker)
        markers.add(one.marker)
        base = look(label.partition("(")[0]).color if one.own else ""
        others = [other for other in taken if other != base]
        if min((apart(one.color, other) for other in others), default=1.0) < LEAST_APART:
            choice = [_shaded(base, shade) for shade in _SHADES] if one.own else _FREE
            free = max(choice, key=lambda color: min(apart(color, other) for other in taken))
            found[label] = replace(one, color=free)
        taken.append(found[label].color)
    return found


def look(label: str) -> Appearance:
    """Return how a method, variant or combination is drawn: as its class declares, else a function of its label."""
    digest = zlib.crc32(label.encode())
    marker = _MARKERS[(digest >> 8) % len(_MARKERS)]
    dash = _DASHES[1 + (digest >> 16) % (len(_DASHES) - 1)]
    name, pinned, _ = label.partition("(")
    own = None if "+" in label else _declared(name)
    if own is None:
        return Appearance(_OTHERS[digest % len(_OTHERS)], dash, marker)
    family, color, cue = own
    declared_color = bool(color)
    color = color or _of_family(family, name)
    if not pinned:
        return Appearance(color, "-", cue or marker, declared_color)
    shade = _SHADES[digest % 3]
    return Appearance(_shaded(color, shade), dash, marker, declared_color)


def _declared(name: str) -> tuple[str, str, str] | None:
    """Return the family, colour and marker that a method's class declares; `None` if there is no such method."""
    found = class_constants().get(name)
    if found is not None:
        return found.get("family", ""), found.get("color", ""), found.get("marker", "")
    other = loaded("bridle.methods", name)
    return None if other is None else (other.family, other.color, other.marker)


def _of_family(family: str, name: str) -> str:
    """Return a colour of a family by a method's name; two methods hardly ever get the same."""
    digest = zlib.crc32(name.encode())
    hue, lightness, saturation = ((digest >> shift) % 256 / 255 for shift in (0, 8, 16))
    if family in _HUES:
        hue = (_HUES[family] + 0.1 * (hue - 0.5)) % 1.0
    return _written(hue, 0.3 + 0.22 * lightness, 0.4 + 0.4 * saturation)


def color(label: str) -> str:
    """Return a method's colour as `#rrggbb`."""
    return look(label).color


def apart(one: str, other: str) -> float:
    """Return how different two colours look: their distance in OKLab, from 0 to 1 (black and white)."""
    return math.dist(_oklab(one), _oklab(other))


def _oklab(color: str) -> tuple[float, float, float]:
    """Return a colour in OKLab (Ottosson 2020, A perceptual color space for image processing)."""
    r, g, b = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _parts_of(color)
    )
    cones = (
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
    )
    long, medium, short = (value ** (1 / 3) for value in cones)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _parts_of(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _luminance(color: str) -> float:
    red, green, blue = _parts_of(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def class_colors(classes: int) -> list[str]:
    """Return a colour for each class of the data."""
    if classes <= len(_TWO):
        return list(_TWO[:classes])
    return [_CLASSES[k % len(_CLASSES)] for k in range(classes)]


def _written(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02X}" for part in parts)


_CANDIDATES = (
    _written(hue / 24, lightness, saturation)
    for lightness in (0.3, 0.4, 0.5)
    for saturation in (0.45, 0.85)
    for hue in range(24)
)
_FREE = tuple(found for found in _CANDIDATES if _luminance(found) < 0.5)  # others vanish on white
"""Colours to choose from where those of two methods look alike."""


def _shaded(color: str, by: float) -> str:
    """Return a colour lighter (positive) or darker (negative) by a share of the whole range."""
    red, green, blue = _parts_of(color)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    return _written(hue, min(max(lightness + by, 0.15), 0.7), saturation)
