"""Numbers that differ by rounding alone count as equal in ranks, signs and permutation tests."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.statistics import compare, rank, signal, signal_retrained
from bridle.statistics.ties import at_least, differences, levels

SHARE, ROUNDED = 0.95, 0.9499999999999998
"""A share of right predictions, and the same as the mean of replicates' means."""


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_shares_are_compared_as_the_counts_that_they_are(counts: list[int], seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-3e-16, 3e-16, len(counts))
    shares = np.array(counts) / 40 * (1 + noise)
    np.testing.assert_array_equal(levels(shares), np.unique(counts, return_inverse=True)[1])
    np.testing.assert_array_equal(levels(shares[None])[0], levels(shares))
    for count in counts:
        np.testing.assert_array_equal(at_least(shares, count / 40), np.array(counts) >= count)
        signs = np.sign(differences(shares, count / 40))
        np.testing.assert_array_equal(signs, np.sign(np.array(counts) - count))


def test_permutations_that_are_as_good_count_whatever_their_last_digits() -> None:
    assert signal_retrained(SHARE, [ROUNDED] * 19).p == 1
    assert not signal_retrained(SHARE, [ROUNDED] * 19).found
    assert signal_retrained(ROUNDED, [SHARE] * 19).p == 1
    assert signal_retrained(SHARE, [0.9] * 19).found  # p = 1/20 is enough


def test_both_tests_for_signal_find_it_at_the_level_itself() -> None:
    labels = np.arange(40) % 2
    found = signal(labels, labels, permutations=19)
    assert (found.p, found.found) == (1 / 20, True)
    # 1 − 0.9 is a little less than 0.1
    assert signal(labels, labels, permutations=99, level=0.99).found
    assert signal_retrained(1.0, [*[1.0], *[0.5] * 18], level=0.9).found


def test_ranks_over_data_sets_tie() -> None:
    table = {"none": np.full(8, SHARE), "a": np.full(8, ROUNDED), "b": np.full(8, 0.5)}
    found = rank(table)
    assert found["none"].rank == found["a"].rank == 1.5
    two = rank({"none": table["none"], "a": table["a"]})
    assert (two.p, two["a"].standing) == (1.0, "not told apart")


def test_a_difference_of_rounding_is_no_effect() -> None:
    base = np.array([0.95, 0.9, 0.85, 0.8, 0.75, 0.7])
    noise = np.array([1, 2, 1, 2, 1, 2]) * 1.2e-16
    found = compare({"none": base, "a": base + noise})["a"]
    assert (found.wins, found.difference) == (0, 0.0)
    assert found.verdict.label not in ("helps", "hurts")
