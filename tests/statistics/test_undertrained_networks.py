"""Trained networks: a small version of `benchmarks.simulate_undertrained`."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import simulate_undertrained as simulate
from benchmarks.simulate_undertrained import World, cases, count, train

pytestmark = pytest.mark.slow


def test_trainings_that_end_too_early_are_found_and_long_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(2000, 5)).astype(np.float32)
    targets = (inputs.sum(axis=1) + random.normal(size=2000) > 0).astype(int)
    monkeypatch.setattr(simulate, "population", lambda name: (inputs, targets))
    world = World("", 150, epochs=(8, 16, 32, 64, 128), methods=("none",), rates=(3e-3,))
    found = list(cases(world, train(world, 1, replicates=5)))
    early, late = found[0], found[len(world.epochs) - 2]
    assert early.truth["none"] > 1
    assert late.truth["none"] < 0.25
    assert count([early], 5)[1].sum() == 1
    assert count([late], 5)[1].sum() == 0
