"""Preparation is scikit-learn's, fitted on the training rows alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, RobustScaler, StandardScaler

from bridle.tables.column import DeclaredKind
from bridle.tables.columns import describe
from bridle.tables.frames import as_raw
from bridle.tables.preparation import (
    RARE,
    documents,
    encoded,
    encoders,
    fit,
    from_documents,
)
from bridle.tables.raw import RawTable

SCALERS: dict[str, Any] = {
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "quantile": QuantileTransformer(output_distribution="normal", n_quantiles=30, subsample=10**9),
}


def _prepared(frame: pd.DataFrame, types: dict[str, str] | None = None) -> tuple[Any, np.ndarray]:
    raw = as_raw(frame, "X")
    assert isinstance(raw, RawTable)
    columns = [
        describe(
            raw,
            name,
            DeclaredKind.read(name, (types or {})[name]) if name in (types or {}) else None,
        )
        for name in raw.columns
    ]
    made = encoders(columns)
    return made, encoded(made, {column.name: column.data for column in columns})


@pytest.mark.parametrize("scaling", SCALERS)
def test_numbers_are_imputed_and_scaled_as_by_scikit_learn(scaling: str) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=50), "b": random.exponential(1e3, 50).round(-2)})
    frame.loc[[3, 20, 41], "a"] = np.nan
    made, values = _prepared(frame)
    rows = np.arange(30)
    found = fit(values, rows, [q for e in made for q in e.measured], scaling)
    seen = (found.apply(values) - found.shift) * found.scale
    oracle = make_pipeline(SimpleImputer(strategy="median"), SCALERS[scaling])
    expected = oracle.fit(frame.iloc[rows].to_numpy()).transform(frame.to_numpy())
    assert [f for e in made for f in e.features] == ["a", "a missing", "b"]
    np.testing.assert_allclose(seen[:, [0, 2]], expected, rtol=2e-4, atol=2e-4)
    np.testing.assert_array_equal(seen[:, 1], frame["a"].isna())


def test_categories_are_one_hot_as_by_scikit_learn() -> None:
    words = np.array(["red", "green", "blue"])[np.random.default_rng(1).integers(3, size=40)]
    made, values = _prepared(pd.DataFrame({"c": words}))
    expected = OneHotEncoder(sparse_output=False).fit_transform(words[:, None])
    np.testing.assert_array_equal(values, expected)
    assert made[0].features == ("c=blue", "c=green", "c=red")


def test_rare_and_missing_categories_have_columns_of_their_own() -> None:
    words = ["a"] * 10 + ["b"] * 10 + ["c"] * (RARE - 1) + ["d"] + [None]
    made, values = _prepared(pd.DataFrame({"c": words}))
    assert made[0].features == ("c=a", "c=b", "c: others", "c missing")
    np.testing.assert_array_equal(values.argmax(axis=1), [0] * 10 + [1] * 10 + [2] * RARE + [3])
    np.testing.assert_array_equal(values.sum(axis=1), 1)


def test_a_category_that_training_rows_lack_reaches_no_network() -> None:
    words = ["a"] * 8 + ["b"] * 8 + ["late"] * 8
    made, values = _prepared(pd.DataFrame({"c": words}))
    found = fit(values, np.arange(16), [q for e in made for q in e.measured])
    seen = (found.apply(values) - found.shift) * found.scale
    np.testing.assert_array_equal(seen[16:], 0)


def test_only_training_rows_are_read() -> None:
    frame = pd.DataFrame({"a": np.r_[np.arange(20.0), np.full(20, 1e6)], "b": [1.0, np.nan] * 20})
    made, values = _prepared(frame)
    measured = [q for e in made for q in e.measured]
    rows, other = np.arange(20), values.copy()
    other[20:] = np.nan_to_num(other[20:]) * 3 + 7
    other[20:, 1] = values[20:, 1]
    for one, two in zip(
        fit(values, rows, measured).arrays().values(),
        fit(other, rows, measured).arrays().values(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)


def test_dates_become_days_and_cycles() -> None:
    days = pd.date_range("2020-01-01", periods=900, freq="D")
    made, values = _prepared(pd.DataFrame({"when": days}))
    assert made[0].cycles == ("year", "week")
    np.testing.assert_allclose(values[:, 0], np.arange(900))
    np.testing.assert_allclose(np.hypot(values[:, 3], values[:, 4]), 1, rtol=1e-6)
    np.testing.assert_allclose(values[0, 3:], values[7, 3:], atol=1e-5)


def test_large_numbers_keep_their_differences() -> None:
    _, values = _prepared(pd.DataFrame({"seconds": 1.7e9 + np.array([5.0, 1.0, 3.0, 2.5])}))
    np.testing.assert_allclose(values[:, 0], [4, 0, 2, 1.5])


def test_encoders_survive_json() -> None:
    frame = pd.DataFrame({"a": [1.5, None, 2.0], "c": ["x", "y", "x"], "d": ["S", "L", "S"]})
    made, _ = _prepared(frame, {"d": "S<M<L"})
    assert from_documents(documents(made)) == made


@example([1e-38, 2.0, 0.0], "standard")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32) | st.none(), min_size=3, max_size=30),
    st.sampled_from(tuple(SCALERS)),
)
def test_what_a_network_sees_is_finite(values: list[float | None], scaling: str) -> None:
    frame = pd.DataFrame({"a": pd.array(values, "Float64"), "b": range(3, 3 + 2 * len(values), 2)})
    made, table = _prepared(frame)
    measured = [q for e in made for q in e.measured]
    found = fit(table, np.arange(0, len(values), 2), measured, scaling)
    seen = (found.apply(table) - found.shift) * found.scale
    assert np.isfinite(seen).all()
