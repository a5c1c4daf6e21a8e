"""Whether more epochs would help: closed forms, and trainings that nobody ran."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bridle.statistics.undertrained import ending, gains, reached, undertrained


def test_a_gain_is_the_slope_of_a_line_against_the_logarithm_of_the_epochs() -> None:
    epochs = np.arange(1, 41)
    line = 0.7 + 0.02 * np.log2(epochs)
    assert gains(line) == pytest.approx(0.02)
    random = np.random.default_rng(0)
    curves = line + random.normal(0, 0.1, (3, 2, 40))
    found, end = gains(curves), ending(40)
    assert found.shape == (3, 2)
    expected = stats.linregress(np.log2(epochs[end]), curves[1, 0, end]).slope
    assert found[1, 0] == pytest.approx(expected)


@pytest.mark.parametrize(("epochs", "first"), [(30, 20), (8, 4), (3, 0), (1, 0)])
def test_the_end_is_the_last_third_and_at_least_four_epochs(epochs: int, first: int) -> None:
    assert ending(epochs) == slice(first, epochs)
    assert np.isnan(gains(np.ones(epochs))) == (epochs == 1)


def test_where_the_rate_falls_the_end_is_that_of_the_full_rate() -> None:
    progress = (np.arange(60) + 0.5) / 60
    cosine = (1 + np.cos(np.pi * progress)) / 2
    assert ending(60, cosine) == slice(20, 30)
    assert ending(60, np.ones(60)) == ending(60)
    warm = np.minimum(progress / 0.2, 1)
    assert ending(60, warm) == ending(60)
    curve = np.concatenate([np.log2(np.arange(1, 31)), np.full(30, 9.0)])
    assert gains(curve, cosine) == pytest.approx(1)
    assert gains(curve) == pytest.approx(0)


def test_what_tuning_reaches_is_the_best_configuration_of_each_epoch() -> None:
    fast, slow = np.array([0.5, 0.8, 0.8]), np.array([0.5, 0.6, 0.9])
    scores = np.stack([fast, slow, np.full(3, np.nan)])[:, None]
    found, losses = reached(scores, -scores)
    np.testing.assert_array_equal(found, [[0.5, 0.8, 0.9]])
    np.testing.assert_array_equal(losses, [[-0.5, -0.6, -0.8]])
    assert np.isnan(reached(scores[2:], scores[2:])[0]).all()  # every run diverged


def improving(by: float, replicates: int = 8, spread: float = 0.01, seed: int = 0) -> np.ndarray:
    """Gains with a mean of `by`."""
    found: np.ndarray = spread * np.random.default_rng(seed).normal(size=replicates)
    return found - found.mean() + by


def test_a_gain_must_be_beyond_chance_and_reach_the_margin() -> None:
    scores = {"large": improving(0.05), "small": improving(0.005), "chance": improving(0.05)}
    losses = {"large": improving(0.1), "small": improving(0.1), "chance": improving(-0.1)}
    scores["chance"] = improving(0.05, spread=0.5)
    found = undertrained(scores, losses, margin=0.01)
    assert found == {"large": True, "small": False, "chance": False}


def test_a_loss_that_rises_does_not_hide_a_score_that_improves() -> None:
    found = undertrained({"none": improving(0.05)}, {"none": improving(-0.1)}, margin=0.01)
    assert found == {"none": True}


def test_a_loss_that_falls_beneath_scores_at_rest_says_nothing() -> None:
    """As where every example is right."""
    found = undertrained({"none": np.zeros(8)}, {"none": improving(0.1)}, margin=0.0)
    assert found == {"none": False}


def test_a_single_replicate_leaves_it_unknown() -> None:
    once = np.array([0.1, np.nan])
    twice = improving(0.1, 2)
    assert undertrained({"a": once, "b": twice}, {"a": once, "b": twice}, 0.01)["a"] is None
    assert undertrained({}, {}, 0.01) == {}


@given(st.integers(0, 10**6), st.sampled_from([3, 5, 10]))
def test_it_does_not_depend_on_the_order_of_methods_or_replicates(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    scores = {name: random.normal(0.01, 0.01, n) for name in "abc"}
    losses = {name: random.normal(0.01, 0.01, n) for name in "abc"}
    order, shuffled = random.permutation(list("abc")), random.permutation(n)
    found = undertrained(
        {name: scores[name][shuffled] for name in order},
        {name: losses[name][shuffled] for name in order},
        0.01,
    )
    assert found == undertrained(scores, losses, 0.01)


@pytest.mark.parametrize("replicates", [3, 10])
def test_noise_is_called_an_improvement_in_at_most_a_twentieth_of_studies(replicates: int) -> None:
    random, wrong, studies = np.random.default_rng(1), 0, 200
    for _ in range(studies):
        shared = random.normal(size=replicates)
        scores = {n: shared + random.normal(size=replicates) for n in "abcd"}
        found = undertrained(scores, {n: np.zeros(replicates) for n in "abcd"}, margin=0.0)
        wrong += any(found.values())
    assert wrong <= stats.binom.ppf(0.999, studies, 0.05)


def test_noise_of_one_run_along_its_epochs_does_not_matter() -> None:
    """Replicates are what is counted, so epochs may be as alike as they like: here a random walk."""
    random, wrong, studies = np.random.default_rng(2), 0, 200
    for _ in range(studies):
        walks = random.normal(size=(5, 60)).cumsum(axis=1)
        found = undertrained({"none": gains(walks)}, {"none": gains(-walks)}, margin=0.0)
        wrong += bool(found["none"])
    # a loss that mirrors the score adds nothing, as the score must improve
    assert wrong <= stats.binom.ppf(0.999, studies, 0.05)
