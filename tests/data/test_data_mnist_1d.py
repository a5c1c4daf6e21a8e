"""MNIST-1D follows its recipe, step by step for one example at a time."""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.interpolate import interp1d

from bridle.data import load
from bridle.data.mnist_1d import curves, shapes
from bridle.data.randomness import relabelled


class Fixed:
    """Random numbers without chance: the middle of every range, and noise of zero."""

    def __init__(self, zeros: int, moved: int) -> None:
        self.whole = [zeros, moved]

    def integers(self, low: int, high: int, size: int) -> np.ndarray:
        return np.full(size, self.whole.pop(0))

    def random(self, size: int) -> np.ndarray:
        return np.full(size, 0.75)

    def normal(self, scale: float, size: tuple[int, ...]) -> np.ndarray:
        return np.zeros(size)


def by_hand(shape: np.ndarray, zeros: int, moved: int) -> np.ndarray:
    """The paper's steps with scipy's interpolation: pad, stretch, scale, move, shear, read off."""

    def stretched(x: np.ndarray, points: int) -> np.ndarray:
        return np.asarray(interp1d(np.linspace(0, 1, len(x)), x)(np.linspace(0, 1, points)))

    x = stretched(np.concatenate([shape, np.zeros(zeros)]), 72) * (1 + 0.4 * 0.25)
    x = np.roll(x, moved)
    x = x - 0.75 * 0.25 * np.linspace(-0.5, 0.5, 72)
    return stretched(x, 40)


def test_an_example_is_made_as_the_paper_says() -> None:
    for zeros, moved in ((36, 0), (60, 47), (41, 13)):
        found = curves(
            np.arange(10, dtype=np.int32), cast(np.random.Generator, Fixed(zeros, moved))
        )
        expected = np.stack([by_hand(shape, zeros, moved) for shape in shapes()])
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_shapes_begin_at_zero_with_equal_spread() -> None:
    np.testing.assert_allclose(shapes()[:, 0], 0, atol=1e-12)
    np.testing.assert_allclose(shapes().std(axis=1), 1 / 6)


def test_noise_hides_what_is_beside_the_shape() -> None:
    x = curves(np.zeros(4000, np.int32), np.random.default_rng(0))
    assert x.shape == (4000, 40)
    # a gaussian filter of width 2 leaves 1/sqrt(2·2·√π) of the noise's standard deviation
    still = 0.25 / np.sqrt(2 * 2 * np.sqrt(np.pi))
    assert 0.5 * still < np.median(x.std(axis=1)) < 5 * still


def test_a_split_has_balanced_true_labels_outside_training() -> None:
    split = load("mnist_1d(train=500,validation=200,random_labels=1)").replicate(0, 0)
    assert np.bincount(split.targets[split.validation]).tolist() == [20] * 10
    plain = load("mnist_1d(train=500,validation=200)").replicate(0, 0)
    np.testing.assert_array_equal(plain.inputs, split.inputs)
    same = plain.targets == split.targets
    assert same[split.test].all()
    assert 0.02 < same[split.train].mean() < 0.25
    seen = split.seen(split.train)
    assert abs(seen.mean()) < 1e-5
    assert abs(seen.std() - 1) < 1e-5


def test_random_labels_are_drawn_from_all_classes() -> None:
    labels = np.zeros(20_000, np.int32)
    drawn = relabelled(labels, 0.5, 4, np.random.default_rng(0))
    assert abs((drawn != 0).mean() - 0.5 * 3 / 4) < 0.02
    np.testing.assert_array_equal(relabelled(labels, 0.0, 4, np.random.default_rng(0)), labels)


def test_friedman_has_as_many_features_as_asked_for() -> None:
    more, few = load("friedman(features=30)"), load("friedman")
    assert more.shape == (30,)
    assert "features" not in few.spec
