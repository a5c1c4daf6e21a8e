"""What makes results look too good is said: columns that tell the target, copies, rows that memory has no room for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bridle.data import tabular
from bridle.data.intake import from_memory
from bridle.data.suspicions import copies

RANDOM = np.random.default_rng(0)
CLASSES = np.tile(["x", "y", "z"], 40)
NOISE = pd.DataFrame(RANDOM.normal(size=(120, 3)), columns=["a", "b", "c"])


def _said(frame: pd.DataFrame) -> str:
    return " ".join(from_memory(frame, target="target").notes)


@pytest.mark.parametrize(
    ("leak", "target"),
    [
        (CLASSES, CLASSES),
        (pd.Series(CLASSES).map({"x": 3.5, "y": 1.25, "z": 7.0}), CLASSES),
        (RANDOM.normal(size=120) + 100 * (CLASSES == "x"), CLASSES == "x"),
        (2 * NOISE["a"] + 3, NOISE["a"]),
        (np.repeat(list("pqrs"), 30), np.repeat([1.5, 4.25, -2.0, 9.0], 30) + 1e-3 * NOISE["b"]),
    ],
)
def test_a_column_that_tells_the_target_is_named(leak: Any, target: Any) -> None:
    frame = NOISE[["b", "c"]].assign(leak=leak, target=target)
    assert "Column 'leak' alone tells" in _said(frame)
    assert "Column" not in _said(frame.drop(columns="leak"))


def test_good_and_unbalanced_predictors_are_no_leak() -> None:
    score = np.where(CLASSES == "x", 1.0, 0.0) + 0.35 * NOISE["a"]
    assert "Column" not in _said(NOISE.assign(score=score, target=CLASSES == "x"))
    rare = np.arange(120) < 3
    assert "Column" not in _said(NOISE.assign(target=np.where(rare, "p", "q")))


def test_copies_of_rows_are_counted_as_pandas_does() -> None:
    frame = NOISE.assign(word=CLASSES).round(0)
    found = from_memory(frame.assign(target=np.arange(120) % 2 == 0), target="target")
    counted = int(frame.duplicated(keep=False).sum())
    assert 10 < counted < 120
    assert copies(found.rows.encoded) == counted
    assert f"{counted} rows of 120 have the same features as another row" in " ".join(found.notes)


def test_numbers_with_a_unit_are_named() -> None:
    weights = [f"{abs(value):.2f} kg" for value in NOISE["a"]]
    said = _said(NOISE.assign(weight=weights, target=CLASSES))
    assert "Column 'weight' holds numbers with a unit, such as '0.0" in said
    others = ["5 kg", "5 m", "6 kg"] * 40
    assert "with a unit" not in _said(NOISE.assign(house=others, word=CLASSES, target=CLASSES))


def test_more_features_than_rows() -> None:
    wide = pd.DataFrame(RANDOM.normal(size=(30, 40))).assign(target=["p", "q", "r"] * 10)
    assert "more features (40) than rows (30)" in _said(wide)


def test_rows_that_memory_has_no_room_for_are_left_out_openly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tabular, "SHARED_BYTES", 4 * 3 * 60)
    monkeypatch.setattr(tabular, "RARE_CLASS", 5)
    frame = NOISE.assign(
        target=["p", "q", *["r", "s"] * 58, "p", "q"], id=[f"u{n}" for n in range(120)]
    )
    frame.loc[5, "target"] = frame.loc[6, "target"] = "p"
    frame.loc[7, "target"] = frame.loc[8, "target"] = "q"
    found = from_memory(frame, target="target", group="id")
    used = sum(vars(found.sizes).values())
    assert 40 < used < 80
    assert found.task.names == ("p", "q", "r", "s")
    assert any("X holds 120 rows, which need" in note for note in found.notes)
    np.testing.assert_array_equal(
        found.rows.encoded, from_memory(frame, target="target", group="id").rows.encoded
    )
