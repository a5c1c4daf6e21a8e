"""One colour for each method everywhere, told apart by colour-blind readers, with a second cue beside it.

The colours are Okabe and Ito's and Paul Tol's, without those that vanish on white; each method declares its own. A
method keeps its colour whatever else is in the study; a variant (`l1(update=subgradient)`) is a shade of its method.
"""

from __future__ import annotations

import colorsys
import zlib
from dataclasses import dataclass
from typing import Any

from bridle.methods.declared import declared
from bridle.registry import loaded

GREY = "#707070"
INK = "#1f2328"
FAINT = "#b8bcc2"

BLUE, VERMILION = "#0072B2", "#D55E00"

_HUES = {"penalty": 0.06, "noise": 0.58, "normalization": 0.5, "stopping": 0.88}
"""Where on the colour circle the colours of a family lie that no method of it has declared."""

_OTHERS = ("#332288", "#117733", "#AA4499", "#44AA99", "#661100", "#6699CC", "#7A5C00", "#5B3A9E")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1.5, 1)))
_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h")

_OPEN = "#5B6168"

VERDICTS = {
    "helps": "#00735C",
    "hurts": "#C2410C",
    "no practical difference": "#3A5A8C",
    "undecided": _OPEN,
    "no verdict": _OPEN,
    "baseline": GREY,
}
"""Verdicts have words beside them wherever they have a colour; each can be read as text on white and on a wash."""

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
    """

    color: str
    dash: Any
    marker: str


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
    color = color or _of_family(family, name)
    if not pinned:
        return Appearance(color, "-", cue or marker)
    shade = (-0.16, 0.12, -0.26)[digest % 3]
    return Appearance(_shaded(color, shade), dash, marker)


def _declared(name: str) -> tuple[str, str, str] | None:
    """Return the family, colour and marker that a method's class declares; `None` for what is no method here."""
    found = declared().get(name)
    if found is not None:
        return found.get("family", ""), found.get("color", ""), found.get("marker", "")
    other = loaded("bridle.methods", name)
    return None if other is None else (other.family, other.color, other.marker)


def _of_family(family: str, name: str) -> str:
    """Return a colour among those of a family, one of so many that two methods hardly share it."""
    digest = zlib.crc32(name.encode())
    hue, lightness, saturation = ((digest >> shift) % 256 / 255 for shift in (0, 8, 16))
    if family in _HUES:
        hue = (_HUES[family] + 0.1 * (hue - 0.5)) % 1.0
    return _written(hue, 0.3 + 0.22 * lightness, 0.4 + 0.4 * saturation)


def color(label: str) -> str:
    """Return a method's colour as `#rrggbb`."""
    return look(label).color


def text_color(label: str) -> str:
    """Return a method's colour, dark enough to be read as text on white."""
    shade = color(label)
    red, green, blue = (int(shade[i : i + 2], 16) / 255 for i in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _shaded(shade, -0.45 * max(light - 0.32, 0.0))


def class_colors(classes: int) -> list[str]:
    """Return a colour for each class; they name classes, never methods."""
    if classes <= len(_TWO):
        return list(_TWO[:classes])
    return [_CLASSES[k % len(_CLASSES)] for k in range(classes)]


def _shaded(color: str, by: float) -> str:
    """Return a colour lighter (positive) or darker (negative) by a share of the whole range."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    return _written(hue, min(max(lightness + by, 0.15), 0.7), saturation)


def _written(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02X}" for part in parts)
