"""How many further replicates decide, against studies that are carried on, and how often that comes true."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import simulate_more_replicates as simulate

from bridle.statistics import fresh, interval, needed, verdict_of

MARGIN, METHODS = 0.01, 3


def undecided(seed: int, replicates: int) -> np.ndarray:
    """Differences around half a margin."""
    rng = np.random.default_rng(seed)
    return np.asarray(0.5 * MARGIN + MARGIN * rng.standard_normal(replicates))


def decided(differences: np.ndarray) -> bool:
    estimate = fresh(differences)
    between = interval(estimate, 0.95, METHODS)
    return verdict_of(estimate, between, MARGIN, METHODS).label != "undecided"


@pytest.mark.parametrize("replicates", [4, 12])
def test_the_shares_are_those_of_studies_drawn_from_the_posterior(replicates: int) -> None:
    d = undecided(replicates, replicates)
    wanted = needed(fresh(d), MARGIN, METHODS).replicates
    assert wanted is not None
    rng, shares = np.random.default_rng(0), {"least": 0.2, "half": 0.5, "most": 0.8}
    for name, share in shares.items():
        further, came_true = getattr(wanted, name), 0
        for _ in range(300):
            variance = d.var(ddof=1) * (replicates - 1) / rng.chisquare(replicates - 1)
            truth = d.mean() + np.sqrt(variance / replicates) * rng.standard_normal()
            more = truth + np.sqrt(variance) * rng.standard_normal(further)
            came_true += decided(np.concatenate([d, more]))
        assert came_true / 300 >= share - 0.1
        if further > 1:  # a single one may decide more at once
            assert came_true / 300 <= share + 0.15


def test_the_larger_the_margin_the_fewer() -> None:
    estimate = fresh(undecided(3, 10))
    found = [needed(estimate, margin, METHODS).replicates for margin in (0.012, 0.02, 0.03)]
    halves = [one.half for one in found if one is not None]
    assert len(halves) == 3
    assert halves == sorted(halves, reverse=True)


def test_the_same_numbers_give_the_same_forecast() -> None:
    estimate = fresh(undecided(4, 6))
    assert needed(estimate, MARGIN, METHODS) == needed(estimate, MARGIN, METHODS)


@pytest.mark.parametrize("effect", [0.5, 2.0])
def test_it_comes_true_as_often_as_said(effect: float) -> None:
    found = simulate.planned(effect, 6, 8, 100)
    assert found.undecided > 40
    shares = {name: found.decided[name] / found.asked[name] for name in simulate.SHARES}
    assert shares["least"] < shares["half"] < shares["most"]
    assert 0.35 <= shares["half"] <= 0.8
    assert shares["most"] >= 0.65
