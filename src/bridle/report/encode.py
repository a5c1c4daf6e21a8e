"""Figures as bytes: the same bytes for the same figure."""

from __future__ import annotations

import base64
import io
import re
import warnings
from typing import TYPE_CHECKING, Any, Literal

from bridle.errors import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = {"svg": 72.0, "png": 150.0}


def encode(figure: Figure, form: Literal["svg", "png"]) -> bytes:
    """Return a figure as SVG or PNG; no date, no random names."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.text import Text

    from bridle.report.draw.common import style

    for text in figure.findobj(Text):  # names from tables: no control characters, which XML forbids
        if (plain := visible(text.get_text())) != text.get_text():
            text.set_text(plain)
    stream = io.BytesIO()
    canvas: Any = (FigureCanvasSVG if form == "svg" else FigureCanvasAgg)(figure)
    figure.dpi = DPI[form]
    # not `savefig`, which draws everything twice, the first time only for the layout
    with style(), warnings.catch_warnings():
        # a character that the font lacks is drawn as a box, as everywhere
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        if form == "svg":
            canvas.print_svg(stream, metadata={"Date": None, "Creator": None})
            return _shorter(stream.getvalue())
        # compressing harder saves one byte in fifty and takes as long as drawing
        canvas.print_png(stream, metadata={"Software": None})
    return stream.getvalue()


def data_uri(content: bytes, form: Literal["svg", "png"]) -> str:
    """Return an address that holds the picture itself."""
    kind = "image/svg+xml" if form == "svg" else "image/png"
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _shorter(svg: bytes) -> bytes:
    """Round coordinates to an invisible hundredth of a point; numbers below 1 may be scales and stay."""
    return re.sub(rb"\b([1-9]\d*\.\d\d)\d+", rb"\1", svg)
