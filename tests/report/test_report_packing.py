"""Records as a page's script reads them."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridle.report.packing import LONG, embedded, packed, plain

FLOATS = arrays(np.float64, st.integers(0, 200), elements=st.floats(-(2.0**99), 2.0**99, width=32))


@dataclass(frozen=True)
class Record:
    name: str
    values: Any
    parts: dict[tuple[str, str], float]


def numbers(found: dict[str, Any]) -> np.ndarray:
    """Read what `packed` wrote, as the page's script does."""
    kind = np.dtype({"bytes": "u1", "floats": "<f4"}[found["packed"]])
    read: np.ndarray = np.frombuffer(zlib.decompress(base64.b64decode(found["data"])), kind)
    return read.reshape(found["shape"])


@settings(deadline=None)
@given(FLOATS)
def test_packed_numbers_keep_three_digits(values: np.ndarray) -> None:
    normal = np.where(np.abs(values) < 1e-30, 0, values)
    np.testing.assert_allclose(numbers(packed(normal)), normal, rtol=2**-12 * 1.001)


def test_bytes_and_what_is_not_finite_stay_what_they_are() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(4, 64)
    np.testing.assert_array_equal(numbers(packed(values)), values)
    odd = np.array([np.nan, np.inf, -np.inf, 0.0])
    np.testing.assert_array_equal(numbers(packed(odd)), odd.astype(np.float32))


def test_records_become_plain_objects() -> None:
    short, long = np.array([1.0, np.nan]), np.zeros(LONG)
    found = plain(Record("l1", (short, long), {("val", "loss"): np.float64(0.1)}))
    assert found["values"][0] == [1.0, None]
    assert found["values"][1]["shape"] == [LONG]
    assert (found["name"], found["parts"]) == ("l1", {"val_loss": 0.1})


@settings(deadline=None)
@given(st.text())
def test_no_text_ends_the_script_it_is_embedded_in(text: str) -> None:
    found = str(embedded({"name": text + "</script><!--"}))
    assert not set("<>&") & set(found)
    assert json.loads(found) == {"name": text + "</script><!--"}
