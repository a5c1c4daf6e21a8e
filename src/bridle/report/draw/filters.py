"""Draws first-layer weights as images, a row for each method."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from bridle.report.draw.common import WIDTH, bare, new_figure, style, title
from bridle.report.figures.filters import UNITS, FiltersFigure
from bridle.report.palette import looks

_MAP = "PuOr_r"


def draw(record: FiltersFigure) -> Figure:
    """Draw one row of squares for each method."""
    with style():
        rows = len(record.methods)
        side = WIDTH / UNITS
        figure = new_figure(WIDTH, 0.1 + (side + 0.32) * rows)
        grid: Any = figure.subplots(rows, UNITS, squeeze=False)
        shown = looks(one.method for one in record.methods)
        for row, one in zip(grid, record.methods, strict=True):
            title(row[0], one.method, shown[one.method], width=40)
            for axes in row:
                bare(axes)
            for axes, image in zip(row, one.images, strict=False):
                axes.imshow(
                    _painted(image, record.limit),
                    interpolation="nearest",
                    cmap=_MAP,
                    vmin=0,
                    vmax=1,
                )
    return figure


def _painted(image: npt.NDArray[np.float32], limit: float) -> npt.NDArray[np.float32]:
    """Return weights [height, width, channels] as colours from 0 to 1, or as one number a pixel for a colour map."""
    scaled = np.clip(0.5 + image / (2 * limit), 0, 1)
    return np.asarray(scaled if image.shape[-1] == 3 else scaled.mean(axis=-1))
