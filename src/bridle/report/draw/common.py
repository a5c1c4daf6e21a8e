"""What all drawings share: fonts, lines, the frame of small multiples. No pyplot, no global state."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, NullLocator

from bridle.numbers import MINUS
from bridle.report.palette import INK, Appearance, looks

if TYPE_CHECKING:  # older releases of Matplotlib have no such type
    from matplotlib.typing import RcKeyType

WIDTH = 11.0
"""Inches; a page shows them at about 100 pixels each."""

STYLE: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#9aa0a6",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#eceef0",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name is one
    "xtick.color": "#5b6168",
    "ytick.color": "#5b6168",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "bridle",
    "path.simplify": True,
}


@contextmanager
def style() -> Iterator[None]:
    """Apply the fonts and lines of Bridle's figures within a block."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


class NotebookFigure(Figure):
    """A figure that notebooks show without pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=100)
        return content.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, with automatic layout."""
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, wspace=0.02, hspace=0.03)
    figure = NotebookFigure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def columns(panels: int, most: int = 4) -> int:
    """Return how many columns `panels` small multiples get: few rows, evenly filled."""
    return math.ceil(panels / math.ceil(panels / most))


def wrapped(label: str, width: int = 24) -> str:
    """Break a method's label where a reader would, if it is long."""
    if len(label) <= width:
        return label
    parts = label.replace("+", "\n+").split("\n")
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) <= width:
            lines[-1] += part
        else:
            lines.append(part)
    broken = []
    for line in lines:
        if len(line) > width and "(" in line:
            head, _, tail = line.partition("(")
            broken.append(f"{head}(")
            for part in tail.replace(",", ",\n").split("\n"):
                if len(broken[-1]) + len(part) <= width:
                    broken[-1] += part
                else:
                    broken.append(f"  {part}")
        else:
            broken.append(line)
    return "\n".join(broken)


def title(axes: Axes, label: str, look: Appearance, extra: str = "", width: int = 24) -> None:
    """Head a panel with a method's marker and label in its colour."""
    axes.set_title(f"{look.glyph} {wrapped(label, width)}", color=look.text)
    if extra:
        axes.set_title(extra, loc="right", fontsize=8.5, fontweight="normal", color="#5b6168")


def method_rows(axes: Axes, labels: Sequence[str], width: int) -> None:
    """Write the labels of methods beside the rows 0, 1, … of a y axis, with their markers and in their colours."""
    shown = looks(labels)
    texts = [f"{shown[label].glyph} {wrapped(label, width)}" for label in labels]
    axes.set_yticks(range(len(labels)), texts, fontsize=10)
    for tick, label in zip(axes.get_yticklabels(), labels, strict=True):
        tick.set_color(shown[label].text)
        tick.set_fontweight("bold")


def plain_ticks(value: float, _position: int = 0) -> str:
    """Write a tick in plain form: 0.01, 1e-4, with a true minus sign."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e-3 and size < 1e5:
        return f"{value:g}".replace("-", MINUS)
    exponent = math.floor(math.log10(size) + 1e-9)
    mantissa = value / 10**exponent
    return f"{mantissa:.3g}e{exponent}".replace("-", MINUS)


def plain_log_axis(axis: Any) -> None:
    """Label a logarithmic axis in plain numbers, without minor ticks."""
    axis.set_major_formatter(FuncFormatter(plain_ticks))
    axis.set_minor_locator(NullLocator())


def bare(axes: Axes) -> None:
    """Hide the axes, but not what is drawn in them."""
    axes.set_axis_off()
