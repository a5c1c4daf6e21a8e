"""Test parts of a table are folds: every row is tested equally often, and everything else is drawn anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from bridle.data import from_arrays, load
from bridle.data.parts import Parts


def labels(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts).astype(np.int32)


def parts_of(counts: list[int], test: float = 0.2, validation: float = 0.2) -> Parts:
    return Parts(labels(counts), tuple(map(str, range(len(counts)))), validation, test)


@given(
    st.lists(st.integers(8, 60), min_size=1, max_size=4),
    st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.5]),
    st.integers(0, 3),
)
def test_every_division_tests_every_row_at_most_once(
    counts: list[int], test: float, division: int
) -> None:
    parts = parts_of(counts, test)
    if parts.folds == 1:  # too few rows of a class
        return
    rows = sum(counts)
    first = division * parts.folds
    drawn = [parts.draw(first + fold, 7) for fold in range(parts.folds)]
    for split in drawn:
        assert sorted(np.concatenate(split)) == list(range(rows))
        assert tuple(map(len, split)) == (
            parts.sizes.train,
            parts.sizes.validation,
            parts.sizes.test,
        )
    tested = np.concatenate([split[2] for split in drawn])
    assert len(set(tested)) == len(tested)
    assert rows - len(tested) < rows * (1 - parts.folds * test) + parts.folds
    # classes as even as scikit-learn makes them, but for rows that equal sizes leave over
    kind = labels(counts)
    theirs = StratifiedKFold(parts.folds).split(kind, kind)
    if np.isclose(parts.folds * test, 1):
        for (_, _, own), (_, other) in zip(drawn, theirs, strict=True):
            expected = np.bincount(kind[other], minlength=len(counts))
            assert np.abs(np.bincount(kind[own], minlength=len(counts)) - expected).max() <= 2


def test_divisions_and_the_other_rows_are_drawn_anew() -> None:
    parts = parts_of([40, 60])
    first, again, later = parts.draw(0, 1), parts.draw(0, 1), parts.draw(5, 1)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert set(first[2]) != set(later[2])
    assert set(parts.draw(0, 2)[2]) != set(first[2])
    # training and validation rows of two folds do not come from one draw
    rest = set(range(100)) - set(first[2]) - set(parts.draw(1, 1)[2])
    assert set(first[1]) & rest != set(parts.draw(1, 1)[1]) & rest


@pytest.mark.parametrize(
    ("counts", "test", "folds"),
    [
        ([50, 50], 0.2, 5),
        ([50, 50], 0.3, 3),
        ([50, 50], 0.6, 1),
        ([96, 4], 0.2, 1),  # four rows of a class cannot be in five folds
        ([95, 5], 0.2, 5),
    ],
)
def test_as_many_folds_as_the_rarest_class_allows(
    counts: list[int], test: float, folds: int
) -> None:
    parts = parts_of(counts, test)
    assert parts.folds == folds
    for number in range(7):
        for part in parts.draw(number, 0):
            assert set(labels(counts)[part]) == {0, 1}


def test_data_sets_say_how_many_folds_they_have() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 2)), np.arange(60) % 2
    assert from_arrays(x, y).folds == load("wine").folds == 5
    assert load("moons").folds == 1
    assert from_arrays(x, random.normal(size=60), task="regression").folds == 5
