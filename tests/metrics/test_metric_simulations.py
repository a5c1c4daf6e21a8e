"""How often the intervals of metrics hold the truth, counted on simulated networks (small; see benchmarks)."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "simulate_metrics.py"
spec = importlib.util.spec_from_file_location("simulate_metrics", SCRIPT)
simulate = importlib.util.module_from_spec(spec)
sys.modules["simulate_metrics"] = simulate
spec.loader.exec_module(simulate)

STUDIES = 1000


@pytest.mark.parametrize("name", [n for n in simulate.NAMES if n != "accuracy"])
def test_intervals_hold_the_truth(name):
    # where networks are close to calibrated, intervals of the calibration error are cautious
    world = "both" if name == "calibration-error" else "alike"
    found = simulate.coverage(name, world, 5, STUDIES, count=200, seed=1)
    assert 0.93 <= found.covered / STUDIES <= 0.97
    assert found.naive / STUDIES < 0.9


def test_an_interval_holds_a_difference_that_is_there():
    found = simulate.coverage("auroc", "both", 10, 300, count=200, classes=3, seed=2)
    assert found.covered / 300 >= 0.92


def test_calibrated_networks_are_not_told_apart():
    found = simulate.coverage("calibration-error", "alike", 5, 300, count=200, seed=3)
    assert found.covered / 300 >= 0.95
