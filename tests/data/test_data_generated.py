from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare, f_oneway, kstest
from sklearn.datasets import make_circles, make_moons

from bridle.data import load
from bridle.data.generated import circles_curve, class_counts, moons_curve, sample, spirals_curve
from bridle.errors import UserError

PLANE = ["moons", "circles", "spirals"]


@given(st.integers(2, 300))
def test_moons_are_those_of_scikit_learn(n: int) -> None:
    X, y = make_moons(n, shuffle=False)
    counts = class_counts(n, 2)
    assert counts == np.bincount(y).tolist()
    np.testing.assert_allclose(moons_curve(counts, {}, np.random.default_rng()), X, atol=1e-12)


@given(st.integers(2, 300), st.floats(0, 0.99))
def test_circles_are_those_of_scikit_learn(n: int, factor: float) -> None:
    X, y = make_circles(n, shuffle=False, factor=factor)
    counts = class_counts(n, 2)
    assert counts == np.bincount(y).tolist()
    points = circles_curve(counts, {"factor": factor}, np.random.default_rng())
    np.testing.assert_allclose(points, X, atol=1e-12)


@given(st.integers(1, 1000), st.integers(2, 20))
def test_class_counts_are_even(n: int, classes: int) -> None:
    counts = class_counts(n, classes)
    assert sum(counts) == n
    assert max(counts) - min(counts) <= 1


def test_spirals_lie_on_their_arms() -> None:
    counts, arguments = [300, 200, 100], {"turns": 2.0}
    points = spirals_curve(counts, arguments, np.random.default_rng(0))
    radius = np.hypot(*points.T)
    assert radius.max() <= 1
    labels = np.repeat(np.arange(3), counts)
    angle = 2 * np.pi * (2 * radius + labels / 3)
    np.testing.assert_allclose(points, radius[:, None] * np.c_[np.cos(angle), np.sin(angle)])
    # radius² is uniform
    assert kstest(radius**2, "uniform").pvalue > 1e-3


def test_noise_has_the_asked_standard_deviation() -> None:
    counts = [4000, 4000]
    clean = moons_curve(counts, {}, np.random.default_rng(0))
    labels = np.repeat([0, 1], counts)
    points, targets = sample(moons_curve, counts, {"noise": 0.3}, np.random.default_rng(1))
    for label in (0, 1):
        expected = clean[labels == label].var(axis=0) + 0.09
        np.testing.assert_allclose(points[targets == label].var(axis=0), expected, rtol=0.08)
        np.testing.assert_allclose(
            points[targets == label].mean(axis=0), clean[labels == label].mean(axis=0), atol=0.04
        )


@pytest.mark.parametrize("name", PLANE)
def test_plane_sets_keep_the_promises_of_a_split(name: str) -> None:
    dataset = load(f"{name}(n=101,validation=0.3)")
    split = dataset.replicate(3, 17)
    assert (dataset.sizes.train, dataset.sizes.validation, dataset.sizes.test) == (71, 30, 10_000)
    assert split.inputs.shape == (10_101, 2)
    assert split.inputs.dtype == np.float32
    assert split.targets.dtype == np.int32
    rows = np.concatenate([split.train, split.validation, split.test])
    assert np.array_equal(np.sort(rows), np.arange(10_101))
    seen = split.seen(split.train)
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std(axis=0), 1, rtol=1e-5)
    assert not dataset.shared
    assert dataset.design == "fresh"


@pytest.mark.parametrize("name", [*PLANE, "noise"])
def test_replicates_are_reproducible_and_different(name: str) -> None:
    dataset = load(name)
    one, same = dataset.replicate(2, 5), load(dataset.spec).replicate(2, 5)
    for field in vars(one):
        assert np.array_equal(getattr(one, field), getattr(same, field))
    for other in (dataset.replicate(3, 5), dataset.replicate(2, 6)):
        assert not np.array_equal(one.inputs, other.inputs)
        assert not np.array_equal(one.targets, other.targets)
        if name != "noise":
            assert not np.array_equal(one.train, other.train)


@pytest.mark.parametrize("name", [*PLANE, "noise", "spirals(classes=100,n=1000)"])
def test_test_points_may_be_few(name: str) -> None:
    few = f"{name}(test=100)" if "(" not in name else name.replace(")", ",test=100)")
    few_dataset, usual = load(few), load(name)
    assert (few_dataset.sizes.test, usual.sizes.test) == (100, 10_000)
    assert ("test=100)" in few_dataset.spec, "test" in usual.spec) == (True, False)
    assert load(few.replace("test=100", "test=10000")).spec == usual.spec
    one, other = few_dataset.replicate(1, 2), usual.replicate(1, 2)
    assert len(one.test) == 100
    for rows in ("train", "validation"):  # nothing else changes
        assert np.array_equal(one.seen(getattr(one, rows)), other.seen(getattr(other, rows)))
    if name != "noise":
        assert set(one.targets[one.test]) == set(range(len(usual.classes)))


def test_test_set_does_not_depend_on_the_training_size() -> None:
    small, large = (load(f"moons(n={n})").replicate(0, 0) for n in (50, 500))
    assert np.array_equal(small.inputs[small.test], large.inputs[large.test])


@pytest.mark.parametrize("name", [*PLANE, "noise"])
def test_test_points_are_fresh_and_their_own(name: str) -> None:
    dataset = load(name)
    one, other = dataset.replicate(0, 0), dataset.replicate(1, 0)
    assert not np.array_equal(one.inputs[one.test], other.inputs[other.test])
    # a stream used twice would show as equal coordinates
    clean = load(f"{name}(noise=0)" if name == "spirals" else name).replicate(0, 0)
    drawn = np.concatenate([clean.train, clean.validation])
    seen = set(map(tuple, clean.inputs[clean.test].tolist()))
    assert seen.isdisjoint(map(tuple, clean.inputs[drawn].tolist()))


def test_spirals_take_any_number_of_arms() -> None:
    dataset = load("spirals(classes=5,n=100)")
    assert dataset.classes == ("arm 0", "arm 1", "arm 2", "arm 3", "arm 4")
    split = dataset.replicate(0, 0)
    assert np.bincount(split.targets[split.test]).tolist() == [2000] * 5
    assert np.bincount(split.targets[split.train]).tolist() == [10] * 5


def test_noise_is_uniform_and_its_labels_know_nothing_of_it() -> None:
    dataset = load("noise")
    split = dataset.replicate(0, 0)
    assert split.inputs.shape == (12_000, 100)
    assert kstest(split.inputs.ravel()[::7], "uniform").pvalue > 1e-3
    assert chisquare(np.bincount(split.targets)).pvalue > 1e-3
    pvalues = []
    for column in split.inputs.T:
        quartile = np.digitize(column, [0.25, 0.5, 0.75])
        table = np.zeros((4, 10))
        np.add.at(table, (quartile, split.targets), 1)
        pvalues.append(chi2_contingency(table).pvalue)
    # p-values of true null hypotheses are uniform
    assert kstest(pvalues, "uniform").pvalue > 1e-3
    by_class = [split.inputs[split.targets == label].mean(axis=1) for label in range(10)]
    assert f_oneway(*by_class).pvalue > 1e-3


def test_noise_keeps_its_raw_numbers_and_sizes() -> None:
    dataset = load("noise(train=30,validation=20,features=7,classes=3)")
    split = dataset.replicate(1, 1)
    assert (dataset.shape, dataset.classes) == ((7,), ("0", "1", "2"))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [30, 20, 10_000]
    assert np.array_equal(split.seen(split.train), split.inputs[split.train])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("moons(n=3)", "moons.n must be a whole number at least 10"),
        ("moons(noise=-1)", "moons.noise must be a number at least 0"),
        ("circles(factor=1)", "circles.factor must be a number at least 0 and less than 1"),
        ("moons(n=10,validation=0.1)", "validation part would have 1 row for 2 classes"),
        ("spirals(n=10,classes=8)", "stratified split into train, validation needs at least 2"),
    ],
)
def test_bad_arguments_are_found_on_load(spec: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load(spec)


@settings(max_examples=25)
@given(st.integers(40, 200), st.floats(0, 2), st.floats(0.1, 0.9), st.integers(2, 4))
def test_specification_round_trips(n: int, noise: float, validation: float, classes: int) -> None:
    dataset = load(f"spirals(validation={validation!r},n={n},noise={noise!r},classes={classes})")
    assert load(dataset.spec) == dataset
    assert load(dataset.spec).spec == dataset.spec
