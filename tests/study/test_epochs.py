"""How many epochs are enough, from learning curves that are made up."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.study.auto import whole_or_auto
from bridle.study.epochs import (
    FALLING,
    Curve,
    Pilot,
    ceiling,
    enough,
    number_of_epochs,
    readable,
    smoothed,
    stages,
    stops,
    tolerance,
    words,
)


def curve(errors: Any, name: str = "none", examples: int | None = None) -> Curve:
    """A curve as a pilot makes it of the errors after every epoch."""
    found = smoothed(np.asarray(errors, float))
    return Curve(name, np.arange(1, len(found) + 1), found, tolerance(found, examples))


def falling(pace: float, epochs: int = 240, to: float = 0.2) -> Any:
    """Errors that fall from 1 to an end exponentially, by a factor e in `pace` epochs."""
    return to + (1 - to) * np.exp(-np.arange(1, epochs + 1) / pace)


@given(
    st.lists(
        st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda x: round(x, 6)),
        min_size=1,
        max_size=60,
    )
)
def test_smoothing_is_the_mean_of_the_last_fifth_of_the_epochs_so_far(values: list[float]) -> None:
    by_hand = [
        np.mean(values[end - math.ceil(0.2 * end) : end]) for end in range(1, len(values) + 1)
    ]
    np.testing.assert_allclose(smoothed(values), by_hand, rtol=0, atol=1e-9)


@given(st.floats(2.0, 40.0), st.floats(0.05, 0.5))
def test_a_curve_stops_where_what_is_left_of_its_fall_no_longer_matters(
    pace: float, to: float
) -> None:
    found = curve(falling(pace, to=to))
    last = stops(found)
    rest = found.errors[last - 1] - found.errors.min()
    assert rest <= 0.05 * found.errors.min() + 1e-12
    if last > 1:
        assert found.errors[last - 2] - found.errors.min() > 0.05 * found.errors.min()
    assert last <= stops(curve(falling(2 * pace, to=to)))  # a slower one stops later


def test_a_pilot_ends_when_its_slowest_setting_has_stopped() -> None:
    found = enough([curve(falling(5)), curve(falling(20), "dropout")], 240, 600)
    assert found is not None
    assert (found.slowest, found.found) == ("dropout", True)
    assert found.stopped == stops(curve(falling(20)))
    assert enough([curve(falling(5)), curve(falling(200), "dropout")], 240, 600) is None


def test_a_pilot_that_still_improves_at_its_ceiling_says_so() -> None:
    found = enough([curve(np.linspace(1, 0.1, 600), "dropout")], 600, 600)
    assert found == Pilot(600, found=True, slowest="dropout", stopped=None)
    assert number_of_epochs(found, 60) == 600
    assert "dropout was still improving" in words(found, 600)
    assert "such as 1200" in words(found, 600)


def test_what_never_improves_needs_half_of_the_usual_epochs() -> None:
    found = enough([curve(np.full(120, 0.9))], 120, 600)
    assert found is not None
    assert found.stopped == 1
    assert number_of_epochs(found, 60) == 30


@given(st.integers(0, 2**32 - 1), st.integers(30, 2000))
def test_noise_as_large_as_chance_makes_no_pilot_longer(seed: int, examples: int) -> None:
    """Counts of wrong answers that only scatter from epoch to epoch never look like an improvement that lasts."""
    random = np.random.default_rng(seed)
    scatter = random.normal(0.3, 0.2 * math.sqrt(0.21 / examples), 120)
    found = enough([curve(scatter, examples=examples)], 120, 600)
    assert found is not None
    assert found.stopped is not None


@given(st.integers(4, 40), st.floats(0.001, 0.01))
def test_overfitting_after_the_best_epoch_does_not_count(best: int, slope: float) -> None:
    epochs = np.arange(1, 121)
    found = curve(0.2 + slope * np.abs(epochs - best))
    assert stops(found) <= 2 * best
    assert enough([found], 120, 600) is not None


@pytest.mark.parametrize(
    "errors", [np.empty(0), np.array([0.5, math.nan, math.nan]), np.array([0.5, math.inf])]
)
def test_a_diverged_run_says_nothing(errors: Any) -> None:
    one = Curve("dropout", np.arange(1, len(errors) + 1), errors, 0.01)
    found = enough([curve(falling(5)), one], 240, 600)
    assert found is not None
    assert found.slowest == "none"
    alone = enough([one], 120, 600)
    assert alone is not None
    assert number_of_epochs(alone, 60) == 60
    assert words(alone, 60).endswith("every network of the pilot diverged.")


@given(st.integers(1, 1000))
def test_stages_double_up_to_the_ceiling(usual: int) -> None:
    found = stages(usual)
    assert found[-1] == ceiling(usual)
    assert all(later <= 2 * earlier for earlier, later in pairwise(found))
    assert found == sorted(set(found))
    assert found[0] >= usual


@given(st.integers(1, 10**6))
def test_readable_numbers_have_few_digits_and_are_at_most_half_larger(epochs: int) -> None:
    found = readable(epochs)
    assert epochs <= found <= max(2 * epochs, 3)
    assert len(str(found).rstrip("0")) <= 2
    assert readable(found) == found


@given(st.integers(1, 600))
def test_the_number_is_never_below_what_the_slowest_needs(stopped: int) -> None:
    assert number_of_epochs(Pilot(600, True, "none", stopped), 60) >= max(30, stopped)


@given(st.integers(1, 600))
def test_a_rate_that_falls_needs_half_of_the_epochs(stopped: int) -> None:
    found = Pilot(600, True, "none", stopped)
    whole, half = number_of_epochs(found, 60), number_of_epochs(found, 60, FALLING)
    assert half == number_of_epochs(Pilot(600, True, "none", math.ceil(stopped / 2)), 60)
    assert max(30, stopped / 2) <= half <= whole
    assert words(found, whole).endswith(f" after {stopped}.")
    assert words(found, half, FALLING).endswith(
        f" after {stopped} at a constant rate, and a falling one needs half as many."
    )


def test_a_pilot_that_still_improves_gives_a_falling_rate_no_less() -> None:
    assert number_of_epochs(Pilot(600, True, "dropout", None), 60, FALLING) == 600


@pytest.mark.parametrize("text", ["auto", "AUTO", " Auto "])
def test_auto_is_read_in_any_spelling(text: str) -> None:
    assert whole_or_auto("epochs", text, 100) == "auto"


@pytest.mark.parametrize("wrong", ["automatic", "many", "", "12", 0, -1, 1.5, True, [60]])
def test_other_than_numbers_and_auto_is_refused_in_a_sentence(wrong: Any) -> None:
    with pytest.raises(UserError, match=r"epochs.* must be a whole number at least 1"):
        whole_or_auto("epochs", wrong, 10**6)
