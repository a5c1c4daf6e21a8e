"""What to use now, against closed forms, and how often it comes true."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import simulate_recommendation as simulate
from scipy import special

from bridle.statistics import Estimate, compare, fresh
from bridle.statistics.recommendation import LeastRegret, recommend


def told(difference: float, error: float, name: str = "l2") -> LeastRegret:
    """Recommend between the baseline and one method, whose variance is known."""
    estimate = Estimate(difference, error, 1e6, 1000, 0, "fresh")
    found = recommend({name: estimate}, lambda a, b: estimate, "none", margin=0.01)
    assert found is not None
    return found


def test_a_clear_difference_is_expected_as_it_is() -> None:
    found = told(0.05, 0.001)
    assert found.method == "l2"
    assert found.expected_gain == pytest.approx(0.05, abs=2e-4)
    assert (found.low, found.high) == pytest.approx((0.048, 0.052), abs=3e-4)
    assert found.chance_no_worse == found.chance_best == 1
    assert found.regret == 0
    assert found.baseline_as_good == 0


def test_an_unclear_difference_is_drawn_towards_0() -> None:
    """The gain shrinks, and the chance lies between an even one and what the data alone say."""
    found = told(0.01, 0.02)
    assert 0 < found.expected_gain < 0.008
    assert 0.52 < found.chance_no_worse < float(special.ndtr(0.5))
    assert found.regret > 0


def test_of_a_method_that_only_loses_none_is_recommended() -> None:
    found = told(-0.03, 0.01)
    assert found.method == "none"
    assert (found.expected_gain, found.low, found.high) == (0, 0, 0)
    assert found.chance_no_worse == 1
    assert 0 < found.regret < 0.001


def test_a_baseline_that_was_unlucky_is_seen() -> None:
    """Eight methods are ahead by the same: more likely it is the baseline's draw than eight gains."""
    rng = np.random.default_rng(0)
    own, luck = 0.003 * rng.normal(size=(8, 10)), 0.02 * rng.normal(size=10)
    scores = {"none": -luck - 0.008} | {str(i): row for i, row in enumerate(own)}
    found = compare(scores, margin=0.01)
    estimates = {c.method: c.estimate for c in found.methods}
    together = recommend(estimates, found.pair, "none", 0.01)
    assert together is not None
    assert together.expected_gain < 0.75 * np.mean([e.difference for e in estimates.values()])


def test_the_same_numbers_give_the_same_answer() -> None:
    assert told(0.01, 0.01) == told(0.01, 0.01)


def test_without_standard_errors_nothing_is_said() -> None:
    alone = {"l2": fresh([0.1])}
    assert recommend(alone, lambda a, b: alone["l2"], "none", 0.01) is None
    assert recommend({}, lambda a, b: alone["l2"], "none", 0.01) is None


@pytest.mark.slow
@pytest.mark.parametrize("world", ["normal, one margin", "long tails"])
def test_what_it_says_comes_true(world: str) -> None:
    found = simulate.simulate(world, 4, 5, 120)
    said, true, number = found.came_true(0.0, 1.1)
    assert number > 80
    assert true > said - 3 * np.sqrt(said * (1 - said) / number)
    assert found.covered >= 0.88 * number
    own, _, sure = found.regret
    assert own < 0.6 * sure  # waiting for certainty costs more
