"""What is counted in tables of populations, with tables whose truth is known in place of trained networks."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import simulate_more_replicates, simulate_recommendation, simulate_splits
from benchmarks.populations import Trained

EFFECTS = (0.0, 0.1, -0.1, 0.0)
"""True differences of the methods to the first, in accuracy."""


def table(seed: int, rows: int = 100, splits: int = 8) -> Trained:
    """A table whose rows are hard or easy for all methods alike, and whose splits are unlike only by chance."""
    rng = np.random.default_rng(seed)
    hard, test = 0.6 + 0.2 * rng.random(rows), rows // 5
    drawn = np.stack([rng.permutation(rows)[:test] for _ in range(splits)])
    chance = hard[drawn] + np.array(EFFECTS)[:, None, None]
    labels = rng.integers(0, 2, rows)
    right = rng.random(chance.shape) < chance
    outside = 0.7 + np.repeat(np.array(EFFECTS)[:, None], splits, axis=1)
    return Trained(
        labels.astype(np.int32),
        drawn.astype(np.int32),
        np.where(right, labels[drawn], 1 - labels[drawn]).astype(np.int8),
        np.where(right, -0.1, -2.0).astype(np.float32),
        outside.astype(np.float32),
        -outside.astype(np.float32),
    )


@pytest.fixture(scope="module")
def tables() -> list[Trained]:
    return [table(seed) for seed in range(30)]


def test_intervals_hold_the_truth_of_the_population(tables: list[Trained]) -> None:
    rows = simulate_splits.count(tables, "accuracy", 8, rows=True)
    corrected = simulate_splits.count(tables, "accuracy", 8, rows=False)
    assert rows.covered >= 0.93
    assert rows.wrong <= 0.2
    assert rows.width < corrected.width
    truth = simulate_splits.differences(tables, "accuracy")
    assert truth == pytest.approx(np.tile(EFFECTS[1:], (30, 1)))


def test_recommendations_are_judged_by_the_truth(tables: list[Trained]) -> None:
    found = simulate_recommendation.of_population(tables[:12], 8, 3, 1)
    assert found.studies == 12
    own, _, sure = found.regret
    assert 0 <= own <= 0.05
    assert own <= sure + 0.02
    assert np.mean(found.true) > 0.8


def test_forecasts_are_carried_on_over_further_splits(tables: list[Trained]) -> None:
    found = simulate_more_replicates.carried_on(tables[:6], 3, margin=0.02)
    assert found.undecided > 0
    assert all(found.decided[share] <= found.asked[share] for share in found.asked)
