"""Groups of test examples that are not independent: intervals count groups, and hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.statistics import interval
from bridle.statistics.groups import by_group
from bridle.statistics.pairs import Pairs

SIMULATIONS = 200


@given(st.integers(1, 4), st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(0, 99))
def test_parts_of_groups_have_the_score_as_their_mean(
    replicates: int, groups: list[int], seed: int
) -> None:
    table = np.random.default_rng(seed).normal(size=(replicates, len(groups)))
    table[0] = np.nan
    parts, rows = by_group({"a": table}, np.tile(groups, (replicates, 1)))
    np.testing.assert_allclose(parts["a"].mean(axis=1), table.mean(axis=1), atol=1e-12)
    assert rows[0].tolist() == sorted(set(groups))


def test_groups_of_one_example_are_the_examples() -> None:
    table = np.random.default_rng(0).normal(size=(3, 8))
    order = np.array([3, 1, 0, 2, 7, 6, 5, 4])
    parts, rows = by_group({"a": table}, np.tile(order, (3, 1)))
    np.testing.assert_allclose(parts["a"][:, order], table)
    assert rows[0].tolist() == list(range(8))


def test_replicates_that_test_fewer_groups() -> None:
    groups = np.array([[5, 5, 5, 5], [5, 6, 6, 7]])
    parts, rows = by_group({"a": np.array([[1.0, 0, 0, 1], [1, 0, 0, 1]])}, groups)
    assert rows.tolist() == [[5, -1, -1], [5, 6, 7]]
    # 3/4 · (sum − size/2) + 1/2
    np.testing.assert_allclose(parts["a"], [[0.5, 0, 0], [0.875, -0.25, 0.875]])


def _right(random: np.random.Generator, groups: np.ndarray, replicates: int) -> np.ndarray:
    """Draw of two equally good methods whether they are right, [2, replicates, n]: alike in groups and replicates."""
    own = random.normal(size=(2, groups.max() + 1))[:, None, groups]
    rows = 0.5 * random.normal(size=(2, 1, len(groups)))
    noise = 0.5 * random.normal(size=(2, replicates, len(groups)))
    found: np.ndarray = (own + rows + noise > -0.8).astype(float)
    return found


def _held(pairs: Pairs) -> bool:
    found = interval(pairs.estimate("a", "b"))
    return bool(found.low <= 0 <= found.high)


@pytest.mark.parametrize("sizes", [(6,), (1, 11)], ids=["alike", "uneven"])
@pytest.mark.parametrize("design", ["fixed_test", "overlapping"])
def test_intervals_by_groups_hold_the_truth(design: str, sizes: tuple[int, ...]) -> None:
    """Those that take examples as independent hold it more rarely: on a fixed test set in 55 to 70 % of studies."""
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), np.tile(sizes, 40 // len(sizes)))
    held = {"examples": 0, "groups": 0}
    for _ in range(SIMULATIONS):
        right = _right(random, groups, 6)
        tested = np.tile(np.arange(len(groups)), (6, 1))
        if design == "overlapping":  # every split tests a fifth of the groups whole
            drawn = [np.isin(groups, random.permutation(40)[:8]) for _ in range(6)]
            size = min(int(part.sum()) for part in drawn)
            tested = np.stack([np.flatnonzero(part)[:size] for part in drawn])
        tables = {
            name: np.take_along_axis(own, tested, axis=1)
            for name, own in zip("ab", right, strict=True)
        }
        size = tested.shape[1]
        parts, rows = by_group(tables, groups[tested])
        for name, (own, numbers) in {
            "examples": (tables, tested),
            "groups": (parts, rows),
        }.items():
            overlap = design == "overlapping"
            held[name] += _held(
                Pairs(
                    {name: table.mean(axis=1) for name, table in tables.items()},
                    "overlapping" if overlap else "fixed_test",
                    own,
                    (len(groups) * 3 // 5, size) if overlap else None,
                    size,
                    rows=numbers if overlap else None,
                )
            )
    assert held["examples"] < held["groups"] - 0.03 * SIMULATIONS, held
    assert held["groups"] > 0.91 * SIMULATIONS, held
