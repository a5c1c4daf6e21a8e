"""Intervals on splits of one table, from the parts of their rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from bridle.errors import UserError
from bridle.statistics import compare, fixed_test
from bridle.statistics.splits import Splits, crossed_splits

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

TRAIN, TEST, TABLE = 60, 20, 100


def splits(rng: np.random.Generator, replicates: int) -> Rows:
    return np.stack([rng.permutation(TABLE)[:TEST] for _ in range(replicates)])


def drawn(rng: np.random.Generator, rows: Rows, a: float, b: float, c: float) -> Floats:
    """Differences of which splits, rows and cells have these standard deviations."""
    by_split, by_row = a * rng.normal(size=(len(rows), 1)), b * rng.normal(size=TABLE)
    return 0.3 + by_split + by_row[rows] + c * rng.normal(size=rows.shape)


def test_splits_that_test_all_rows_are_a_fixed_test_set() -> None:
    rng = np.random.default_rng(0)
    values = drawn(rng, np.tile(np.arange(TABLE), (6, 1)), 0.5, 0.3, 1.0)
    ours = crossed_splits(values, np.tile(np.arange(TABLE), (6, 1)))
    theirs = fixed_test(values)
    assert ours.difference == pytest.approx(theirs.difference)
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=1e-12)
    assert ours.df == pytest.approx(theirs.df, rel=1e-9)
    assert ours.design == "overlapping"


def test_the_variance_is_expected_to_be_the_true_one() -> None:
    """Over many tables and splits, beside the variance that the mean then has."""
    rng = np.random.default_rng(1)
    sizes = (0.1, 0.4, 0.5)
    means, variances = [], []
    for _ in range(1500):
        rows = splits(rng, 8)
        found = crossed_splits(drawn(rng, rows, *sizes), rows)
        means.append(found.difference)
        variances.append(found.standard_error**2)
    assert np.mean(variances) == pytest.approx(np.var(means), rel=0.1)


def test_missing_splits_are_left_out() -> None:
    rng = np.random.default_rng(2)
    rows = splits(rng, 5)
    values = drawn(rng, rows, 0.1, 0.1, 0.1)
    gone = values.copy()
    gone[3] = np.nan
    kept = [0, 1, 2, 4]
    ours, theirs = crossed_splits(gone, rows), crossed_splits(values[kept], rows[kept])
    assert (ours.missing, theirs.missing) == (1, 0)
    assert ours.standard_error == theirs.standard_error


def test_equal_predictions_are_no_certainty() -> None:
    rng = np.random.default_rng(3)
    rows = splits(rng, 3)
    right = (rng.random(TABLE) < 0.8)[rows].astype(float)
    found = Splits({"none": right, "l2": right}, rows, whole=1.0).estimate("l2", "none")
    assert found.difference == 0
    assert found.standard_error > 1 / TABLE


def test_rows_halve_the_interval_where_trainings_agree() -> None:
    rng = np.random.default_rng(4)
    rows = splits(rng, 10)
    hard = rng.normal(size=TABLE)
    examples = {
        name: (hard[rows] + 0.5 * rng.normal(size=rows.shape) + gain > -1).astype(float)
        for name, gain in (("none", 0.0), ("l2", 0.1))
    }

    def width(known: Rows | None) -> float:
        found = compare(None, "overlapping", examples=examples, rows=known, sizes=(TRAIN, TEST))[
            "l2"
        ]
        return found.high - found.low

    assert width(rows) < 0.75 * width(None)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((2, 3), int), "each row once in a split; received one twice in split 0"),
        (np.zeros((2, 4)), "[2, 4]"),
    ],
)
def test_rows_that_do_not_fit_are_refused(rows: npt.NDArray[np.int_], said: str) -> None:
    with pytest.raises(UserError, match=said.replace("[", r"\[")):
        compare(
            None,
            "overlapping",
            examples={"none": np.eye(2, 3), "l2": np.ones((2, 3))},
            rows=rows,
            sizes=(6, 3),
        )


def test_rows_of_losses_are_not_used() -> None:
    rng = np.random.default_rng(6)
    rows = splits(rng, 6)
    losses = {name: -rng.exponential(size=rows.shape) for name in ("none", "l2")}
    sizes = (TRAIN, TEST)
    (known, unknown) = (
        compare(None, "overlapping", examples=losses, rows=r, sizes=sizes, error="loss")["l2"]
        for r in (rows, None)
    )
    assert known.estimate.standard_error == pytest.approx(unknown.estimate.standard_error)
