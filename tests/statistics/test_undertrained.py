"""Whether more epochs would help: closed forms, and trainings that nobody ran."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.statistics.undertrained import (
    ending,
    gains,
    speedups,
    undertrained,
    undertrained_up_to,
)


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


def test_a_speedup_compares_the_end_with_the_stretch_before() -> None:
    doublings = np.log2(np.arange(1, 61))
    assert speedups(0.3 * doublings) == pytest.approx(0)
    # a third of the epochs is as long, on this axis, as the end
    bent = 0.3 * np.maximum(doublings - doublings[39], 0)
    assert speedups(bent) == pytest.approx(gains(bent), rel=0.1)
    assert np.isnan(speedups(doublings[:4]))


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


def improving(by: float, replicates: int = 8, spread: float = 0.01, seed: int = 0) -> np.ndarray:
    """Gains with a mean of `by`."""
    found: np.ndarray = spread * np.random.default_rng(seed).normal(size=replicates)
    return np.asarray(found - found.mean() + by)


STEADY = np.zeros(8)


def said(scores: np.ndarray, losses: np.ndarray, faster: np.ndarray = STEADY) -> bool | None:
    """Whether a method alone is undertrained, with a margin of 0.01."""
    return undertrained({"none": scores}, {"none": losses}, {"none": faster}, 0.01)["none"]


def test_a_gain_must_be_beyond_chance_and_reach_the_margin() -> None:
    assert said(improving(0.05), improving(0.1))
    assert not said(improving(0.005), improving(0.1))
    assert not said(improving(0.05, spread=0.5), improving(-0.1))
    assert said(improving(0.05, spread=0.5), improving(0.1))  # the loss shows it


def test_a_loss_that_rises_does_not_hide_a_score_that_improves() -> None:
    assert said(improving(0.05), improving(-0.1))


def test_a_loss_that_falls_ever_faster_is_enough() -> None:
    """As where no score has moved yet."""
    assert said(np.zeros(8), improving(0.1), improving(0.05))
    assert not said(np.zeros(8), improving(-0.1), improving(0.05))
    assert not said(np.zeros(8), improving(0.1), improving(-0.05))


def test_a_loss_that_falls_beneath_scores_at_rest_says_nothing() -> None:
    """As where every example is right."""
    found = undertrained({"none": STEADY}, {"none": improving(0.1)}, {"none": STEADY}, margin=0.0)
    assert found == {"none": False}


def test_a_single_replicate_leaves_it_unknown() -> None:
    gained = {"a": np.array([0.1, np.nan]), "b": improving(0.1, 2)}
    assert undertrained(gained, gained, gained, 0.01)["a"] is None
    assert undertrained({}, {}, {}, 0.01) == {}


@given(st.integers(0, 10**6), st.sampled_from([3, 5, 10]))
@settings(max_examples=30)
def test_it_does_not_depend_on_the_order_of_methods_or_replicates(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    parts = [{name: random.normal(0.01, 0.01, n) for name in "abc"} for _ in range(3)]
    order, shuffled = random.permutation(list("abc")), random.permutation(n)
    scores, losses, faster = ({name: part[name][shuffled] for name in order} for part in parts)
    found = undertrained(scores, losses, faster, 0.01)
    assert found == undertrained(parts[0], parts[1], parts[2], 0.01)


@pytest.mark.parametrize("replicates", [3, 10])
def test_noise_is_called_an_improvement_in_at_most_a_twentieth_of_studies(replicates: int) -> None:
    random, wrong, studies = np.random.default_rng(1), 0, 200
    for _ in range(studies):
        shared = random.normal(size=replicates)
        scores, losses, faster = (
            {n: shared + random.normal(size=replicates) for n in "abcd"} for _ in range(3)
        )
        wrong += any(undertrained(scores, losses, faster, margin=0.0).values())
    assert wrong <= stats.binom.ppf(0.999, studies, 0.05)


def test_noise_of_one_run_along_its_epochs_does_not_matter() -> None:
    """Replicates are what is counted, so epochs may be as alike as they like: here random walks."""
    random, wrong, studies = np.random.default_rng(2), 0, 200
    for _ in range(studies):
        score, loss = random.normal(size=(2, 5, 60)).cumsum(axis=2)
        wrong += bool(
            undertrained(
                {"none": gains(score)}, {"none": gains(loss)}, {"none": speedups(loss)}, margin=0.0
            )["none"]
        )
    assert wrong <= stats.binom.ppf(0.999, studies, 0.05)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_method_is_undertrained_up_to_a_margin(seed: int) -> None:
    """The largest margin of each method says what every margin would."""
    random = np.random.default_rng(seed)
    scores, losses, faster = (
        {f"m{i}": random.normal(random.choice([0, 0.02]), 0.01, 5) for i in range(4)}
        for _ in range(3)
    )
    most = undertrained_up_to(scores, losses, faster)
    gained = [float(np.mean(own)) for own in scores.values()]
    for margin in (0.0, 0.005, *(g for g in gained if g > 0), 0.02, 0.05, np.inf):
        found = undertrained(scores, losses, faster, margin)
        assert found == {name: margin <= most[name] for name in scores}
    assert undertrained_up_to({"m": [0.1]}, {"m": [0.1]}, {"m": [0.1]}) == {"m": -np.inf}
