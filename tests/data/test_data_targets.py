"""What `y` and weights become, and Friedman's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_friedman1
from sklearn.utils.class_weight import compute_sample_weight

from bridle.data import from_arrays, load, save
from bridle.data.generated import friedman_surface
from bridle.errors import UserError
from bridle.tasks import Regression

RNG = np.random.default_rng(1)
X = RNG.normal(size=(60, 3))
PRICE = RNG.lognormal(size=60) * 1000
LABELS = np.repeat(["a", "b", "c"], [30, 20, 10])


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (PRICE, ("y",)),
        (PRICE.tolist(), ("y",)),
        (pd.Series(PRICE, name="price"), ("price",)),
        (pd.DataFrame({"price": PRICE}), ("price",)),
        (RNG.integers(0, 10_000, 60), ("y",)),
        (np.c_[PRICE, -PRICE], ("target_0", "target_1")),
        (pd.DataFrame({"u": PRICE, "v": np.arange(60)}), ("u", "v")),
    ],
)
def test_many_different_numbers_are_a_quantity(y: Any, names: tuple[str, ...]) -> None:
    found = from_arrays(X, y)
    assert found.task == Regression(names)
    assert "regression" in found.notes[-1]
    assert "task='classification'" in found.notes[-1]
    split = found.replicate(0, 0)
    assert split.targets.dtype == np.float32
    wide = np.asarray(y, np.float64).reshape(60, -1)
    np.testing.assert_allclose(split.targets, wide, rtol=1e-6)
    parts = np.concatenate([split.train, split.validation, split.test])
    assert sorted(parts) == list(range(60))


def test_few_numbers_are_classes_unless_asked_otherwise() -> None:
    few = np.arange(60) % 5
    assert from_arrays(X, few).task.kind == "classification"
    assert from_arrays(X, few).notes == ()
    assert from_arrays(X, few, task="regression").task == Regression(("y",))
    asked = from_arrays(X, PRICE, task="regression(loss=huber,delta=2)")
    assert asked.notes == ()
    assert asked.spec.endswith(",loss=huber,delta=2)")


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (PRICE, "classification", "not a whole number, in row 0"),
        (LABELS, "regression", "must hold numbers for a regression; received 'a' in row 0"),
        (np.r_[np.nan, PRICE[1:]], "regression", "missing value .NaN. in row 0"),
        (np.c_[PRICE, np.r_[np.inf, PRICE[1:]]], "regression", "inf in row 0, column 'target_1'"),
        (PRICE[:-1], "regression", "60 in X and 59 in y"),
        (np.full(60, 3.5), "regression", "All numbers of y are equal"),
        (PRICE * 1e-6 + 1e6, "regression", "varies too little for its size"),
    ],
)
def test_mistakes_in_targets_are_named(y: Any, task: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(X, y, task=task)


def test_targets_are_standardized_on_training_rows_alone() -> None:
    split = from_arrays(X, np.c_[PRICE, X[:, 0]]).replicate(3, 0)
    train = split.targets[split.train].astype(np.float64)
    assert split.target_scaling is not None
    np.testing.assert_allclose(split.target_scaling.shift, train.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(1 / split.target_scaling.scale, train.std(axis=0), rtol=1e-5)


def test_a_regression_is_learned_as_asked_and_found_again() -> None:
    plain = load("friedman(n=50)")
    huber = plain.learning("regression(loss=huber,delta=3)")
    assert huber.task == Regression(("y",), "huber", 3.0)
    assert load(huber.spec) == huber
    assert huber.learning("regression") == plain
    with pytest.raises(UserError, match="moons are for classification"):
        load("moons").learning("regression")


def test_arrays_are_kept_with_task_and_weights(tmp_path: Path) -> None:
    y = np.c_[PRICE, X[:, 1]]
    given = from_arrays(X, y, task="regression(loss=huber)", sample_weight=np.arange(60.0))
    save(given, tmp_path)
    found = load(given.spec, tmp_path)
    assert found == given
    assert found.task == Regression(("target_0", "target_1"), "huber", 1.0)
    ours, theirs = found.replicate(1, 0), given.replicate(1, 0)
    assert ours.weights is not None
    assert theirs.weights is not None
    np.testing.assert_array_equal(ours.weights, theirs.weights)
    assert ours.weights[ours.train].mean() == pytest.approx(1)
    assert from_arrays(X, y, task="regression").spec != given.spec


def test_class_weights_are_those_of_scikit_learn() -> None:
    for by in ("balanced", {"a": 1, "b": 2.5, "c": 0}):
        found = from_arrays(X, LABELS, class_weight=by).weights
        assert found is not None
        wanted = compute_sample_weight(by, LABELS)
        np.testing.assert_allclose(found, wanted / wanted.mean(), rtol=1e-6)
    both = from_arrays(X, LABELS, class_weight="balanced", sample_weight=np.arange(60)).weights
    assert both is not None
    wanted = compute_sample_weight("balanced", LABELS) * np.arange(60)
    np.testing.assert_allclose(both, wanted / wanted.mean(), rtol=1e-6)


def test_weights_that_are_all_alike_are_none() -> None:
    plain = from_arrays(X, LABELS)
    assert from_arrays(X, LABELS, sample_weight=np.full(60, 3.0)) == plain
    assert from_arrays(X[:30], LABELS[15:45] == "a", class_weight="balanced").weights is None


def test_permuted_targets_take_their_weights_along() -> None:
    data = from_arrays(X, PRICE, sample_weight=PRICE)
    plain, permuted = data.replicate(0, 0), data.replicate(0, 0, permutation=0)
    assert plain.weights is not None
    assert permuted.weights is not None
    assert (plain.targets != permuted.targets).any()
    ratio = permuted.targets[:, 0] / permuted.weights
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


@pytest.mark.parametrize("sizes", [[3] * 20, [1, 7, 2, 20, 4, 26]])
def test_permuted_targets_of_a_group_stay_together(sizes: list[int]) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)[np.random.default_rng(0).permutation(60)]
    plain = from_arrays(X, groups.astype(float) + 0.5, task="regression").replicate(0, 0)
    before = np.round(plain.targets[:, 0], 4)
    permuted = plain.permuted(np.random.default_rng(1), groups.astype(np.int32))
    after = np.round(permuted.targets[:, 0], 4)
    np.testing.assert_array_equal(np.sort(after), np.sort(before))
    assert (after != before).any()
    for part in ("train", "validation", "test"):  # every place keeps its target
        np.testing.assert_array_equal(after[getattr(permuted, part)], before[getattr(plain, part)])
    kinds = [len(np.unique(after[groups == group])) for group in range(len(sizes))]
    # in order of groups, targets change as often as they did, and where a group ends
    assert sum(kinds) <= (len(sizes) if len(set(sizes)) == 1 else 2 * len(sizes))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sample_weight": np.ones(59)}, "one number for each of the 60 rows; received shape"),
        ({"sample_weight": np.r_[-1, np.ones(59)]}, "0 or more; received -1 in row 0"),
        ({"sample_weight": np.r_[np.ones(59), np.nan]}, "received nan in row 59"),
        ({"sample_weight": ["a"] * 60}, "sample_weight must hold numbers"),
        ({"sample_weight": np.zeros(60)}, "must not be 0 for all rows"),
        ({"class_weight": "balance"}, "must be 'balanced', or a weight for each class"),
        ({"class_weight": {"d": 1}}, "has 'd', which is no class. Classes: a, b, c"),
        ({"class_weight": {"a": -1}}, "0 or more; received -1 for 'a'"),
    ],
)
def test_mistakes_in_weights_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        from_arrays(X, LABELS, **given)


def test_class_weights_are_refused_for_numbers() -> None:
    with pytest.raises(UserError, match="class_weight is for classes"):
        from_arrays(X, PRICE, class_weight="balanced")


def test_friedmans_function_is_that_of_scikit_learn() -> None:
    points, wanted = make_friedman1(100, noise=0.0, random_state=0)
    np.testing.assert_allclose(friedman_surface(points), wanted, rtol=1e-12)
    for name in ("friedman1", "make_friedman1", "Friedman"):
        assert load(name) == load("friedman")


def test_friedmans_samples_are_fresh_and_noisy_as_asked() -> None:
    data = load("friedman(n=2000,noise=2,test=1000)")
    split, other = data.replicate(0, 0), data.replicate(1, 0)
    assert (split.inputs != other.inputs).all()
    left = split.targets[:, 0] - friedman_surface(split.inputs.astype(np.float64))
    assert left.std() == pytest.approx(2, rel=0.05)
    larger = load("friedman(n=4000,noise=2,test=1000)").replicate(0, 0)
    np.testing.assert_array_equal(split.inputs[split.test], larger.inputs[larger.test])
