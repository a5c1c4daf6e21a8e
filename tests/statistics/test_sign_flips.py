"""Holm, sign flips, intervals for one accuracy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from bridle.errors import UserError
from bridle.statistics import accuracy_interval, holm, sign_flip

rng = np.random.default_rng(3)


@settings(max_examples=25, deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=9), absent=st.sets(st.integers(0, 8)))
def test_holm_is_statsmodels(p: list[float], absent: set[int]) -> None:
    there = np.array([i not in absent for i in range(len(p))])
    asked = np.where(there, p, np.nan)
    expected = np.full(len(p), np.nan)
    if there.any():
        expected[there] = multipletests(asked[there], method="holm")[1]
    np.testing.assert_allclose(holm(asked), expected, atol=1e-15)


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, np.nan]), [0.03, 0.06, 0.06, np.nan])
    assert np.isnan(holm([np.nan])).all()
    with pytest.raises(UserError, match="p_values"):
        holm([0.5, 1.2])


@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_sign_flip_is_scipys_exact_permutation_test(n: int) -> None:
    d = rng.normal(0.5, 1, n).round(1)
    reference = stats.permutation_test(
        (d,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert sign_flip(d) == pytest.approx(min(reference.pvalue, 1))


def test_sign_flip_floor_and_missing() -> None:
    assert sign_flip([1, 2, 3, np.nan, 4]) == 2 / 2**4
    assert sign_flip(np.arange(1, 21)) == 2 / 2**20
    assert sign_flip(np.zeros(5)) == 1
    assert np.isnan(sign_flip([np.nan]))


def test_sign_flip_beyond_enumeration_is_close_and_repeatable() -> None:
    d = rng.normal(0.3, 1, 40)
    assert sign_flip(d) == sign_flip(d)
    assert sign_flip(d) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.01)


@pytest.mark.parametrize(("correct", "total"), [(0, 10), (10, 10), (973, 1000)])
def test_accuracy_interval_is_statsmodels(correct: int, total: int) -> None:
    expected = proportion_confint(correct, total, 0.05, "wilson")
    assert accuracy_interval(correct, total) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("arguments", [(5, 4), (-1, 4), (1, 0), (1, 4, 1.5), (1.5, 4)])
def test_accuracy_interval_refuses_nonsense(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UserError):
        accuracy_interval(*arguments)
