"""Two-level experiments, against their definitions and against least squares."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from bridle.errors import UserError
from bridle.statistics.factorial import PAIRS, SINGLES, fraction, full, pair, single

TEXTBOOK = {
    SINGLES: {4: 8, 5: 16, 6: 16, 7: 16, 8: 16, 9: 32, 16: 32},
    PAIRS: {5: 16, 6: 32, 7: 64, 8: 64, 9: 128, 11: 128},
}
"""Combinations of the smallest regular fractions (Box, Hunter and Hunter, Statistics for Experimenters, table 6.22)."""


def signs(levels: np.ndarray) -> np.ndarray:
    return np.where(levels, 1.0, -1.0)


def words(levels: np.ndarray, length: int) -> int:
    """Count the products of `length` columns that are the same in every combination."""
    s = signs(levels)
    some = itertools.combinations(range(s.shape[1]), length)
    return sum(abs(np.prod(s[:, list(chosen)], axis=1).sum()) == len(s) for chosen in some)


@pytest.mark.parametrize(
    ("resolution", "factors"), [(r, k) for r, sizes in TEXTBOOK.items() for k in sizes]
)
def test_fractions_have_their_resolution_and_are_no_larger_than_the_textbooks(
    resolution: int, factors: int
) -> None:
    levels = fraction(factors, resolution)
    assert len(levels) == len({tuple(row) for row in levels.tolist()})
    assert len(levels) == TEXTBOOK[resolution][factors]
    assert not levels[0].any()
    assert not any(words(levels, length) for length in range(1, min(resolution, factors + 1)))


@given(st.integers(2, 8), st.sampled_from((SINGLES, PAIRS)))
def test_effects_are_orthogonal(factors: int, resolution: int) -> None:
    s = signs(fraction(factors, resolution))
    columns = [np.ones(len(s)), *s.T]
    if resolution == PAIRS:
        columns += [s[:, a] * s[:, b] for a, b in itertools.combinations(range(factors), 2)]
        products = np.array(columns) @ np.array(columns).T
        assert np.array_equal(products, len(s) * np.eye(len(columns)))
        return
    pairs = [s[:, a] * s[:, b] for a, b in itertools.combinations(range(factors), 2)]
    assert np.array_equal(np.array(columns) @ np.array(columns).T, len(s) * np.eye(factors + 1))
    assert not (s.T @ np.array(pairs).T).any()  # single factors are clear of pairs


@pytest.mark.parametrize("levels", [full(2), full(4), fraction(6), fraction(8)])
def test_contrasts_are_the_coefficients_of_least_squares(levels: np.ndarray) -> None:
    random, factors = np.random.default_rng(5), levels.shape[1]
    scores = random.normal(size=len(levels))
    s = signs(levels)
    pairs = [*itertools.combinations(range(factors), 2)]
    columns = np.column_stack([s, *(s[:, a] * s[:, b] for a, b in pairs)])
    fitted = sm.OLS(scores, sm.add_constant(columns)).fit().params[1:]
    for factor in range(factors):
        assert single(levels, factor) @ scores == pytest.approx(2 * fitted[factor])
    for (a, b), coefficient in zip(pairs, fitted[factors:], strict=True):
        assert pair(levels, a, b) @ scores == pytest.approx(4 * coefficient)


def test_all_combinations_are_there_once_from_none_to_all() -> None:
    levels = full(3)
    assert len({tuple(row) for row in levels.tolist()}) == len(levels) == 8
    assert not levels[0].any()
    assert levels[-1].all()


def test_another_resolution_is_refused() -> None:
    with pytest.raises(UserError, match=r"resolution must be 4 or 5; received 3"):
        fraction(6, 3)
