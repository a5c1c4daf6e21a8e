"""One colour for each method everywhere, told apart by colour-blind readers, with a second cue beside it.

The colours are Okabe and Ito's and Paul Tol's, without those that vanish on white. A method keeps its colour
whatever else is in the study; a variant (`l1(update=subgradient)`) is a shade of its method.
"""

from __future__ import annotations

import colorsys
import zlib
from dataclasses import dataclass
from typing import Any

GREY = "#707070"
INK = "#1f2328"
FAINT = "#b8bcc2"

_METHODS = {
    "none": GREY,
    "dropout": "#0072B2",
    "l1": "#D55E00",
    "l2": "#E69F00",
    "weight_decay": "#009E73",
    "elastic_net": "#CC79A7",
    "batch_norm": "#56B4E9",
    "early_stopping": "#882255",
    "augmentation": "#999933",
}
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
    """Return how a method, variant or combination is drawn, a function of its label alone."""
    names = tuple(_METHODS)
    digest = zlib.crc32(label.encode())
    if label in _METHODS:
        place = names.index(label)
        return Appearance(_METHODS[label], "-", _MARKERS[place % len(_MARKERS)])
    marker = _MARKERS[(digest >> 8) % len(_MARKERS)]
    dash = _DASHES[1 + (digest >> 16) % (len(_DASHES) - 1)]
    family = label.partition("(")[0]
    if "+" not in label and family in _METHODS:
        shade = (-0.16, 0.12, -0.26)[digest % 3]
        return Appearance(_shaded(_METHODS[family], shade), dash, marker)
    return Appearance(_OTHERS[digest % len(_OTHERS)], dash, marker)


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
    moved = colorsys.hls_to_rgb(hue, min(max(lightness + by, 0.15), 0.7), saturation)
    return "#" + "".join(f"{round(255 * part):02X}" for part in moved)
