"""Permuted labels: every row gets another's label, splits stay stratified, tables are permuted as one."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.data import load
from bridle.errors import UserError

PARTS = ("train", "validation", "test")


@pytest.mark.parametrize("name", ["wine", "moons(n=60)"])
def test_labels_move_and_nothing_else(name: str) -> None:
    dataset = load(name)
    true, permuted = dataset.replicate(1, 5), dataset.replicate(1, 5, 2)
    assert permuted.inputs is true.inputs or np.array_equal(permuted.inputs, true.inputs)
    np.testing.assert_array_equal(np.bincount(permuted.targets), np.bincount(true.targets))
    assert (permuted.targets != true.targets).mean() > 0.3
    rows = np.concatenate([getattr(permuted, part) for part in PARTS])
    assert len(np.unique(rows)) == len(rows) == len(true.targets)
    for part in PARTS:  # as stratified as the true ones: every place of the split keeps its label
        np.testing.assert_array_equal(
            permuted.targets[getattr(permuted, part)], true.targets[getattr(true, part)]
        )
    again = dataset.replicate(1, 5, 2)
    np.testing.assert_array_equal(again.targets, permuted.targets)
    assert not np.array_equal(dataset.replicate(1, 5, 3).targets, permuted.targets)


def test_all_replicates_of_a_table_see_one_permutation() -> None:
    wine = load("wine")
    first, second = wine.replicate(0, 0, 7), wine.replicate(1, 0, 7)
    np.testing.assert_array_equal(first.targets, second.targets)
    assert not np.array_equal(first.train, second.train)
    # and its labels know nothing of the rows: true and permuted ones agree as often as chance has it
    true = wine.replicate(0, 0).targets
    same = np.mean([(wine.replicate(0, 0, p).targets == true).mean() for p in range(200)])
    assert same == pytest.approx(np.sum((np.bincount(true) / len(true)) ** 2), abs=0.01)


def test_shortened() -> None:
    split = load("wine").replicate(0, 0)
    np.testing.assert_array_equal(split.shortened(20).train, split.train[:20])
    assert split.shortened(20).test is split.test


def test_no_such_permutation() -> None:
    with pytest.raises(UserError, match="permutation"):
        load("wine").replicate(0, 0, -1)
