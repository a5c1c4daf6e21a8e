"""Figures as bytes: the same bytes for the same figure."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Form = Literal["png", "svg", "pdf"]

DPI = {"svg": 72.0, "png": 150.0, "pdf": 72.0}


def encode(figure: Figure, form: Form, title: str = "", description: str = "") -> bytes:
    """Return a figure as PNG, SVG or PDF; no date, no random names.

    Args:
        figure: it is changed: every character gets a glyph (`draw.fonts.fit`).
        form: of the file.
        title: kept in the file, where there is one.
        description: for those who do not see it, likewise.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from bridle.report.draw import fonts
    from bridle.report.draw.common import style

    fonts.fit(figure)
    stream = io.BytesIO()
    canvases: dict[str, Callable[[Figure], Any]] = {
        "svg": FigureCanvasSVG,
        "png": FigureCanvasAgg,
        "pdf": FigureCanvasPdf,
    }
    canvas = canvases[form](figure)
    figure.dpi = DPI[form]
    about = {"Title": title, "Subject" if form == "pdf" else "Description": description}
    about = {name: text for name, text in about.items() if text}
    # not `savefig`, which draws everything twice, the first time only for the layout
    with style():
        if form == "svg":
            canvas.print_svg(stream, metadata={"Date": None, "Creator": None, **about})
            return _shorter(stream.getvalue())
        if form == "pdf":
            dates = dict.fromkeys(("CreationDate", "Creator", "Producer"))
            canvas.print_pdf(stream, metadata={**dates, **about})
        else:
            # compressing harder saves one byte in fifty and takes as long as drawing
            canvas.print_png(stream, metadata={"Software": None, **about})
    return stream.getvalue()


def data_uri(content: bytes, form: Literal["svg", "png"]) -> str:
    """Return an address that holds the picture itself."""
    kind = "image/svg+xml" if form == "svg" else "image/png"
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _shorter(svg: bytes) -> bytes:
    """Round coordinates to an invisible hundredth of a point; numbers below 1 may be scales and stay."""
    return re.sub(rb"\b([1-9]\d*\.\d\d)\d+", rb"\1", svg)
