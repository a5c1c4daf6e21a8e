"""Records as a page's script reads them: JSON that is safe inside HTML, with long arrays of numbers compressed."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from markupsafe import Markup

LONG = 64
"""Minimum number of numbers in an array that is packed."""

_KEPT = np.uint32(0xFFFFF000)
"""The bits of a float32 that are kept: sign, exponent and 11 bits (three and a half digits). It halves the size."""


def embedded(document: Any) -> Markup:
    """Return a document as JSON for a `<script type="application/json">`, in which no text can end the script."""
    from markupsafe import Markup

    text = json.dumps(plain(document), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def plain(value: Any) -> Any:
    """Return a record as objects, lists, texts and numbers; `null` stands for what is not finite."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return packed(value) if value.size >= LONG else plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def packed(values: np.ndarray) -> dict[str, Any]:
    """Return an array as its kind, its shape and its numbers, compressed and as text.

    Bytes stay what they are; other numbers become float32 with three digits and a half.
    """
    if values.dtype != np.uint8:
        bits = np.ascontiguousarray(values, dtype="<f4").view("<u4")
        # to the nearest; an overflow of the mantissa carries into the exponent, as it should
        finite = np.isfinite(values)
        values = np.where(finite, (bits + np.uint32(0x800)) & _KEPT, bits).astype("<u4")
    content = zlib.compress(np.ascontiguousarray(values).tobytes(), 9)
    return {
        "packed": "bytes" if values.dtype == np.uint8 else "floats",
        "shape": list(values.shape),
        "data": base64.b64encode(content).decode("ascii"),
    }


def _key(key: Any) -> str:
    return "_".join(key) if isinstance(key, tuple) else str(key)
