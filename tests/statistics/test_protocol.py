"""The rules by which the default protocol was chosen: what a comparison would have selected from a pool of runs."""

import numpy as np
import pandas as pd
import pytest
from benchmarks import protocol_shares as shares
from benchmarks.protocol_pool import METHODS, PARTS, REDRAWN, planned
from benchmarks.protocol_rules import Rule, choose, chosen, finer, overall, spread
from benchmarks.protocol_sets import DRAWS
from hypothesis import given
from hypothesis import strategies as st


def pool() -> pd.DataFrame:
    """One split of one data set: `none` at three rates, l2 at two rates and two strengths."""
    rows = [
        # method, step, strength, val_score, val_loss, test_score
        ("none", -8, 0, 0.80, 0.50, 0.70),
        ("none", 0, 0, 0.80, 0.40, 0.71),
        ("none", 8, 0, 0.90, 0.90, 0.60),
        ("l2", -8, 0, 0.70, 0.10, 0.75),
        ("l2", -8, 6, 0.85, 0.30, 0.65),
        ("l2", 8, 0, np.nan, np.nan, np.nan),
        ("l2", 8, 6, 0.95, 0.20, 0.80),
    ]
    names = ["method", "step", "strength", "val_score", "val_loss", "test_score"]
    return pd.DataFrame(rows, columns=names).assign(dataset="wine", split=0)


@pytest.mark.parametrize(
    ("rates", "strengths", "none", "l2", "best"),
    [
        ((-8,), (0,), 71, 75, 71),  # a tie of scores goes to the lower loss; l2 has one run
        ((-8,), (0, 6), 71, 65, 65),
        ((-8, 8), (0,), 71, 75, 71),  # what diverged is not selected
        ((-8, 8), (0, 6), 71, 80, 80),
    ],
)
def test_selects_as_a_comparison_does(
    rates: tuple[int, ...], strengths: tuple[int, ...], none: float, l2: float, best: float
) -> None:
    rule = Rule(rates, strengths, (-8, 0))
    scores = chosen(pool(), rule)
    assert scores.to_dict("records") == [{"none": none, "l2": l2}]
    assert overall(pool(), rule).tolist() == [best]
    assert rule.runs == len(rates) * len(strengths)


def test_of_equal_runs_the_first_is_selected_and_diverged_ones_last() -> None:
    rows = pool().iloc[[5, 0, 0]].assign(method="none", test_score=[0.1, 0.2, 0.3])
    assert choose(rows, ["method"])["test_score"].tolist() == [0.2]
    assert np.isnan(choose(rows.iloc[:1], ["method"])["val_score"]).all()


def test_a_method_that_does_nothing_is_not_among_the_best_of_all() -> None:
    rows = pool()
    rows.loc[rows["method"] == "l2", "method"] = REDRAWN
    assert overall(rows, Rule((-8, 8), (0, 6), (-8, 0))).tolist() == [71]


def test_strengths_are_spread_over_the_grid() -> None:
    found = {amount: spread(amount) for amount in (2, 3, 4, 7)}
    assert found == {2: (0, 6), 3: (0, 3, 6), 4: (0, 2, 4, 6), 7: (0, 1, 2, 3, 4, 5, 6)}


def test_finer_steps_divide_gaps_evenly() -> None:
    assert finer((-8, 0, 8), 9) == (-8, -6, -4, -2, 0, 2, 4, 6, 8)
    assert finer((0, 8), 2) == (0, 8)
    assert finer((0, 2), 9) == (0, 1, 2)


@given(st.sets(st.integers(-16, 24), min_size=2, max_size=5), st.integers(0, 30))
def test_finer_steps_contain_the_shared_ones_and_no_others_beyond(
    shared: set[int], more: int
) -> None:
    steps = sorted(shared)
    found = finer(steps, len(steps) + more)
    assert shared <= set(found)
    assert (found[0], found[-1]) == (steps[0], steps[-1])
    assert len(found) <= len(steps) + more
    if min(np.diff(steps)) > more:
        assert len(found) == len(steps) + more


def test_methods_share_their_draws_and_the_redrawn_baseline_has_others() -> None:
    runs = list(planned(PARTS["grid"], 0.001, 60, splits=2))
    usual = {run.spec.replicate for run in runs if run.method != REDRAWN}
    others = {run.spec.replicate for run in runs if run.method == REDRAWN}
    assert usual == {0, DRAWS}
    assert others == set(range(2 * DRAWS)) - usual
    assert {run.method for run in runs} == {"none", REDRAWN, *METHODS}
    assert {run.spec.learning_rate for run in runs if run.step == 16} == {0.01}


@pytest.mark.parametrize("design", shares.DESIGNS)
def test_parts_are_disjoint_and_folds_test_every_row_once(design: str) -> None:
    targets = np.repeat([0, 1, 2], [60, 100, 40]).astype(np.int32)
    validation, test, folds = shares.DESIGNS[design]
    tested = []
    for number in range(folds or 3):
        found = shares.parts(targets, design, number, seed=1)
        assert sorted(np.concatenate(found)) == list(range(200))
        assert [len(part) for part in found[1:]] == [round(200 * validation), round(200 * test)]
        tested.append(found[2])
    if folds:
        assert sorted(np.concatenate(tested)) == list(range(200))
