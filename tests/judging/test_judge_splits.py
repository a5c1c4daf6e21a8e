"""Predictions on overlapping splits of one table: every example is a row of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.api.judge import Judged
from bridle.errors import UserError
from bridle.statistics import compare

TABLE, METHODS = 43, ("none", "l2", "dropout")


def folds(seed: int) -> list[np.ndarray]:
    """Five folds of 43 rows, of eight or nine rows each, twice."""
    rng = np.random.default_rng(seed)
    return [fold for _ in range(2) for fold in np.array_split(rng.permutation(TABLE), 5)]


def tables(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs and predictions; the same rows are hard for all methods."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=TABLE)
    gains = dict(zip(METHODS, (0.0, 0.1, 0.4), strict=True))
    runs, predictions = [], []
    for replicate, tested in enumerate(folds(seed)):
        for method, gain in gains.items():
            right = hard[tested] + 0.4 * rng.normal(size=len(tested)) + gain > -0.8
            runs.append({"method": method, "replicate": replicate, "score": right.mean()})
            predictions += [
                {"method": method, "replicate": replicate, "example": int(row), "correct": int(r)}
                for row, r in zip(tested, right, strict=True)
            ]
    return pd.DataFrame(runs), pd.DataFrame(predictions)


def judge(runs: pd.DataFrame, predictions: pd.DataFrame | None) -> Judged:
    found = bridle.judge(runs, "overlapping", predictions=predictions, sizes=(34, 9))
    assert isinstance(found, Judged)
    return found


def test_verdicts_are_those_of_the_statistics() -> None:
    runs, predictions = tables()
    found = judge(runs, predictions).comparison
    assert found is not None
    rows = np.full((10, 9), -1)
    examples = {method: np.full((10, 9), np.nan) for method in METHODS}
    grouped: Any = predictions.groupby(["replicate", "method"])
    for (replicate, method), own in grouped:
        rows[replicate, : len(own)] = own["example"]
        examples[str(method)][replicate, : len(own)] = own["correct"]
    expected = compare(None, "overlapping", examples=examples, rows=rows, sizes=(34, 9))
    for method in METHODS[1:]:
        one, other = found[method], expected[method]
        assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-9)
        scores: Any = runs.pivot_table(index="replicate", columns="method", values="score")
        assert one.difference == pytest.approx((scores[method] - scores["none"]).mean())


def test_they_are_narrower_than_without() -> None:
    runs, predictions = tables()
    (known, unknown) = (judge(runs, p).comparison for p in (predictions, None))
    assert known is not None
    assert unknown is not None
    for method in METHODS[1:]:
        ours, theirs = known[method], unknown[method]
        assert ours.high - ours.low < 0.8 * (theirs.high - theirs.low)


def test_the_order_of_rows_and_their_names_do_not_matter() -> None:
    runs, predictions = tables()
    other = predictions.sample(frac=1, random_state=0)
    other["example"] = "row-" + other["example"].astype(str)
    one, two = judge(runs, predictions).leaderboard(), judge(runs, other).leaderboard()
    pd.testing.assert_frame_equal(one, two)


def test_positions_within_a_split_are_no_rows() -> None:
    runs, predictions = tables()
    even = predictions.groupby(["method", "replicate"]).head(8).copy()
    even["example"] = even.groupby(["method", "replicate"]).cumcount()
    runs["score"] = even.groupby(["replicate", "method"], sort=False)["correct"].mean().to_numpy()
    with pytest.raises(UserError, match="the same 8 examples in every replicate"):
        judge(runs, even)


def test_every_method_predicts_the_rows_of_a_split() -> None:
    runs, predictions = tables()
    gone = (predictions["method"] == "l2") & (predictions["replicate"] == 3)
    first = predictions[gone].index[0]
    with pytest.raises(UserError, match=r"lacks example .* All methods predict the rows"):
        judge(runs, predictions.drop(index=first))


def test_a_missing_run_leaves_its_split_out() -> None:
    runs, predictions = tables()
    runs.loc[(runs["method"] == "l2") & (runs["replicate"] == 3), "score"] = np.nan
    found = judge(runs, predictions).comparison
    assert found is not None
    assert (found["l2"].replicates, found["l2"].missing) == (9, 1)
    assert found["dropout"].replicates == 10
