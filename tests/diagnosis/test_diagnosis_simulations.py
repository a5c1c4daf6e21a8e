"""How often diagnoses are wrong, counted over many real trainings (small; see benchmarks)."""

import pytest
from benchmarks import simulate_diagnosis as simulate
from benchmarks.null_worlds import MOONS, World
from scipy import stats

from bridle.diagnosis.quantities import Quantity

pytestmark = pytest.mark.slow

DIAGNOSES = 20


def test_lower_ends_above_0_hold_together() -> None:
    world = World(MOONS, "overlapping")
    found = simulate.diagnose(world, 3, 8, range(DIAGNOSES))
    errors = simulate.errors(found)
    assert errors.diagnoses == DIAGNOSES
    assert errors.shown <= stats.binom.ppf(0.999, DIAGNOSES, 0.05)


def test_errors_are_counted_against_the_means() -> None:
    def one(value: float, low: float, kinds: tuple[str, ...] = ()) -> simulate.Said:
        numbers = {name: Quantity(0.0, -1.0, 1.0) for name in simulate.LOWER_ENDS}
        return simulate.Said({**numbers, "last_step": Quantity(value, low, 1.0)}, kinds)

    found = [one(-0.3, -0.5), one(0.2, 0.1, ("too little data",)), one(-0.2, -0.4)]
    errors = simulate.errors(found)
    assert errors.truth["last_step"] == pytest.approx(-0.1)
    assert (errors.any, errors.false, errors.each["last_step"]) == (1, 1, 1)
    assert errors.kinds == {"too little data": (1, False)}
    # numbers that are all 0 say nothing, whatever the mean of the others
    assert simulate.errors([one(0.0, 0.0), one(-0.2, -0.4)]).any == 0
    better = simulate.errors([one(0.1, -0.1), one(0.3, 0.1, ("too little data",))])
    assert (better.any, better.shown, better.false) == (0, 0, 0)
    # an end below 0 may be too high, but nothing is said of it
    assert (errors.shown, simulate.errors([one(-0.3, -0.5), one(-0.2, -0.21)]).shown) == (1, 0)
