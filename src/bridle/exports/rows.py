"""The preparation of rows as nodes of ONNX: from the columns that a person has to the numbers that a network sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bridle.data.examples import Form
from bridle.exports.graph import Graph, Name
from bridle.exports.normal import to_normal
from bridle.tables import cells
from bridle.tables.column import Column
from bridle.tables.form import TableForm
from bridle.tables.preparation import CYCLES, Encoder, FittedSplit

ARRAY = "X"
"""The name of the input of a model of arrays."""

_HOLDS = {
    "number": "numbers, NaN where missing",
    "date": "days since 1970-01-01, NaN where missing",
    "category": "texts, empty where missing",
    "ordinal": "texts, empty where missing",
    "boolean": "texts, empty where missing",
}
"""What the input of a column holds, by the kind of the column."""


def columns_of(form: Form | TableForm) -> list[dict[str, Any]]:
    """Return what a model's inputs are, as JSON: of a table each column with its kind and what it holds."""
    if isinstance(form, Form):
        return [{"name": ARRAY, "shape": _given(form), "features": list(form.features)}]
    known = {column.name: column for column in form.columns}
    found: list[dict[str, Any]] = []
    for encoder in form.encoders:
        words = known[encoder.column].words
        of = {"words": list(words)} if words else {}
        found.append(
            {"name": encoder.column, "kind": encoder.kind, "holds": _HOLDS[encoder.kind], **of}
        )
    return found


def add_array(graph: Graph, form: Form) -> Name:
    """Add the input of a model of arrays, and return its rows as numbers `[rows, d]`."""
    given = graph.input(ARRAY, np.float32, _given(form), "numbers, none missing")
    if form.channels == "first" and len(form.shape) == 3:
        given = graph.add("Transpose", given, perm=[0, 2, 3, 1])
    return given if len(form.shape) == 1 else graph.reshape(given, [-1, math.prod(form.shape)])


def _given(form: Form) -> list[int]:
    """Return the shape of an example as its owner has it."""
    *sides, last = form.shape
    return [last, *sides] if form.channels == "first" and len(sides) == 2 else [*sides, last]


def add_table(graph: Graph, form: TableForm, fit: FittedSplit) -> Name:
    """Add an input `[rows, 1]` for each column, and return the rows as `FittedSplit.apply` makes them, `[rows, d]`."""
    inputs = [
        graph.input(
            encoder.column,
            np.float64 if encoder.kind in ("number", "date") else str,
            [1],
            _HOLDS[encoder.kind],
        )
        for encoder in form.encoders
    ]
    known = {column.name: column for column in form.columns}
    parts = [
        _encoded(graph, encoder, known[encoder.column], given)
        for encoder, given in zip(form.encoders, inputs, strict=True)
    ]
    found = graph.add("Concat", *parts, axis=1)
    found = graph.add("Where", graph.add("IsNaN", found), graph.constant(fit.fill), found)
    if not len(fit.quantiles):
        return found
    each = [
        graph.add("Gather", found, graph.constant([at], np.int64), axis=1)
        for at in range(len(fit.fill))
    ]
    for at in np.flatnonzero(fit.measured):
        each[at] = to_normal(graph, each[at], fit.quantiles[:, at])
    return graph.add("Concat", *each, axis=1)


def _encoded(graph: Graph, encoder: Encoder, column: Column, given: Name) -> Name:
    """Return what `Encoder.encode` makes of a column, `[rows, k]`."""
    if encoder.kind == "category":
        *_, unseen, missing = encoder.places
        places = dict(zip(encoder.words, encoder.places, strict=False))
        place = graph.translate(given, {**_missing(missing), **places}, unseen, int)
        ones = graph.constant(np.arange(len(encoder.features))[None], np.int64)
        return graph.cast(graph.add("Equal", place, ones), np.float32)
    wide = given
    if encoder.kind == "ordinal":
        positions = {word: at for at, word in enumerate(column.words)}
        wide = graph.cast(graph.translate(given, positions, math.nan, float), np.float64)
    elif encoder.kind == "boolean":
        wide = graph.cast(
            graph.translate(given, _truths(column.words), math.nan, float), np.float64
        )
    shifted = wide
    if encoder.offset:
        shifted = graph.add("Sub", wide, graph.constant(encoder.offset, np.float64))
    parts = [graph.cast(shifted, np.float32)]
    for name in encoder.cycles:
        # the share of the cycle that is over, in double precision
        share = graph.add("Div", wide, graph.constant(CYCLES[name], np.float64))
        share = graph.add("Sub", share, graph.add("Floor", share))
        angle = graph.cast(
            graph.add("Mul", share, graph.constant(2 * np.pi, np.float64)), np.float32
        )
        parts += [graph.add("Sin", angle), graph.add("Cos", angle)]
    if encoder.missing:
        parts.append(graph.cast(graph.add("IsNaN", wide), np.float32))
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)


def _missing(place: int) -> dict[str, int]:
    """Return the place of the texts that stand for missing values, in the usual cases."""
    return {form: place for text in cells.MISSING for form in _cases(text)}


def _truths(words: Sequence[str]) -> Mapping[str, float]:
    """Return 0 and 1 by the words of a boolean column, and by others that mean the same."""
    usual = {form: float(truth) for text, truth in cells.TRUTH.items() for form in _cases(text)}
    return usual | {word: float(at) for at, word in enumerate(words)}


def _cases(text: str) -> tuple[str, ...]:
    return text, text.upper(), text.title(), "NaN" if text == "nan" else text
