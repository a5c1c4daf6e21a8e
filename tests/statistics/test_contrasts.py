"""Contrasts of methods, against the estimates of pairs and t intervals of scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from benchmarks import simulate_ablation as simulate
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import UserError
from bridle.statistics import Comparison, compare, looked
from bridle.statistics.contrasts import contrasts
from bridle.statistics.designs import fixed_test

NAMES = ("none", "a", "b", "a+b")
MAIN = {"none": -0.5, "a": 0.5, "b": -0.5, "a+b": 0.5}
BOTH = {"none": 1.0, "a": -1.0, "b": -1.0, "a+b": 1.0}


def study(design: str = "fresh", replicates: int = 12, **more: Any) -> Comparison:
    """Accuracies of four combinations on 60 examples each."""
    random = np.random.default_rng(3)
    right = {n: (random.random((replicates, 60)) < 0.8).astype(float) for n in NAMES}
    if design == "fixed_test":
        return compare(None, "fixed_test", examples=right, **more)
    if design == "overlapping":
        rows = np.stack([random.permutation(200)[:60] for _ in range(replicates)])
        return compare(None, "overlapping", examples=right, rows=rows, sizes=(120, 60), **more)
    return compare({n: table.mean(axis=1) for n, table in right.items()}, **more)


@pytest.mark.parametrize("design", ["fresh", "fixed_test", "overlapping"])
def test_the_contrast_of_two_methods_is_their_difference(design: str) -> None:
    found = study(design)
    for first, second in (("a", "none"), ("a+b", "b")):
        pair, contrast = found.pair(first, second), found.contrast({first: 1, second: -1})
        assert contrast.difference == pytest.approx(pair.difference)
        if second != "none":  # those with the baseline may have borrowed
            assert contrast.standard_error == pytest.approx(pair.standard_error)
            assert contrast.df == pytest.approx(pair.df)


def test_intervals_are_those_of_one_t_test_for_each_effect() -> None:
    random = np.random.default_rng(1)
    scores = {n: random.normal(5, 1, 20) for n in NAMES}
    found = compare(scores, error="plain", margin=0.1)
    [[main], [both]] = contrasts(found, [[MAIN], [BOTH]])
    for contrast, weights in ((main, MAIN), (both, BOTH)):
        values = sum(w * scores[n] for n, w in weights.items())
        own = stats.ttest_1samp(values, 0.0).confidence_interval(0.95 ** (1 / 2))
        assert contrast.difference == pytest.approx(np.mean(values))
        widened = max(0.0, abs(contrast.estimate.shift(1.0)))  # a long tail lengthens one end
        assert contrast.low == pytest.approx(own.low) or widened
        assert contrast.high == pytest.approx(own.high) or widened


def test_examples_of_a_fixed_test_set_are_a_source_of_chance() -> None:
    random = np.random.default_rng(8)
    losses = {n: -random.gamma(2.0, size=(6, 40)) for n in NAMES}
    found = compare(None, "fixed_test", examples=losses, error="loss")
    table = np.asarray(sum(w * losses[n] for n, w in BOTH.items()))
    own, expected = found.contrast(BOTH), fixed_test(table)
    assert own.difference == pytest.approx(expected.difference)
    assert own.standard_error == pytest.approx(expected.standard_error)
    assert own.df == pytest.approx(expected.df)


@given(st.floats(0.1, 10))
def test_multiples_have_multiples_of_the_interval(factor: float) -> None:
    found = study("fixed_test", 5)
    one, several = found.contrast(BOTH), found.contrast({n: factor * w for n, w in BOTH.items()})
    assert several.difference == pytest.approx(factor * one.difference)
    assert several.standard_error == pytest.approx(factor * one.standard_error)
    assert several.df == pytest.approx(one.df)


def test_a_replicate_without_one_of_the_methods_is_left_out() -> None:
    random = np.random.default_rng(2)
    scores = {n: random.normal(5, 1, 8) for n in NAMES}
    scores["b"][3] = np.nan
    found = compare(scores, error="plain", margin=0.1)
    assert (found.contrast(BOTH).replicates, found.contrast(BOTH).missing) == (7, 1)
    assert found.contrast({"a": 1, "none": -1, "b": 0}).missing == 0


def test_weights_must_sum_to_zero() -> None:
    for weights in ({"a": 1.0}, {"a": 0.0, "none": 0.0}):
        with pytest.raises(UserError, match="weights must sum to 0"):
            study().contrast(weights)


def test_a_second_look_widens_the_intervals_of_effects() -> None:
    random = np.random.default_rng(4)
    scores = {n: random.normal(5, 1, 20) for n in NAMES}
    one = compare(scores, error="plain", margin=0.1)
    two = compare(scores, error="plain", margin=0.1, looks=looked([10, 20], 3))
    [[first]], [[second]] = contrasts(one, [[BOTH]]), contrasts(two, [[BOTH]])
    assert second.low < first.low
    assert second.high > first.high


@pytest.mark.parametrize("world", [*simulate.WORLDS][1:5:3])
def test_few_ablations_have_a_false_interval(world: str) -> None:
    studies = 30
    found = simulate.simulate(world, 6, 3, studies, seed=1)
    assert (1 - found.wrong) * studies >= studies - stats.binom.ppf(0.999, studies, 0.05)
    assert found.held > 0.98


@pytest.mark.slow
@pytest.mark.parametrize("world", simulate.WORLDS)
@pytest.mark.parametrize("replicates", [3, 10])
def test_the_family_of_effects_errs_as_often_as_it_says(world: str, replicates: int) -> None:
    studies = 500
    found = simulate.simulate(world, replicates, 3, studies, seed=2)
    assert found.wrong * studies <= stats.binom.ppf(0.999, studies, 0.05)
