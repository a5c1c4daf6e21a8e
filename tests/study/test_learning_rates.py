"""The learning rates that methods share, and those between them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.study.learning_rates import finer, middle, rates_in_words, shared_rates, usual_rates

_RATES = st.lists(st.floats(1e-6, 10.0), min_size=2, max_size=6, unique=True).map(sorted)


@given(st.sampled_from([1e-4, 1e-3, 0.002, 0.01, 0.5]), st.integers(1, 40))
def test_usual_rates_lie_around_the_default(default: float, amount: int) -> None:
    rates = usual_rates(default, amount)
    assert len(set(rates)) == amount
    assert list(rates) == sorted(rates)
    assert default in rates
    assert default / 10 <= rates[0] * 1.01
    assert rates[-1] <= default * 10.1


@pytest.mark.parametrize("amount", [1, 2, 3, 4, 5])
def test_the_default_is_the_middle_one(amount: int) -> None:
    assert middle(usual_rates(0.01, amount)) == 0.01


@pytest.mark.parametrize(
    ("most", "amount"), [(None, 3), (1, 1), (3, 1), (4, 2), (5, 2), (6, 3), (100, 3)]
)
def test_few_configurations_share_fewer_rates(most: int | None, amount: int) -> None:
    assert len(shared_rates(0.01, None, {}, most)) == amount


def test_a_rate_that_is_given_is_the_only_one() -> None:
    assert shared_rates(0.01, 0.5, {}, 12) == (0.5,)
    with pytest.raises(UserError, match="must be a number greater than 0"):
        shared_rates(0.01, 0, {}, None)


def test_rates_in_two_places_are_refused() -> None:
    with pytest.raises(UserError, match="Leave one of them out"):
        shared_rates(0.01, 0.5, {"learning_rate": {"learning_rate": [0.1]}}, None)


@given(_RATES, st.integers(0, 30))
def test_finer_rates_contain_the_shared_ones_and_nothing_beyond(
    rates: list[float], more: int
) -> None:
    found = finer(rates, len(rates) + more)
    assert set(rates) <= set(found)
    assert list(found) == sorted(set(found))
    assert (found[0], found[-1]) == (rates[0], rates[-1])
    room = all(high / low > 1 + 1e-12 for low, high in itertools.pairwise(rates))
    assert len(found) == len(rates) + more if room else len(found) <= len(rates) + more


def test_neighbouring_numbers_have_nothing_between() -> None:
    assert finer([9.999999999999998, 10.0], 3) == (9.999999999999998, 10.0)


def test_one_rate_has_nothing_between() -> None:
    assert finer([0.1], 12) == (0.1,)


def test_rates_in_words() -> None:
    assert rates_in_words([0.01]) == "learning rate 0.01"
    assert rates_in_words([0.003, 0.01, 0.03]) == "learning rates 0.003, 0.01 and 0.03"
