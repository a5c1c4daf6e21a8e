"""Numbers as quantiles of the normal distribution, as nodes of ONNX, which has neither."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridle.exports.graph import Graph, Name
from bridle.tables.preparation import EDGE

# Wichura 1988, Algorithm AS 241, Applied Statistics 37(3), PPND7: about 1 in 10⁷; coefficients from the lowest power on
_MIDDLE = (
    (3.3871327179, 50.434271938, 159.29113202, 59.109374720),
    (1.0, 17.895169469, 78.757757664, 67.187563600),
)
_TAILS = (
    (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103),
    (1.0, 0.73700164250, 0.12021132975),
)


def to_normal(graph: Graph, values: Name, knots: NDArray[Any]) -> Name:
    """Return float32 values `[rows, 1]` as `tables.preparation` transforms them by quantiles `[q]`."""

    def number(value: Any) -> Name:
        return graph.constant(value, np.float64)

    known, last = knots.astype(np.float64), len(knots) - 1
    levels = np.linspace(0, 1, len(knots))
    wide = graph.cast(values, np.float64)
    each = number(known[None])

    def between(kind: str) -> Name:
        """Return the level between two knots: those around the last or the first that equals a value."""
        passed = graph.cast(graph.add(kind, each, wide), np.int64)
        count = graph.add("ReduceSum", passed, graph.constant([1], np.int64), keepdims=1)
        place = graph.add("Sub", count, graph.constant(1, np.int64))
        bounds = graph.constant(0, np.int64), graph.constant(max(last - 1, 0), np.int64)
        lower = graph.add("Min", graph.add("Max", place, bounds[0]), bounds[1])
        upper = graph.add("Add", lower, graph.constant(min(last, 1), np.int64))
        (x0, y0), (x1, y1) = (
            [graph.add("Gather", number(table), at, axis=0) for table in (known, levels)]
            for at in (lower, upper)
        )
        share = graph.add("Div", graph.add("Sub", wide, x0), graph.add("Sub", x1, x0))
        return graph.add("Add", y0, graph.add("Mul", share, graph.add("Sub", y1, y0)))

    both = graph.add("Add", between("LessOrEqual"), between("Less"))
    share = graph.add("Mul", both, number(0.5))
    for kind, knot, level in (("GreaterOrEqual", known[-1], 1.0), ("LessOrEqual", known[0], 0.0)):
        outside = graph.add(kind, wide, number(knot))
        share = graph.add("Where", outside, number(level), share)
    share = graph.add("Min", graph.add("Max", share, number(EDGE)), number(1 - EDGE))
    return graph.cast(_quantile(graph, share), np.float32)


def _quantile(graph: Graph, share: Name) -> Name:
    """Return the quantiles of the normal distribution for shares between 1e-11 and 1 − 1e-11, double precision."""

    def number(value: Any) -> Name:
        return graph.constant(value, np.float64)

    def ratio(x: Name, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Name:
        parts = []
        for polynomial in coefficients:
            *lower, total = (number(one) for one in polynomial)
            for one in reversed(lower):
                total = graph.add("Add", graph.add("Mul", total, x), one)
            parts.append(total)
        return graph.add("Div", *parts)

    centred = graph.add("Sub", share, number(0.5))
    inside = graph.add("Sub", number(0.425**2), graph.add("Mul", centred, centred))
    middle = graph.add("Mul", centred, ratio(inside, _MIDDLE))
    least = graph.add("Min", share, graph.add("Sub", number(1.0), share))
    root = graph.add("Sqrt", graph.add("Neg", graph.add("Log", least)))
    tail = ratio(graph.add("Sub", root, number(1.6)), _TAILS)
    signed = graph.add(
        "Where", graph.add("Less", centred, number(0.0)), graph.add("Neg", tail), tail
    )
    near = graph.add("LessOrEqual", graph.add("Abs", centred), number(0.425))
    return graph.add("Where", near, middle, signed)
